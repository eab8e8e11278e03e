from __future__ import annotations

import numpy as np
import pytest

from kpstudio.matching.low_rank import (
    features_at,
    nearest_low_rank,
    normalised,
    squared_distances,
    visible,
)


def stretched(shapes: int = 6, features: int = 9, seed: int = 0) -> np.ndarray:
    """Affine images (n,k,3) of one set of points."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(features, 3))
    ways = rng.normal(size=(shapes, 3, 3))
    return base @ ways.transpose(0, 2, 1) + rng.normal(size=(shapes, 1, 3))


def test_affine_images_have_rank_four() -> None:
    places = stretched()
    seen = np.ones(places.shape[:2], bool)
    low, singular = nearest_low_rank(places, seen, 4)
    np.testing.assert_allclose(low, places, atol=1e-10)
    assert singular[4] < 1e-10 < 0.1 < singular[3]
    assert np.abs(nearest_low_rank(places, seen, 3)[0] - places).max() > 0.1


def test_is_the_nearest_of_its_rank() -> None:
    rng = np.random.default_rng(1)
    places = rng.normal(size=(5, 8, 3))
    low, singular = nearest_low_rank(places, np.ones((5, 8), bool), 3)
    stacked = low.transpose(0, 2, 1).reshape(15, 8)
    assert np.linalg.matrix_rank(stacked) == 3
    assert np.square(low - places).sum() == pytest.approx((singular[3:] ** 2).sum())


def test_what_is_invisible_is_put_where_it_should_be() -> None:
    places = stretched(10, 12)
    seen = np.random.default_rng(2).random((10, 12)) > 0.1
    hidden = np.where(seen[:, :, None], places, 99.0)
    low = None
    for _ in range(40):
        low, _ = nearest_low_rank(hidden, seen, 4, low)
    np.testing.assert_allclose(low[~seen], places[~seen], atol=0.05)


def test_filling_in_never_moves_away_from_what_is_seen() -> None:
    rng = np.random.default_rng(3)
    places, seen = rng.normal(size=(6, 9, 3)), rng.random((6, 9)) > 0.3
    low, away = None, []
    for _ in range(5):
        low, _ = nearest_low_rank(places, seen, 4, low)
        away.append(np.square(low - places)[seen].sum())
    assert (np.diff(away) <= 1e-9).all()


def test_labels_pick_candidates() -> None:
    rng = np.random.default_rng(4)
    starts, coordinates = np.array([0, 3], np.int32), rng.normal(size=(5, 3))
    labels = np.zeros((5, 2))
    labels[2, 0] = labels[0, 1] = labels[4, 1] = 1.0
    at = features_at(coordinates, labels, starts)
    np.testing.assert_array_equal(at[0], coordinates[[2, 0]])
    np.testing.assert_array_equal(at[1, 1], coordinates[4])
    assert visible(labels, starts).tolist() == [[True, True], [False, True]]
    away = squared_distances(coordinates, at, starts)
    assert away[2, 0] == away[0, 1] == away[4, 1] == 0.0
    assert away[3, 1] == pytest.approx(np.square(coordinates[3] - coordinates[4]).sum())


def test_every_shape_is_brought_to_the_same_size_and_middle() -> None:
    starts, coordinates = np.array([0, 4], np.int32), np.random.default_rng(5).random((10, 3))
    coordinates[4:] = 40.0 * coordinates[4:] + 7.0
    for own in np.split(normalised(coordinates, starts), starts[1:]):
        np.testing.assert_allclose(own.mean(axis=0), 0.0, atol=1e-12)
        assert np.square(own).sum(axis=1).mean() == pytest.approx(1.0)
