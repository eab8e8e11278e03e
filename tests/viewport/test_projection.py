from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vtkmodules.vtkRenderingCore import vtkCamera, vtkRenderer, vtkRenderWindow

from kpstudio.viewport.camera import projection_of
from kpstudio.viewport.projection import Projection, Ray

SIZE = (640, 480)


def seen_from(eye: tuple[float, float, float], *, parallel: bool = False) -> Projection:
    camera = vtkCamera()
    camera.SetPosition(*eye)
    camera.SetFocalPoint(0.1, -0.2, 0.3)
    camera.SetViewUp(0.2, 1.0, 0.1)
    camera.SetParallelProjection(parallel)
    camera.SetParallelScale(1.7)
    return projection_of(camera, SIZE)


@pytest.mark.parametrize("parallel", [False, True])
def test_agrees_with_vtk(parallel: bool) -> None:
    camera = vtkCamera()
    camera.SetPosition(3.0, 2.0, 5.0)
    camera.SetFocalPoint(0.1, -0.2, 0.3)
    camera.SetParallelProjection(parallel)
    camera.SetParallelScale(1.7)
    window, renderer = vtkRenderWindow(), vtkRenderer()
    window.SetOffScreenRendering(True)
    window.SetSize(*SIZE)
    window.AddRenderer(renderer)
    renderer.SetActiveCamera(camera)
    points = np.random.default_rng(1).uniform(-1.0, 1.0, (20, 3))
    expected = []
    for point in points:
        renderer.SetWorldPoint(*point, 1.0)
        renderer.WorldToDisplay()
        expected.append(renderer.GetDisplayPoint()[:2])
    assert np.allclose(projection_of(camera, SIZE).to_screen(points), expected, atol=1e-6)


@given(st.floats(0, 640), st.floats(0, 480), st.floats(0.5, 20), st.booleans())
def test_what_lies_on_a_ray_is_seen_at_its_pixel(
    x: float, y: float, distance: float, parallel: bool
) -> None:
    view = seen_from((3.0, 2.0, 5.0), parallel=parallel)
    assert np.allclose(view.to_screen(view.ray(x, y).at(distance))[0], (x, y), atol=1e-6)


def test_keeps_its_digits_far_from_zero() -> None:
    shift = np.array([4.2e6, -1.3e6, 5.0e5])
    near = seen_from((3.0, 2.0, 5.0))
    far = Projection(near.eye + shift, near.right, near.up, near.forward, near.half, False, SIZE)
    points = np.random.default_rng(2).uniform(-1.0, 1.0, (20, 3))
    assert np.allclose(far.to_screen(points + shift), near.to_screen(points), atol=1e-5)


def test_what_is_behind_the_eye_is_not_on_the_screen() -> None:
    view = seen_from((3.0, 2.0, 5.0))
    assert np.isnan(view.to_screen(view.eye - view.forward)).all()


@pytest.mark.parametrize("parallel", [False, True])
def test_a_pixel_is_as_long_as_said(parallel: bool) -> None:
    view = seen_from((3.0, 2.0, 5.0), parallel=parallel)
    point = np.array([0.3, -0.1, 0.2])
    step = view.pixel_sizes(point)[0] * view.right
    assert np.allclose(view.to_screen(point + step) - view.to_screen(point), (1.0, 0.0))


def test_a_ray_meets_a_plane_in_front_of_it_only() -> None:
    ray = Ray(np.zeros(3), np.array([0.0, 0.0, 1.0]))
    up = np.array([0.0, 0.0, 1.0])
    met = ray.meet_plane(np.array([5.0, 5.0, 2.0]), up)
    assert met is not None
    assert met.tolist() == [0.0, 0.0, 2.0]
    assert ray.meet_plane(np.array([0.0, 0.0, -2.0]), up) is None
    assert ray.meet_plane(np.array([1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])) is None
