from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.views import Sight
from kpstudio.evaluation.landmark_regression import regression_error, regression_targets
from kpstudio.evaluation.pose_figures import Posed

SIDE = 50


def posed(count: int, noise: float, seed: int = 0, known: bool = True) -> list[Posed]:
    """Three keypoints at random; four landmarks that are always the same mixture of them."""
    mixture = np.random.default_rng(9).uniform(0.0, 0.5, (4, 3))
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        pixels = rng.uniform(10.0, 40.0, (3, 2))
        landmarks = mixture @ pixels + 3.0 + noise * rng.normal(0.0, 1.0, (4, 2))
        sight = Sight(np.zeros((SIDE, SIDE, 3), np.uint8), pixels, np.ones(3))
        has = np.array([known, known, known, False])
        landmarks[3] = 1e6
        found.append(Posed(sight, landmarks, has, has, ("a", "b", "c", "d")))
    return found


def test_landmarks_that_are_linear_in_keypoints_are_found() -> None:
    error = regression_error(posed(40, 0.0), posed(10, 0.0, 1))
    assert error == pytest.approx(0.0, abs=2e-3)


def test_the_error_is_a_share_of_the_picture() -> None:
    error = regression_error(posed(400, 0.0), posed(400, 2.0, 1))
    # The mean length of a vector of two normal coordinates.
    assert error == pytest.approx(np.sqrt(np.pi / 2.0) * 2.0 / SIDE, rel=0.1)


def test_without_known_landmarks_there_is_no_figure() -> None:
    assert regression_error(posed(4, 0.0), []) is None
    assert regression_error(posed(4, 0.0), posed(4, 0.0, known=False)) is None


def test_the_target() -> None:
    assert regression_targets({"pictures": {"2D consistency": 0.05}})[0].met
    assert not regression_targets({"pictures": {"2D consistency": 0.07}})[0].met
    assert regression_targets({"pictures": {}}) == []
