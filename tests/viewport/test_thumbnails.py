from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kpstudio.geometry.orientation import Orientation
from kpstudio.viewport.thumbnails import keypoint_picture
from tests import shapes


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float)


def saturation(picture: np.ndarray) -> np.ndarray:
    return picture.max(axis=2) - picture.min(axis=2)


@pytest.mark.gui
def test_keypoints_are_coloured_spots_on_a_grey_shape() -> None:
    ball = shapes.icosphere(3)
    front = np.array([[0.4, 0.5, 0.77]])
    bare = pixels(keypoint_picture(ball, np.zeros((0, 3)), size=(200, 150)))
    marked = pixels(keypoint_picture(ball, front, size=(200, 150)))
    assert bare.shape == (150, 200, 3)
    changed = np.abs(marked - bare).max(axis=2) > 40
    assert 4 < changed.sum() < 400
    assert saturation(marked)[changed].max() > 60
    middle = slice(50, 100), slice(70, 130)
    assert saturation(bare)[middle].max() < 40


@pytest.mark.gui
def test_the_pose_of_a_shape_is_seen() -> None:
    slab = shapes.box((2.0, 1.0, 0.3), divisions=3)
    none = np.zeros((0, 3))
    upright = pixels(keypoint_picture(slab, none, size=(160, 120)))
    lying = pixels(keypoint_picture(slab, none, Orientation("+z", "-y"), size=(160, 120)))
    assert (np.abs(upright - lying).max(axis=2) > 30).mean() > 0.05
