from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Appearance, Mesh
from tests.shapes import box, icosphere

TRIANGLE = np.array([[0, 1, 2]], np.int32)


def test_arrays_are_frozen_copies() -> None:
    vertices = np.eye(3)
    mesh = Mesh(vertices, TRIANGLE)
    vertices[0, 0] = 9.0
    assert mesh.vertices[0, 0] == 1.0
    for array in (mesh.vertices, mesh.faces):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_types_are_settled() -> None:
    mesh = Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])  # type: ignore[arg-type]
    assert mesh.vertices.dtype == np.float64
    assert mesh.faces.dtype == np.int32


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_refuses_what_is_not_finite(bad: float) -> None:
    vertices = np.eye(3)
    vertices[1, 1] = bad
    with pytest.raises(InputError, match="1 values that are NaN or infinite"):
        Mesh(vertices, TRIANGLE)


@pytest.mark.parametrize("face", [[0, 1, 3], [-1, 0, 1]])
def test_refuses_faces_of_vertices_that_do_not_exist(face: list[int]) -> None:
    with pytest.raises(InputError, match=r"outside 0\.\.2"):
        Mesh(np.eye(3), np.array([face]))


@pytest.mark.parametrize(
    ("vertices", "faces"),
    [(np.empty((0, 3)), np.empty((0, 3))), (np.eye(4), TRIANGLE), (np.eye(3), np.zeros((1, 4)))],
)
def test_refuses_other_shapes(vertices: np.ndarray, faces: np.ndarray) -> None:
    with pytest.raises(InputError):
        Mesh(vertices, faces)


def test_moving_shares_all_the_rest() -> None:
    mesh = Mesh(np.eye(3), TRIANGLE, name="a", source=Path("a.obj"), unit="mm")
    moved = mesh.moved(mesh.vertices + 1.0)
    assert moved.faces is mesh.faces
    assert (moved.name, moved.source, moved.unit) == ("a", Path("a.obj"), "mm")
    np.testing.assert_array_equal(moved.vertices, mesh.vertices + 1.0)


def test_box_sees_used_vertices_only() -> None:
    mesh = box((2.0, 4.0, 6.0))
    stray = Mesh(np.vstack([mesh.vertices, [99.0, 0, 0]]), mesh.faces)
    np.testing.assert_array_equal(stray.bounds, [[-1, -2, -3], [1, 2, 3]])
    assert stray.diagonal == pytest.approx(56**0.5)
    assert stray.normalisation().scale == 6.0
    np.testing.assert_array_equal(stray.referenced, np.arange(8))


def test_a_cloud_uses_all_its_vertices() -> None:
    cloud = Mesh(np.eye(3), np.empty((0, 3)))
    np.testing.assert_array_equal(cloud.referenced, [0, 1, 2])
    np.testing.assert_array_equal(cloud.vertex_normals, 0.0)
    assert len(cloud.face_areas) == 0


def test_areas() -> None:
    assert box((1.0, 2.0, 3.0)).face_areas.sum() == pytest.approx(22.0)
    assert icosphere(4).face_areas.sum() == pytest.approx(4 * np.pi, rel=0.01)


def test_normals_are_kept_once_found() -> None:
    mesh = icosphere(1)
    assert mesh.vertex_normals is mesh.vertex_normals
    np.testing.assert_allclose(mesh.vertex_normals, mesh.vertices, atol=0.05)


def test_the_key_is_the_geometry() -> None:
    mesh = icosphere(1)
    assert mesh.key == Mesh(mesh.vertices, mesh.faces, name="other").key
    assert mesh.key != mesh.moved(mesh.vertices * 2).key
    assert mesh.key != Mesh(mesh.vertices, mesh.faces[::-1]).key


def test_appearance_is_checked_and_frozen() -> None:
    colors = np.zeros((3, 4), np.uint8)
    appearance = Appearance(colors=colors)
    assert appearance.colors is not None
    assert not appearance.colors.flags.writeable
    with pytest.raises(InputError, match="colors"):
        Appearance(colors=np.zeros((3, 3), np.uint8))
    with pytest.raises(InputError, match="texture"):
        Appearance(texture=np.zeros((3, 4), np.uint8))


def test_the_frame_is_kept_and_checked() -> None:
    mesh = replace(box(), space="RAS")
    assert mesh.moved(mesh.vertices * 2).space == "RAS"
    assert box().space == ""
    with pytest.raises(InputError, match="'ras' is no anatomical frame"):
        replace(mesh, space="ras")
