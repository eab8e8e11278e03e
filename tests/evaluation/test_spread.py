from __future__ import annotations

import numpy as np
import pytest

from kpstudio.evaluation.spread import (
    coverage_by_boxes,
    coverage_by_diagonals,
    inclusivity,
    unit_sphere,
)

CLOUD = np.array([[x, y, z] for x in (0.0, 2) for y in (0.0, 2) for z in (0.0, 2)])


def test_keypoints_at_the_corners_cover_all() -> None:
    assert coverage_by_diagonals(CLOUD, CLOUD) == 1.0
    assert coverage_by_boxes(CLOUD, CLOUD) == 1.0


def test_half_the_size_covers_half_the_diagonal_and_an_eighth_of_the_box() -> None:
    assert coverage_by_diagonals(CLOUD / 2, CLOUD) == pytest.approx(0.5)
    assert coverage_by_boxes(CLOUD / 2, CLOUD) == pytest.approx(1 / 8)


def test_diagonals_do_not_see_where_keypoints_are_but_boxes_do() -> None:
    beside = CLOUD + 10.0
    assert coverage_by_diagonals(beside, CLOUD) == 1.0
    assert coverage_by_boxes(beside, CLOUD) == 0.0


def test_keypoints_beyond_the_shape_count_against_it() -> None:
    assert coverage_by_diagonals(1.5 * CLOUD, CLOUD) == pytest.approx(0.5)
    assert coverage_by_diagonals(5.0 * CLOUD, CLOUD) == 0.0
    assert coverage_by_boxes(CLOUD * 2.0, CLOUD) == pytest.approx(1 / 8)


def test_inclusivity_is_the_share_near_a_sample() -> None:
    keypoints = np.array([[0, 0, 0.01], [2, 2, 2.04], [1, 1, 1]])
    assert inclusivity(keypoints, CLOUD, 0.05) == pytest.approx(2 / 3)
    assert inclusivity(keypoints, CLOUD, 0.02) == pytest.approx(1 / 3)


def test_the_frame_has_its_mean_at_zero_and_radius_one(rng) -> None:
    cloud = rng.random((100, 3)) * 7 + 3
    moved = unit_sphere(cloud)(cloud)
    np.testing.assert_allclose(moved.mean(axis=0), 0.0, atol=1e-12)
    assert np.linalg.norm(moved, axis=1).max() == pytest.approx(1.0)


def test_no_keypoints_cover_nothing() -> None:
    none = np.zeros((0, 3))
    assert coverage_by_diagonals(none, CLOUD) == 0.0
    assert coverage_by_boxes(none, CLOUD) == 0.0
    assert inclusivity(none, CLOUD, 0.1) == 0.0
