from dataclasses import replace

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.views import Sight
from kpstudio.detectors.lens import Lens
from kpstudio.detectors.relative_pose import relative_pose
from kpstudio.geometry.camera import Camera
from kpstudio.rendering import rigs

POINTS = np.random.default_rng(4).uniform(-0.4, 0.4, (6, 3))


def sight(camera: Camera, points: np.ndarray = POINTS) -> Sight:
    pixels, depth = camera.project(points)
    picture = np.zeros((*camera.size[::-1], 3), np.uint8)
    return Sight(picture, pixels, np.ones(len(points)), camera, depth=depth)


def test_the_turn_of_a_turntable() -> None:
    first, second, _ = rigs.turntable(3, 0.0)
    found = relative_pose(sight(first), sight(second))
    assert np.allclose(found.rotation, second.rotation @ first.rotation.T)
    assert found.angle == pytest.approx(120.0)
    assert found.true_angle == pytest.approx(120.0)
    assert found.error == pytest.approx(0.0, abs=1e-5)
    assert np.allclose(np.abs(found.axis), (0.0, 1.0, 0.0))
    assert np.allclose(found.rotation @ found.axis, found.axis)


def test_left_for_right_is_an_error_of_half_a_turn_or_so() -> None:
    first, second, _ = rigs.turntable(3, 0.0)
    turned = POINTS * (-1.0, 1.0, -1.0)
    found = relative_pose(sight(first), sight(second, turned))
    assert found.error == pytest.approx(180.0, abs=1e-3)


def test_photos_are_seen_through_the_usual_lens() -> None:
    lens = Lens(64, 30.0, 3.0)
    first, second = (
        replace(sight(camera), camera=None) for camera in rigs.turntable(2, **lens.rig)
    )
    found = relative_pose(first, second, lens)
    assert found.angle == pytest.approx(180.0, abs=1e-3)
    assert found.true_angle is None
    assert found.error is None


def test_poses_do_where_there_are_no_depths() -> None:
    first, second, _ = rigs.turntable(3)
    posed = [replace(sight(camera), depth=None, pose=camera.rotation) for camera in (first, second)]
    assert relative_pose(*posed).error == pytest.approx(0.0, abs=1e-5)
    with pytest.raises(InputError, match="without depths"):
        relative_pose(posed[0], replace(posed[1], pose=None))
    with pytest.raises(InputError, match="other numbers"):
        relative_pose(sight(first), sight(second, POINTS[:4]))
