"""A photo behind the view: where it lies, and when it goes."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.geometry.camera import Camera
from kpstudio.viewport.backdrop import Photograph, background
from kpstudio.viewport.camera import look_through, projection_of
from kpstudio.viewport.palette import PALETTES

EYE, UP = np.array([3.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])
POINT = np.array([0.25, 0.4, -0.1])


def photograph(size: tuple[int, int], dot: int) -> Photograph:
    """A grey photo with a red dot where it shows POINT."""
    camera = Camera.look_at(EYE, np.zeros(3), UP, 40.0, size)
    picture = np.full((size[1], size[0], 3), 128, np.uint8)
    column, row = np.floor(camera.project(POINT)[0]).astype(int)
    picture[row - dot : row + dot + 1, column - dot : column + dot + 1] = (255, 0, 0)
    return Photograph(picture, camera, np.zeros(3))


@pytest.mark.parametrize("size", [(640, 360), (300, 500), (333, 333)])
@pytest.mark.parametrize("photo_size", [(120, 90), (90, 161), (1500, 1000)])
def test_shape_and_photo_lie_over_each_other(
    size: tuple[int, int], photo_size: tuple[int, int]
) -> None:
    photo = photograph(photo_size, max(photo_size) // 60)
    eye = vtkCamera()
    look_through(eye, photo.pinhole, photo.around, size)
    view = projection_of(eye, size)
    painted = background(photo, view, PALETTES["dark"]).astype(float)
    red = np.clip(painted[..., 0] - painted[..., 1] - 60.0, 0.0, None)
    rows, columns = np.indices(red.shape) + 0.5
    centre = np.array([(red * columns).sum(), (red * rows).sum()]) / red.sum()
    x, y = view.to_screen(POINT)[0]
    pixel = max(size[0] / photo_size[0], size[1] / photo_size[1], 1.0)
    assert np.abs(centre - (x, size[1] - y)).max() < 0.75 * pixel
    # All of the photo is there, as large as fits, in its own proportions.
    grey = np.abs(painted - 128.0).max(axis=2) < 1.0
    wide, high = grey.any(axis=0).sum(), grey.any(axis=1).sum()
    factor = min(size[0] / photo_size[0], size[1] / photo_size[1])
    assert wide == pytest.approx(factor * photo_size[0], abs=2)
    assert high == pytest.approx(factor * photo_size[1], abs=2)


def test_it_is_there_until_the_view_is_moved(kit) -> None:
    photo = photograph((120, 90), 4)
    kit.studio.edits.set_visible(kit.item.id, False)
    kit.scene.set_orthographic(True)
    kit.scene.look_over(photo.picture, photo.pinhole)
    view = kit.scene.stage.projection
    assert not view.parallel
    x, y = view.to_screen(POINT)[0]
    picture = kit.scene.screenshot()
    seen = picture[round(picture.shape[0] - y), round(x)].astype(int)
    assert seen[0] > 200
    assert seen[1] < 60
    assert kit.scene.stage.main.GetTexturedBackground()
    kit.scene.look_from("left")
    assert kit.scene.panes.hand.backdrop.photograph is None
    assert not kit.scene.stage.main.GetTexturedBackground()
    assert kit.scene.screenshot()[round(picture.shape[0] - y), round(x)].max() < 100


def test_it_goes_with_the_photo(kit) -> None:
    photo = photograph((120, 90), 4)
    kit.scene.look_over(photo.picture, photo.pinhole)
    assert kit.scene.panes.hand.backdrop.photograph is not None
    kit.studio.looking.photo_changed.emit(None)
    assert kit.scene.panes.hand.backdrop.photograph is None
