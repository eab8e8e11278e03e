from __future__ import annotations

import math

import numpy as np
import pytest

from kpstudio.evaluation.repeatability import repeatability

KEYPOINTS = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]])


def test_a_case_by_hand() -> None:
    again = np.array([[0.05, 0, 0], [1.0, 0.2, 0], [9, 9, 9]])
    found = repeatability(KEYPOINTS, again, (0.04, 0.05, 0.2, 1.1))
    assert found.absolute == (0, 1, 2, 3)
    assert found.relative == (0.0, 0.25, 0.5, 0.75)


def test_the_same_keypoints_are_all_repeated_at_once() -> None:
    assert repeatability(KEYPOINTS, KEYPOINTS[::-1], (0.0,)).relative == (1.0,)


def test_keypoints_outside_the_overlap_do_not_count() -> None:
    overlap = np.array([True, True, False, False])
    found = repeatability(KEYPOINTS, KEYPOINTS[:1], (0.1,), overlap)
    assert (found.absolute, found.counted, found.relative) == ((1,), 2, (0.5,))


def test_nothing_to_repeat_is_no_number_and_nothing_found_is_zero() -> None:
    none = np.zeros((0, 3))
    assert math.isnan(repeatability(none, KEYPOINTS, (0.1,)).relative[0])
    assert repeatability(KEYPOINTS, none, (0.1, 0.2)).absolute == (0, 0)


def test_random_points_are_repeated_as_often_as_chance_says() -> None:
    """Of m uniform points in a square one is within e of p with 1 - (1 - pi e^2)^m."""
    rng = np.random.default_rng(1)
    count, limit = 60, 0.05
    shares = []
    for _ in range(60):
        inside = rng.uniform(0.1, 0.9, (200, 3)) * (1, 1, 0)
        again = rng.uniform(0.0, 1.0, (count, 3)) * (1, 1, 0)
        shares.append(repeatability(inside, again, (limit,)).relative[0])
    expected = 1.0 - (1.0 - np.pi * limit**2) ** count
    assert np.mean(shares) == pytest.approx(expected, abs=0.02)


def test_it_is_what_a_plain_loop_finds(rng) -> None:
    first, second = rng.random((30, 3)), rng.random((25, 3))
    limits = (0.05, 0.1, 0.2, 0.4)
    found = repeatability(first, second, limits)
    for limit, count in zip(limits, found.absolute, strict=True):
        assert count == sum(
            any(math.dist(p, q) <= limit for q in second.tolist()) for p in first.tolist()
        )
