import numpy as np
import pytest

from kpstudio.geometry import topology
from tests.shapes import Mesh, box, grid, icosphere

NO_FACES = np.empty((0, 3), np.int32)
BOWTIE = np.array([[0, 1, 2], [2, 3, 4]], np.int32)
FAN_OF_THREE = np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4]], np.int32)


def test_edges_of_a_closed_surface(torus: Mesh) -> None:
    edges = topology.edges(torus.faces)
    assert len(edges) == 3 * len(torus.faces) // 2
    assert (edges[:, 0] < edges[:, 1]).all()
    # Euler characteristic of a torus.
    assert len(torus.vertices) - len(edges) + len(torus.faces) == 0


@pytest.mark.parametrize(
    ("faces", "closed", "manifold", "oriented", "watertight"),
    [
        (box(divisions=2).faces, True, True, True, True),
        (grid().faces, False, True, True, False),
        (BOWTIE, False, False, True, False),
        (FAN_OF_THREE, False, False, False, False),
        (np.array([[0, 1, 2], [0, 1, 3]], np.int32), False, True, False, False),
        (np.concatenate([icosphere(1).faces] * 2), True, False, False, False),
        (np.array([[0, 1, 2], [0, 2, 1]], np.int32), True, True, True, True),
        (NO_FACES, False, True, True, False),
    ],
)
def test_kinds_of_surfaces(
    faces: np.ndarray, closed: bool, manifold: bool, oriented: bool, watertight: bool
) -> None:
    assert topology.is_closed(faces) == closed
    assert topology.is_manifold(faces) == manifold
    assert topology.is_oriented(faces) == oriented
    assert topology.is_watertight(faces) == watertight


def test_two_solids_that_share_one_vertex_are_not_manifold() -> None:
    ball = icosphere(1)
    count = len(ball.vertices)
    other = ball.faces + count
    faces = np.concatenate([ball.faces, np.where(other == count, 0, other)])
    assert topology.is_watertight(faces)
    assert not topology.is_manifold(faces)


def test_components() -> None:
    faces = np.array([[7, 8, 9], [0, 1, 2], [2, 3, 4], [9, 8, 10]], np.int32)
    labels = topology.vertex_components(faces, 12)
    assert labels.max() + 1 == 5
    assert len(set(labels[[0, 1, 2, 3, 4]])) == 1
    assert len(set(labels[[7, 8, 9, 10]])) == 1
    of_faces = topology.face_components(faces, 12)
    assert of_faces[0] == of_faces[3] != of_faces[1] == of_faces[2]
    assert set(of_faces) == {0, 1}
    assert len(topology.face_components(NO_FACES, 3)) == 0


def test_degenerate_faces_do_not_depend_on_size() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [1, 1e-14, 0]])
    faces = np.array([[0, 1, 2], [0, 1, 3], [0, 0, 2], [0, 3, 4], [2, 2, 2]], np.int32)
    for scale in (1e-8, 1.0, 1e8):
        found = topology.degenerate_faces(vertices * scale, faces)
        np.testing.assert_array_equal(found, [False, True, True, True, True])
    assert len(topology.degenerate_faces(vertices, NO_FACES)) == 0


def test_signed_volume() -> None:
    solid = box((1.0, 2.0, 3.0), divisions=2)
    assert topology.signed_volume(solid.vertices, solid.faces) == pytest.approx(6.0)
    assert topology.signed_volume(solid.vertices, solid.faces[:, ::-1]) == pytest.approx(-6.0)
    far = solid.vertices + 1e6
    assert topology.signed_volume(far, solid.faces) == pytest.approx(6.0, rel=1e-8)
    assert topology.signed_volume(solid.vertices, NO_FACES) == 0.0
