from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import ParameterError
from kpstudio.matching.agreement import agreement

RNG_SEEDS = st.integers(0, 10_000)


def sets(seed: int, most: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random((rng.integers(0, most), 3)), rng.random((rng.integers(0, most), 3))


def best_by_trying(a: np.ndarray, b: np.ndarray, radius: float) -> tuple[int, float]:
    """The most pairs, and then the least sum, of all injections of the smaller set."""
    if len(a) > len(b):
        a, b = b, a
    best = (0, 0.0)
    for partners in itertools.permutations(range(len(b)), len(a)):
        lengths = [float(np.linalg.norm(a[i] - b[j])) for i, j in enumerate(partners)]
        kept = [length for length in lengths if length <= radius]
        if (-len(kept), sum(kept)) < (-best[0], best[1]):
            best = (len(kept), sum(kept))
    return best


@given(RNG_SEEDS, st.floats(0.0, 1.5))
def test_has_the_most_pairs_and_of_those_the_shortest(seed: int, radius: float) -> None:
    a, b = sets(seed)
    found = agreement(a, b, radius)
    most, least = best_by_trying(a, b, radius)
    assert len(found) == most
    assert found.distances.sum() == pytest.approx(least)


@given(RNG_SEEDS, st.floats(0.05, 1.0))
def test_pairs_are_one_to_one_and_within_the_radius(seed: int, radius: float) -> None:
    a, b = sets(seed, 40)
    found = agreement(a, b, radius)
    assert len(set(found.pairs[:, 0])) == len(set(found.pairs[:, 1])) == len(found)
    apart = np.linalg.norm(a[found.pairs[:, 0]] - b[found.pairs[:, 1]], axis=1)
    np.testing.assert_allclose(found.distances, apart)
    assert (apart <= radius).all()


@given(RNG_SEEDS)
def test_is_symmetric_and_grows_with_the_radius(seed: int) -> None:
    a, b = sets(seed, 30)
    counts = [len(agreement(a, b, radius)) for radius in (0.0, 0.1, 0.3, 2.0)]
    assert counts == sorted(counts)
    assert counts[-1] == min(len(a), len(b))  # everything is within reach
    assert len(agreement(b, a, 0.3)) == counts[2]


def test_a_middle_point_is_given_to_the_one_that_has_no_other() -> None:
    # Greedy by distance would pair b0 with a1 and leave a0 alone.
    a = np.array([[0.0, 0, 0], [1.0, 0, 0]])
    b = np.array([[0.9, 0, 0], [1.8, 0, 0]])
    found = agreement(a, b, 0.95)
    assert found.pairs.tolist() == [[0, 0], [1, 1]]


def test_shares_and_union() -> None:
    a = np.zeros((4, 3)) + np.arange(4)[:, None]
    found = agreement(a, a[:3] + 0.001, 0.01)
    assert (len(found), found.share_of_first, found.share_of_second) == (3, 0.75, 1.0)
    assert found.intersection_over_union == 0.75
    nothing = agreement(np.zeros((0, 3)), np.zeros((0, 3)), 1.0)
    assert nothing.share_of_first == nothing.share_of_second == 0.0
    assert nothing.intersection_over_union == 0.0


def test_a_set_agrees_with_itself_at_radius_zero() -> None:
    a = np.random.default_rng(1).random((50, 3))
    assert agreement(a, a, 0.0).pairs.tolist() == [[i, i] for i in range(50)]


@pytest.mark.parametrize("radius", [-0.1, float("nan")])
def test_a_radius_is_a_number(radius: float) -> None:
    with pytest.raises(ParameterError):
        agreement(np.zeros((1, 3)), np.zeros((1, 3)), radius)
