import numpy as np
import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.rendering import rigs


def directions(cameras) -> np.ndarray:
    return np.array([camera.position / np.linalg.norm(camera.position) for camera in cameras])


def test_a_turntable_begins_at_the_front_and_goes_round() -> None:
    cameras = rigs.turntable(4, 0.0)
    assert np.allclose(directions(cameras), [(0, 0, 1), (1, 0, 0), (0, 0, -1), (-1, 0, 0)])
    raised = directions(rigs.turntable(5, 30.0, 45.0))
    assert np.allclose(raised[:, 1], 0.5)
    assert np.isclose(np.rad2deg(np.arctan2(raised[0, 0], raised[0, 2])), 45.0)


def test_all_look_at_the_origin_upright() -> None:
    rng = np.random.default_rng(0)
    around = (*rigs.turntable(3), *rigs.hemisphere(7), *rigs.sphere(9))
    for camera in (*around, *rigs.cone(5, rng), *rigs.band(5, rng)):
        pixels, depth = camera.project(np.array([[0.0, 0.0, 0.0], [0.0, 0.1, 0.0]]))
        assert np.allclose(pixels[0], camera.centre)
        assert np.isclose(depth[0], rigs.DISTANCE)
        assert pixels[1, 1] <= pixels[0, 1] + 1e-9  # up is up
        assert np.isclose(pixels[1, 0], pixels[0, 0])


def test_the_picture_shows_as_much_as_it_says() -> None:
    (camera,) = rigs.turntable(1, 0.0)
    half = rigs.DISTANCE * np.tan(np.deg2rad(rigs.ANGLE / 2.0))
    pixels, _ = camera.project(np.array([[half, 0.0, 0.0], [0.0, half, 0.0]]))
    assert np.allclose(pixels, [(128.0, 64.0), (64.0, 0.0)])


def test_spirals_are_even() -> None:
    around = directions(rigs.sphere(200))
    assert np.abs(around.mean(axis=0)).max() < 0.01
    assert np.allclose(around.T @ around / 200, np.eye(3) / 3, atol=0.02)
    assert (directions(rigs.hemisphere(50))[:, 1] > 0.0).all()


def test_chance_keeps_to_its_cone_and_its_band() -> None:
    rng = np.random.default_rng(2)
    inside = directions(rigs.cone(300, rng, (1.0, 2.0, 0.0), 30.0)) @ np.array([1.0, 2.0, 0.0])
    assert (inside / 5**0.5 >= np.cos(np.deg2rad(30.0)) - 1e-9).all()
    heights = np.rad2deg(np.arcsin(directions(rigs.band(300, rng, 10.0, 40.0))[:, 1]))
    assert 10.0 <= heights.min() < 14.0
    assert 36.0 < heights.max() <= 40.0


def test_no_camera_and_no_cone_are_told() -> None:
    rng = np.random.default_rng(0)
    for call in (
        lambda: rigs.turntable(0),
        lambda: rigs.sphere(0),
        lambda: rigs.cone(0, rng),
        lambda: rigs.cone(1, rng, (0.0, 0.0, 0.0)),
        lambda: rigs.cone(1, rng, opening=200.0),
    ):
        with pytest.raises(ParameterError):
            call()
