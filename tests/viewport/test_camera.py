from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.viewport import camera as cameras

SIZE = (800, 500)


@pytest.fixture
def camera() -> vtkCamera:
    camera = vtkCamera()
    cameras.look_from(camera, "isometric", Orientation())
    return camera


def stand(camera: vtkCamera) -> np.ndarray:
    """Where it stands, from what it looks at."""
    away = np.subtract(camera.GetPosition(), camera.GetFocalPoint())
    return away / np.linalg.norm(away)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_presets_follow_the_shapes_own_axes(camera: vtkCamera, orientation: Orientation) -> None:
    left, up, front = orientation.rotation
    cameras.look_from(camera, "front", orientation)
    assert np.allclose(stand(camera), front)
    assert np.allclose(camera.GetViewUp(), up)
    cameras.look_from(camera, "left", orientation)
    assert np.allclose(stand(camera), left)
    cameras.look_from(camera, "top", orientation)
    assert np.allclose(stand(camera), up)
    cameras.look_from(camera, "isometric", orientation)
    assert min(stand(camera) @ axis for axis in (left, up, front)) > 0.2


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_fit_shows_everything_and_wastes_little(
    camera: vtkCamera, parallel: bool, scale: float
) -> None:
    camera.SetParallelProjection(parallel)
    points = np.random.default_rng(3).normal(size=(200, 3)) * (3.0, 1.0, 0.5) * scale + 7.0 * scale
    cameras.fit(camera, points, SIZE)
    screen = cameras.projection_of(camera, SIZE).to_screen(points)
    share = screen / SIZE
    assert share.min() > 0.0
    assert share.max() < 1.0
    assert np.ptp(share, axis=0).max() > 0.75
    # in the middle
    assert np.allclose((share.min(axis=0) + share.max(axis=0)) / 2, 0.5, atol=0.06)


def test_changing_the_projection_keeps_the_size(camera: vtkCamera) -> None:
    cameras.fit(camera, np.eye(3), SIZE)
    focal = np.array(camera.GetFocalPoint())
    before = cameras.projection_of(camera, SIZE).pixel_sizes(focal)
    cameras.set_parallel(camera, True)
    assert np.allclose(cameras.projection_of(camera, SIZE).pixel_sizes(focal), before)
    camera.SetParallelScale(camera.GetParallelScale() / 3.0)
    cameras.set_parallel(camera, False)
    assert np.allclose(cameras.projection_of(camera, SIZE).pixel_sizes(focal), before / 3.0)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("factor", [0.5, 1.18, 4.0])
def test_zoom_keeps_the_point_under_the_cursor(
    camera: vtkCamera, parallel: bool, factor: float
) -> None:
    cameras.fit(camera, np.eye(3), SIZE)
    cameras.set_parallel(camera, parallel)
    view = cameras.projection_of(camera, SIZE)
    fixed = view.ray(200, 350).at(camera.GetDistance() * 0.9)
    size = view.pixel_sizes(fixed)
    cameras.zoom(camera, view, factor, fixed)
    after = cameras.projection_of(camera, SIZE)
    assert np.allclose(after.to_screen(fixed)[0], (200, 350), atol=1e-6)
    assert np.allclose(after.pixel_sizes(fixed), size / factor)
    assert np.allclose(after.forward, view.forward)


def test_zoom_stops_before_the_digits_run_out(camera: vtkCamera) -> None:
    cameras.fit(camera, np.eye(3) + 100.0, SIZE)
    for _ in range(400):
        view = cameras.projection_of(camera, SIZE)
        cameras.zoom(camera, view, 1.2, np.array(camera.GetFocalPoint()))
    assert camera.GetDistance() > 1e-6
    assert np.isfinite(camera.GetPosition()).all()


def test_pan_moves_the_picture_with_the_mouse(camera: vtkCamera) -> None:
    cameras.fit(camera, np.eye(3), SIZE)
    view = cameras.projection_of(camera, SIZE)
    point = np.array(camera.GetFocalPoint())
    before = view.to_screen(point)[0]
    cameras.pan(camera, view, 30, -12)
    assert np.allclose(cameras.projection_of(camera, SIZE).to_screen(point)[0], before + (30, -12))


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("size", [(1900, 1000), (500, 800)])
def test_the_pinhole_camera_of_a_view_sees_points_where_the_view_does(
    camera: vtkCamera, parallel: bool, size: tuple[int, int]
) -> None:
    points = np.random.default_rng(5).uniform(-1.0, 1.0, (300, 3)) * (3.0, 1.0, 2.0) + 20.0
    cameras.set_parallel(camera, parallel)
    cameras.fit(camera, points, size)
    cameras.orbit(camera, 130.0, -40.0)
    view = cameras.projection_of(camera, size)
    pinhole = cameras.pinhole_of(view, points.mean(axis=0))
    assert pinhole.size == size
    pixels, depths = pinhole.project(points)
    assert depths.min() > 0.0
    drawn = view.to_screen(points)
    assert np.abs(pixels[:, 0] - drawn[:, 0]).max() < 0.5
    assert np.abs(pixels[:, 1] - (size[1] - drawn[:, 1])).max() < 0.5
    if not parallel:
        assert np.allclose(depths, view.depths(points))


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("size", [(800, 500), (400, 600)])
def test_looking_through_a_camera_shows_its_picture(
    camera: vtkCamera, parallel: bool, size: tuple[int, int]
) -> None:
    middle, up = np.array([5.0, 1.0, -2.0]), np.array([0.2, 1.0, 0.1])
    pinhole = Camera.look_at(middle + (2.0, 1.0, 4.0), middle, up, 37.0, (128, 128))
    camera.SetParallelProjection(parallel)
    cameras.look_through(camera, pinhole, middle, size)
    view = cameras.projection_of(camera, size)
    # What lies as deep as the middle; in parallel projection the rest is as large as that.
    corners = pinhole.unproject(np.array([[0.0, 0.0], [128.0, 0.0], [128.0, 128.0]]), np.full(
        3, pinhole.to_camera(middle)[2]))  # fmt: skip
    side, (across, down) = min(size), size
    left, top = (across - side) / 2, (down + side) / 2
    expected = [[left, top], [left + side, top], [left + side, top - side]]
    assert np.allclose(view.to_screen(corners), expected, atol=1e-6)
    assert np.allclose(camera.GetFocalPoint(), middle)
    if not parallel:
        assert np.allclose(camera.GetPosition(), pinhole.position)


def test_a_camera_that_looks_away_is_looked_through_all_the_same(camera: vtkCamera) -> None:
    up = np.array([0.0, 1.0, 0.0])
    pinhole = Camera.look_at(np.array([0.0, 0.0, 3.0]), np.array([0.0, 0.0, 9.0]), up, 40.0, (9, 9))
    cameras.look_through(camera, pinhole, np.zeros(3), SIZE)
    assert np.allclose(camera.GetDirectionOfProjection(), (0.0, 0.0, 1.0))
    assert np.allclose(camera.GetPosition(), (0.0, 0.0, 3.0))
