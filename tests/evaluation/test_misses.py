from __future__ import annotations

import numpy as np
import pytest

from kpstudio.evaluation.misses import misses

#: Two keypoints beside the first marked point, one beside the second, the third has none.
DISTANCES = np.array([[0.01, 0.9, 0.9], [0.03, 0.9, 0.9], [0.9, 0.05, 0.2], [0.8, 0.7, 0.6]])


def test_a_case_by_hand() -> None:
    found = misses(DISTANCES, (0.0, 0.02, 0.06), np.array([1.0, 2.0, 5.0]))
    assert found.false_negative == pytest.approx((1.0, 2 / 3, 1 / 3))
    # The second keypoint beside the first marked point is one too many.
    assert found.false_positive == pytest.approx((1.0, 3 / 4, 2 / 4))
    assert found.weighted_miss == pytest.approx((1.0, 7 / 8, 5 / 8))


def test_a_keypoint_accounts_for_one_marked_point_only() -> None:
    """One keypoint within the radius of two: only the nearer counts as detected."""
    found = misses(np.array([[0.02, 0.03]]), (0.05,))
    assert found.false_negative == (0.5,)
    assert found.false_positive == (0.0,)


def test_equal_weights_make_the_weighted_error_the_plain_one(rng) -> None:
    found = misses(rng.random((12, 7)), (0.1, 0.2, 0.3))
    assert found.weighted_miss == pytest.approx(found.false_negative)


def test_no_keypoints_miss_everything_and_claim_nothing() -> None:
    found = misses(np.zeros((0, 3)), (0.1, 0.5))
    assert found.false_negative == (1.0, 1.0)
    assert found.false_positive == (0.0, 0.0)


def test_a_place_that_cannot_be_reached_is_missed() -> None:
    assert misses(np.array([[np.inf]]), (0.5,)).false_negative == (1.0,)


def test_errors_fall_as_the_radius_grows(rng) -> None:
    found = misses(rng.random((9, 5)), np.linspace(0, 1, 11).tolist())
    for errors in (found.false_negative, found.false_positive, found.weighted_miss):
        assert list(errors) == sorted(errors, reverse=True)


def test_it_is_what_plain_loops_find(rng) -> None:
    distances, radius = rng.random((14, 6)), 0.15
    detected = [
        any(
            distances[a, g] <= radius and all(distances[a, g] <= distances[a, h] for h in range(6))
            for a in range(14)
        )
        for g in range(6)
    ]
    found = misses(distances, (radius,))
    assert found.false_negative == pytest.approx((1 - sum(detected) / 6,))
    assert found.false_positive == pytest.approx(((14 - sum(detected)) / 14,))
