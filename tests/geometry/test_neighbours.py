"""Neighbourhoods of points, and peaks among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.geometry import neighbours
from kpstudio.geometry.balls import Balls
from kpstudio.geometry.neighbours import (
    local_maxima,
    maxima_within,
    nearest,
    rings,
    row_maximum,
    symmetric,
    within,
)
from kpstudio.geometry.topology import edges
from tests import shapes


def cloud(seed: int, count: int = 300) -> np.ndarray:
    """Points of uneven density, far from the origin."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3)) ** 3 + (10.0, -5.0, 3.0)


# --- balls --------------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.floats(0.01, 20.0))
def test_balls_hold_what_is_within_the_radius(seed: int, radius: float) -> None:
    points = cloud(seed)
    inside = cdist(points, points) <= radius
    balls = Balls(points, radius)
    np.testing.assert_array_equal(balls.counts(), inside.sum(axis=1))
    terms = np.random.default_rng(seed).normal(size=(len(points), 4))
    np.testing.assert_allclose(balls.sums(terms), inside @ terms, atol=1e-9)


@given(st.integers(0, 1000), st.floats(0.01, 5.0))
def test_pairs_within_the_radius(seed: int, radius: float) -> None:
    points = cloud(seed)
    distances = cdist(points, points)
    expected = (distances <= radius) & ~np.eye(len(points), dtype=bool)
    found = within(points, radius)
    rows, columns = expected.nonzero()
    np.testing.assert_array_equal(found.indptr, np.r_[0, np.cumsum(expected.sum(axis=1))])
    np.testing.assert_array_equal(found.indices, columns)
    np.testing.assert_allclose(found.data, distances[rows, columns] ** 2, atol=1e-9)


def test_points_at_the_radius_are_within_however_they_are_turned() -> None:
    grid = np.stack(np.meshgrid(*3 * [np.arange(6.0)]), axis=-1).reshape(-1, 3)
    expected = Balls(grid, 2.0).counts()
    assert expected.max() == 33
    rng = np.random.default_rng(0)
    for _ in range(5):
        rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        np.testing.assert_array_equal(Balls(grid @ rotation / 7.0, 2.0 / 7.0).counts(), expected)


def test_coincident_points_are_neighbours() -> None:
    points = np.repeat(np.eye(3), 70, axis=0)
    found = within(points, 0.1)
    np.testing.assert_array_equal(np.diff(found.indptr), 69)
    np.testing.assert_array_equal(found.data, 0.0)


def test_too_many_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_PAIRS", 1000)
    with pytest.raises(InputError, match="holds 299 neighbours of every point"):
        within(cloud(0), 1000.0)


def test_cancelled() -> None:
    ctx = RunContext()
    ctx.cancel()
    balls = Balls(cloud(0), 1.0)
    for work in (balls.counts, lambda ctx: balls.sums(np.ones((300, 1)), ctx)):
        with pytest.raises(Cancelled):
            work(ctx)


# --- nearest, rings -----------------------------------------------------------------------------


@given(st.integers(0, 1000), st.integers(1, 12))
def test_nearest_points(seed: int, count: int) -> None:
    points = cloud(seed, 50)
    distances = cdist(points, points)
    found = nearest(points, count)
    np.fill_diagonal(distances, np.inf)
    expected = np.sort(distances, axis=1)[:, :count]
    np.testing.assert_allclose(np.take_along_axis(distances, found, axis=1), expected)


def test_nearest_leaves_the_point_out_among_its_equals() -> None:
    points = np.repeat(np.eye(3), 4, axis=0)
    found = nearest(points, 3)
    assert (found != np.arange(12)[:, None]).all()
    assert (found // 4 == np.arange(12)[:, None] // 4).all()


def test_too_few_points_for_so_many_neighbours() -> None:
    with pytest.raises(InputError, match="3 points have no 3 neighbours"):
        nearest(np.eye(3), 3)


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_rings_are_powers_of_the_first(reach: int) -> None:
    ball = shapes.icosphere(2)
    count = len(ball.vertices)
    found = rings(edges(ball.faces), count, reach)
    one = np.eye(count)
    one[tuple(edges(ball.faces).T)] = one[tuple(edges(ball.faces)[:, ::-1].T)] = 1
    expected = np.linalg.matrix_power(one, reach) > 0
    np.fill_diagonal(expected, False)
    np.testing.assert_array_equal(found.toarray(), expected)
    assert found.has_sorted_indices


# --- maxima -------------------------------------------------------------------------------------


def links(*pairs: tuple[int, int], count: int) -> object:
    return symmetric(np.array(pairs).reshape(-1, 2), np.ones(len(pairs)), count)


def test_largest_neighbour() -> None:
    chain = links((0, 1), (1, 2), count=4)
    found = row_maximum(np.array([1.0, 5.0, 3.0, 9.0]), chain)
    np.testing.assert_array_equal(found, [5.0, 3.0, 5.0, -np.inf])


def test_maxima_come_largest_first() -> None:
    chain = links((0, 1), (1, 2), (2, 3), (3, 4), count=6)
    values = np.array([2.0, 1.0, 3.0, -1.0, 0.5, 99.0])
    np.testing.assert_array_equal(local_maxima(values, chain), [2, 0, 4])


def test_of_equals_the_first_is_the_maximum() -> None:
    chain = links((0, 1), (1, 2), (2, 3), count=4)
    assert local_maxima(np.ones(4), chain).tolist() == [0]
    # The same whatever rounding did to them.
    noise = 1.0 + 1e-14 * np.arange(4)
    assert local_maxima(noise, chain).tolist() == [0]


@given(st.integers(0, 1000), st.floats(0.01, 5.0))
def test_maxima_within_a_radius_need_no_list_of_neighbours(seed: int, radius: float) -> None:
    points = cloud(seed, 200)
    rng = np.random.default_rng(seed)
    values = rng.integers(-3, 20, 200).astype(float)
    beside = np.sort(np.stack([rng.integers(0, 200, 400), rng.integers(0, 200, 400)], 1), axis=1)
    beside = np.unique(beside[beside[:, 0] != beside[:, 1]], axis=0)
    expected = local_maxima(values, within(points, radius))
    expected = expected[values[expected] > 0.0]
    np.testing.assert_array_equal(maxima_within(values, points, radius, beside), expected)
