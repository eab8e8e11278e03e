from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.matching.partial_permutations import Hull, assign

SEEDS = st.integers(0, 10_000)
STARTS = np.array([0, 3, 7], np.int32)


def all_of(rows: int, columns: int, *, invisible: bool) -> Iterator[np.ndarray]:
    """All partial permutations of a shape."""
    for chosen in itertools.product(range(-1 if invisible else 0, rows), repeat=columns):
        some = [row for row in chosen if row >= 0]
        if len(set(some)) == len(some):
            x = np.zeros((rows, columns))
            x[some, [column for column, row in enumerate(chosen) if row >= 0]] = 1.0
            yield x


@given(SEEDS, st.booleans())
def test_assignment_is_the_least_of_all(seed: int, invisible: bool) -> None:
    costs = np.random.default_rng(seed).normal(size=(11, 3))
    found = assign(costs, STARTS, invisible=invisible)
    for own, cost in zip(np.split(found, STARTS[1:]), np.split(costs, STARTS[1:]), strict=True):
        least = min((cost * x).sum() for x in all_of(*cost.shape, invisible=invisible))
        assert (cost * own).sum() == pytest.approx(least)


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.booleans())
def test_projection_is_the_nearest_point_of_the_hull(seed: int, invisible: bool) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(0.3, 0.6, (11, 3))
    x = Hull(STARTS, 11, invisible=invisible).nearest(y)
    columns = np.add.reduceat(x, STARTS, axis=0)
    assert x.min() > -1e-3
    assert x.sum(axis=1).max() < 1.0 + 1e-3
    assert columns.max() < 1.0 + 1e-3
    assert invisible or columns.min() > 1.0 - 1e-3
    # At the nearest point x nobody of the hull lies farther towards y: (y - x).(v - x) <= 0.
    farthest = assign(x - y, STARTS, invisible=invisible)
    assert ((y - x) * (farthest - x)).sum() < 5e-3


def test_what_is_in_the_hull_stays() -> None:
    rng = np.random.default_rng(0)
    mixed = np.mean([assign(rng.normal(size=(11, 3)), STARTS, invisible=False)
                     for _ in range(5)], axis=0)  # fmt: skip
    found = Hull(STARTS, 11, invisible=False).nearest(mixed)
    np.testing.assert_allclose(found, mixed, atol=1e-4)


@pytest.mark.parametrize("invisible", [True, False])
def test_starting_from_the_last_point_changes_nothing(invisible: bool) -> None:
    rng = np.random.default_rng(1)
    warm = Hull(STARTS, 11, invisible=invisible)
    y = rng.normal(0.3, 0.6, (11, 3))
    for _ in range(5):
        cold = Hull(STARTS, 11, invisible=invisible).nearest(y)
        np.testing.assert_allclose(warm.nearest(y), cold, atol=2e-3)
        y = y + 0.1 * rng.normal(size=y.shape)
