import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry import cage as cage_module
from kpstudio.geometry.cage import build_cage
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.icosphere import icosphere
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.sampling import sample_surface
from kpstudio.geometry.topology import is_manifold, is_watertight
from kpstudio.geometry.winding import winding_numbers
from tests import shapes

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = {
    "sphere": shapes.icosphere(3),
    "box": shapes.box((1.0, 0.4, 0.7)),
    "plate": shapes.box((1.0, 0.01, 0.8), divisions=2),
    "needle": shapes.box((0.01, 1.0, 0.01)),
    "torus": shapes.torus(tube=0.1),
    "sheet": shapes.grid(),
}


def unit(vertices: np.ndarray) -> np.ndarray:
    return Normalisation.fit(vertices).apply(vertices)


@pytest.mark.parametrize("subdivisions", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_the_whole_surface_is_inside(name: str, subdivisions: int) -> None:
    mesh = SHAPES[name]
    vertices = unit(mesh.vertices)
    cage, cage_faces = build_cage(vertices, subdivisions, faces=mesh.faces)
    assert is_watertight(cage_faces)
    assert is_manifold(cage_faces)
    surface = sample_surface(vertices, mesh.faces, 2000, 1).points
    points = np.concatenate([vertices, surface])
    np.testing.assert_allclose(winding_numbers(points, cage, cage_faces), 1.0, atol=1e-9)
    assert SurfaceLocator(cage, cage_faces).closest(points).distances.min() > 1e-4


@given(SEEDS, st.integers(2, 60), st.sampled_from([1, 2]))
def test_no_vertex_of_a_random_shape_is_outside(seed: int, count: int, subdivisions: int) -> None:
    rng = np.random.default_rng(seed)
    # Heavy tails: most points near the middle, a few far out in any direction.
    vertices = unit(rng.normal(size=(count, 3)) ** 3 * rng.choice([0.0, 0.1, 1.0], 3) + 1e-9)
    faces = rng.integers(0, count, (2 * count, 3)).astype(np.int32)
    cage, cage_faces = build_cage(vertices, subdivisions, faces=faces)
    points = np.concatenate([vertices[np.unique(faces)], vertices[faces].mean(axis=1)])
    np.testing.assert_allclose(winding_numbers(points, cage, cage_faces), 1.0, atol=1e-9)


@given(SEEDS)
def test_vertices_may_move_outward_by_the_clearance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = unit(rng.normal(size=(30, 3)))
    cage, cage_faces = build_cage(vertices, clearance=0.05)
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    away = vertices - centre
    moved = vertices + 0.0499 * away / np.linalg.norm(away, axis=1, keepdims=True)
    np.testing.assert_allclose(winding_numbers(moved, cage, cage_faces), 1.0, atol=1e-9)


def test_what_pushing_leaves_outside_is_settled_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cage_module, "_PUSH_STEPS", 0)
    mesh = SHAPES["plate"]
    vertices = unit(mesh.vertices)
    cage, cage_faces = build_cage(vertices, faces=mesh.faces)
    surface = sample_surface(vertices, mesh.faces, 2000, 1).points
    np.testing.assert_allclose(winding_numbers(surface, cage, cage_faces), 1.0, atol=1e-9)


@pytest.mark.parametrize("name", SHAPES)
def test_cage_vertices_keep_their_distance(name: str) -> None:
    mesh = SHAPES[name]
    vertices = unit(mesh.vertices)
    cage, _ = build_cage(vertices, faces=mesh.faces)
    distances = SurfaceLocator(vertices, mesh.faces).closest(cage).distances
    # The surface is probed at a few thousand points, some 0.01 apart.
    assert distances.min() > 0.045


def test_a_round_shape_is_hugged() -> None:
    ball = shapes.icosphere(4)
    cage, _ = build_cage(unit(ball.vertices), subdivisions=2, faces=ball.faces)
    radii = np.linalg.norm(cage, axis=1)
    assert radii.min() > 0.549
    assert radii.max() < 0.58


def test_a_flat_shape_gets_a_cage_with_volume() -> None:
    sheet = shapes.grid()
    cage, _ = build_cage(unit(sheet.vertices), faces=sheet.faces)
    assert np.ptp(cage, axis=0).min() > 0.09


def test_a_mirror_symmetric_shape_gets_a_mirror_symmetric_cage() -> None:
    mesh = shapes.box((1.0, 0.5, 0.3), divisions=3)
    cage, _ = build_cage(unit(mesh.vertices))
    for axis in range(3):
        mirrored = cage * np.where(np.arange(3) == axis, -1, 1)
        gaps = np.linalg.norm(mirrored[:, None] - cage[None], axis=2).min(axis=1)
        assert gaps.max() < 1e-9


def test_directions_are_those_of_the_icosphere() -> None:
    vertices = unit(np.random.default_rng(0).normal(size=(50, 3)))
    cage, faces = build_cage(vertices)
    directions, sphere_faces = icosphere(1)
    np.testing.assert_array_equal(faces, sphere_faces)
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    rays = (cage - centre) / np.linalg.norm(cage - centre, axis=1, keepdims=True)
    np.testing.assert_allclose(rays, directions, atol=1e-12)


def test_the_same_shape_gives_the_same_cage(torus: shapes.Mesh) -> None:
    vertices = unit(torus.vertices)
    first, again = (build_cage(vertices, faces=torus.faces)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_unused_vertices_do_not_blow_up_the_cage(sphere: shapes.Mesh) -> None:
    vertices = unit(sphere.vertices)
    stray = np.vstack([vertices, [50.0, 0, 0]])
    cage, _ = build_cage(stray, faces=sphere.faces)
    np.testing.assert_allclose(cage, build_cage(vertices, faces=sphere.faces)[0], atol=0.01)


def test_one_point_has_a_cage_too() -> None:
    cage, faces = build_cage(np.array([[0.1, 0.2, 0.3]]))
    assert np.isclose(winding_numbers(np.array([[0.1, 0.2, 0.3]]), cage, faces)[0], 1.0)


def test_refuses_nothing_and_no_clearance() -> None:
    with pytest.raises(InputError, match="nothing"):
        build_cage(np.empty((0, 3)))
    for clearance in (0.0, -0.1, float("nan")):
        with pytest.raises(ParameterError, match="clearance"):
            build_cage(np.eye(3), clearance=clearance)
