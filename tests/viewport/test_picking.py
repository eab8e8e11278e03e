from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.data.mesh import Mesh
from kpstudio.viewport.camera import projection_of
from kpstudio.viewport.picking import SurfacePicker, nearest_handle
from kpstudio.viewport.projection import Projection, Ray
from tests.shapes import box, icosphere

FAR = np.array([4.2e6, -1.3e6, 5.0e5])


def view() -> Projection:
    camera = vtkCamera()
    camera.SetPosition(0.0, 0.0, 6.0)
    return projection_of(camera, (600, 400))


def pick(points: np.ndarray, cursor: tuple[float, float], **flags: np.ndarray) -> int | None:
    count = len(points)
    flags = {"pickable": np.ones(count, bool), "hidden": np.zeros(count, bool), **flags}
    return nearest_handle(view(), points, cursor, 10.0, **flags)


def test_the_nearest_on_the_screen_is_picked() -> None:
    points = np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 1.0], [1.0, 1.0, 0.0]])
    for index, place in enumerate(view().to_screen(points)):
        assert pick(points, tuple(place + 3)) == index
    assert pick(points, (5.0, 5.0)) is None
    assert pick(np.zeros((0, 3)), (300.0, 200.0)) is None


def test_what_is_seen_goes_before_what_is_hidden() -> None:
    points = np.array([[0.0, 0.0, -1.0], [0.03, 0.0, 1.0]])
    at = tuple(view().to_screen(points[0])[0])
    assert pick(points, at) == 0
    assert pick(points, at, hidden=np.array([True, False])) == 1
    assert pick(points, at, hidden=np.array([True, True])) == 0


def test_what_is_not_there_is_not_picked() -> None:
    points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 50.0]])  # the second behind the camera
    assert pick(points, (300.0, 200.0), pickable=np.array([False, True])) is None


@pytest.mark.parametrize("shift", [np.zeros(3), FAR])
def test_a_ray_meets_the_near_side_exactly(shift: np.ndarray) -> None:
    mesh = box((2.0, 2.0, 2.0))
    picker = SurfacePicker(mesh.moved(mesh.vertices + shift))
    ray = Ray(shift + (0.3, 0.2, 5.0), np.array([0.0, 0.0, -1.0]))
    point = picker.meet(ray)
    assert point is not None
    assert np.allclose(point.position - shift, (0.3, 0.2, 1.0), atol=1e-6)
    assert point.position[2] == 1.0 + shift[2]  # on the face to the last bit, not near it
    assert point.distance == pytest.approx(4.0)
    corners = picker.mesh.vertices[picker.mesh.faces[point.face]]
    assert np.allclose(point.barycentric @ corners, point.position)
    assert picker.meet(Ray(shift + (3.0, 0.0, 5.0), np.array([0.0, 0.0, -1.0]))) is None


def test_the_closest_point_of_a_ball() -> None:
    picker = SurfacePicker(icosphere(4))
    direction = np.array([1.0, 2.0, -0.5]) / np.linalg.norm([1.0, 2.0, -0.5])
    point = picker.closest(3.0 * direction)
    assert point is not None
    assert np.allclose(point.position, direction, atol=0.02)
    assert point.distance == pytest.approx(2.0, abs=0.01)


def test_a_ray_that_misses_ends_at_the_rim() -> None:
    picker = SurfacePicker(icosphere(4))
    ray = Ray(np.array([1.5, 0.0, 9.0]), np.array([0.0, 0.0, -1.0]))
    point = picker.nearest_to(ray, np.array([0.0, 0.0, 1.0]))
    assert point is not None
    assert np.allclose(point.position, (1.0, 0.0, 0.0), atol=0.05)


def test_a_cloud_has_no_surface() -> None:
    picker = SurfacePicker(Mesh(np.eye(3), np.zeros((0, 3), np.int32)))
    assert picker.meet(view().ray(300, 200)) is None
    assert picker.closest(np.zeros(3)) is None
    assert picker.nearest_to(view().ray(300, 200), np.zeros(3)) is None
