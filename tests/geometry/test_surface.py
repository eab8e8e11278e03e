"""A mesh or cloud put in order for analysis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.base.errors import InputError
from kpstudio.base.memo import Memo
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.surface import Surface
from tests import shapes

NO_FACES = np.empty((0, 3), np.int32)


def surface_of(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, mesh.faces)


def soup(mesh: Mesh) -> Mesh:
    """The same mesh with three vertices for every face."""
    count = len(mesh.faces)
    return Mesh(mesh.vertices[mesh.faces.reshape(-1)], np.arange(3 * count).reshape(-1, 3))


# --- put in order -------------------------------------------------------------------------------


def test_duplicates_become_one_point() -> None:
    box = shapes.box(divisions=3)
    welded = surface_of(soup(box))
    assert len(welded) == len(box.vertices)
    assert len(welded.edges) == len(surface_of(box).edges)
    np.testing.assert_allclose(welded.to_mesh(welded.points)[welded.of_vertex], soup(box).vertices)


def test_minus_zero_is_zero() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [-0.0, -0.0, -0.0], [1, 1, 0]])
    surface = Surface(vertices, np.array([[0, 1, 2], [3, 4, 1]]))
    assert len(surface) == 4
    assert surface.of_vertex[3] == surface.of_vertex[0]


def test_points_are_in_the_order_of_the_file() -> None:
    mesh = shapes.icosphere(2)
    shuffled = np.random.default_rng(0).permutation(len(mesh.vertices))
    surface = Surface(mesh.vertices[shuffled], np.argsort(shuffled)[mesh.faces])
    np.testing.assert_array_equal(surface.of_vertex, np.arange(len(surface)))
    np.testing.assert_array_equal(surface.vertex_of, np.arange(len(surface)))
    np.testing.assert_allclose(surface.to_mesh(surface.points), mesh.vertices[shuffled])


def test_degenerate_faces_are_left_out() -> None:
    box = shapes.box(divisions=2)
    bad = [[0, 0, 1], [2, 2, 2], [0, 1, 0]]
    sliver = len(box.vertices)
    vertices = np.vstack([box.vertices, (box.vertices[0] + box.vertices[1]) / 2.0])
    surface = Surface(vertices, np.vstack([box.faces, bad, [[0, 1, sliver]]]))
    assert len(surface.faces) == len(box.faces)
    assert np.linalg.norm(surface.normals, axis=1) == pytest.approx(1.0)
    assert (surface.areas > 0.0).all()


@pytest.mark.parametrize("first", [True, False])
def test_a_vertex_without_faces_has_the_values_of_the_nearest_point(first: bool) -> None:
    box = shapes.box()
    far = np.array([[9.0, 9.0, 9.0]])
    vertices = np.vstack([far, box.vertices] if first else [box.vertices, far])
    surface = Surface(vertices, box.faces + int(first))
    plain = surface_of(box)
    assert len(surface) == 8
    np.testing.assert_allclose(surface.points, plain.points)
    assert surface.scale == pytest.approx(plain.scale)
    stray, corner = (0, 8) if first else (8, 7)
    assert surface.of_vertex[stray] == surface.of_vertex[corner]
    # A keypoint there is at the corner, not at the stray vertex.
    assert stray not in surface.vertex_of


def test_a_point_stands_at_a_vertex_with_faces() -> None:
    box = shapes.box()
    vertices = np.vstack([box.vertices, box.vertices])  # the first eight belong to no face
    surface = Surface(vertices, box.faces + 8)
    np.testing.assert_array_equal(surface.vertex_of, np.arange(8, 16))


@pytest.mark.parametrize(
    ("vertices", "faces", "words"),
    [
        (np.zeros((0, 3)), NO_FACES, "only 0 points"),
        (np.ones((5, 3)), NO_FACES, "only 1 points"),
        (np.array([[0.0, 0, 0], [1, 0, 0], [1, 0, 0]]), [[0, 1, 2]], "only 2 points"),
        (np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), [[0, 1, 2]], "no face of the mesh"),
    ],
)
def test_nothing_to_look_at(vertices: np.ndarray, faces: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Surface(vertices, np.asarray(faces))
    assert caught.value.remedy


# --- there and back -----------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
def test_values_spread_and_come_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.integers(-2, 3, (40, 3)).astype(float)
    faces = rng.integers(0, 40, (30, 3))
    surface = Surface(vertices, faces)
    values = rng.normal(size=(len(surface), 2))
    spread = surface.spread(values)
    assert len(spread) == 40
    np.testing.assert_array_equal(spread[surface.vertex_of], values)
    at_points = surface.to_mesh(surface.points)
    np.testing.assert_allclose(vertices[surface.vertex_of], at_points, atol=1e-12)
    used = np.unique(surface.vertex_of[surface.faces])
    assert len(used) == len(surface)
    np.testing.assert_allclose(surface.spread(at_points)[used], vertices[used], atol=1e-12)
    # Vertices of faces with an area are at the points that stand for them.
    corners = vertices[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]),
                          axis=1)  # fmt: skip
    np.testing.assert_allclose(surface.spread(at_points)[faces[area > 0]], corners[area > 0],
                               atol=1e-12)  # fmt: skip


# --- the frame ----------------------------------------------------------------------------------


@pytest.mark.parametrize("has_faces", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_motion_and_size_change_nothing(has_faces: bool, seed: int) -> None:
    mesh = shapes.torus()
    # No two neighbours of a point may be equally near: rounding would choose among them.
    uneven = np.random.default_rng(0).normal(0.0, 0.01, mesh.vertices.shape)
    mesh = Mesh(mesh.vertices + uneven, mesh.faces)
    faces = mesh.faces if has_faces else NO_FACES
    turn = Rotation.random(random_state=seed).as_matrix().T
    before = Surface(mesh.vertices, faces)
    after = Surface(7.0 * mesh.vertices @ turn + (100.0, -20.0, seed), faces)
    assert after.scale == pytest.approx(7.0 * before.scale)
    assert after.resolution == pytest.approx(before.resolution)
    np.testing.assert_allclose(after.points, before.points @ turn, atol=1e-12)
    np.testing.assert_allclose(after.areas, before.areas, atol=1e-12)
    np.testing.assert_allclose(after.edge_lengths, before.edge_lengths, atol=1e-12)
    if has_faces:
        np.testing.assert_allclose(after.normals, before.normals @ turn, atol=1e-9)


def test_the_diameter_is_one() -> None:
    surface = surface_of(shapes.box((1.0, 2.0, 2.0)))
    assert surface.scale == pytest.approx(3.0)
    assert 2.0 * np.linalg.norm(surface.points, axis=1).max() == pytest.approx(1.0)


def test_dense_places_do_not_pull_the_centre() -> None:
    box = shapes.box()
    corner = box.faces[0]
    middle = len(box.vertices)
    vertices = np.vstack([box.vertices, box.vertices[corner].mean(axis=0)])
    a, b, c = corner
    faces = np.vstack([box.faces[1:], [[a, b, middle], [b, c, middle], [c, a, middle]]])
    np.testing.assert_allclose(Surface(vertices, faces).centre, 0.0, atol=1e-12)


def test_resolution_is_the_median_edge() -> None:
    sheet = surface_of(shapes.grid(11, 11))
    assert sheet.resolution * sheet.scale == pytest.approx(0.1)
    cloud = Surface(shapes.grid(11, 11).vertices, NO_FACES)
    assert cloud.resolution * cloud.scale == pytest.approx(0.1)


def test_areas_add_up() -> None:
    box = surface_of(shapes.box((1.0, 2.0, 3.0), 3))
    assert box.areas.sum() * box.scale**2 == pytest.approx(22.0)


# --- clouds -------------------------------------------------------------------------------------


def test_a_cloud() -> None:
    ball = shapes.icosphere(3)
    cloud = Surface(ball.vertices, NO_FACES)
    assert cloud.is_cloud
    assert cloud.areas.sum() == pytest.approx(1.0)
    np.testing.assert_allclose((cloud.normals * ball.vertices).sum(axis=1), 1.0, atol=0.02)
    assert (cloud.edges[:, 0] < cloud.edges[:, 1]).all()
    assert len(np.unique(cloud.edges, axis=0)) == len(cloud.edges)
    with pytest.raises(InputError, match="magic needs faces"):
        cloud.need_faces("magic")
    surface_of(ball).need_faces("magic")


def test_the_smallest_cloud() -> None:
    cloud = Surface(np.eye(3), NO_FACES)
    assert len(cloud.edges) == 3
    assert np.isfinite(cloud.normals).all()


# --- kept ---------------------------------------------------------------------------------------


def test_results_are_kept_by_shape_and_name() -> None:
    memo = Memo()
    box, ball = shapes.box(), shapes.icosphere()
    one = Surface(box.vertices, box.faces, memo, "box")
    same = Surface(box.vertices, box.faces, memo, "box")
    other = Surface(ball.vertices, ball.faces, memo, "ball")
    first = one.kept("x", object)
    assert same.kept("x", object) is first
    assert one.kept("y", object) is not first
    assert other.kept("x", object) is not first
    assert one.within(0.5) is same.within(0.5)
    assert one.rings(2) is not one.rings(1)
