from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.views import Sight
from kpstudio.evaluation.picture_figures import SeenTwice, picture_targets, turn_figures
from kpstudio.geometry.camera import Camera
from kpstudio.rendering.rigs import band

#: Two mirrored pairs and one on the mirror plane x = 0.
POINTS = np.array(
    [[0.3, 0.1, 0.4], [-0.3, 0.1, 0.4], [0.2, -0.2, -0.4], [-0.2, -0.2, -0.4], [0.0, 0.3, 0.1]]
)
MIRROR = (1, 0, 3, 2, -1)
TURNED_ROUND = np.diag([-1.0, 1.0, -1.0])


def sight(camera: Camera, points: np.ndarray) -> Sight:
    pixels, depth = camera.project(points)
    picture = np.zeros((*camera.size[::-1], 3), np.uint8)
    return Sight(picture, pixels, np.ones(len(points)), camera, depth=depth)


def pairs(seconds: list[np.ndarray]) -> list[SeenTwice]:
    """The shape in one picture, and what is given in the other."""
    cameras = band(2 * len(seconds), np.random.default_rng(0), size=(64, 64))
    return [
        SeenTwice(sight(cameras[2 * index], POINTS), sight(cameras[2 * index + 1], second))
        for index, second in enumerate(seconds)
    ]


def test_the_same_points_in_both_pictures_tell_the_turn() -> None:
    figures = turn_figures(pairs([POINTS] * 4), MIRROR)

    assert figures["degrees mean"] == pytest.approx(0.0, abs=1e-5)
    assert figures["turned round"] == 0.0
    assert figures["left for right"] == 0.0


def test_flips_are_counted() -> None:
    figures = turn_figures(pairs([POINTS, POINTS @ TURNED_ROUND, POINTS, POINTS]), MIRROR)

    assert figures["turned round"] == 0.25
    assert figures["degrees mean"] == pytest.approx(45.0)
    assert figures["degrees median"] == pytest.approx(0.0, abs=1e-5)


def test_left_taken_for_right_is_counted_though_it_is_no_turn() -> None:
    exchanged = POINTS[[1, 0, 3, 2, 4]]

    figures = turn_figures(pairs([POINTS, exchanged]), MIRROR)

    assert figures["left for right"] == 0.5


def test_a_small_turn_about_any_axis_is_its_angle() -> None:
    turn = np.deg2rad(7.0)
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )

    figures = turn_figures(pairs([POINTS @ about_x.T] * 3))

    assert figures["degrees mean"] == pytest.approx(7.0)
    assert figures["left for right"] == 0.0


def test_keypoints_without_depth_tell_nothing() -> None:
    camera = band(1, np.random.default_rng(0), size=(64, 64))[0]
    flat = Sight(np.zeros((64, 64, 3), np.uint8), camera.project(POINTS)[0], np.ones(5), camera)

    assert turn_figures([SeenTwice(flat, flat)]) == {}
    assert picture_targets({"pictures": {}}) == []


def test_targets_are_met_or_not() -> None:
    met, missed = picture_targets({"pictures": {"degrees mean": 14.0, "degrees median": 11.0}})

    assert met.met
    assert not missed.met
