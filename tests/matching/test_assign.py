from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.matching.assign import Rule, by_descriptors, by_order

SEEDS = st.integers(0, 10_000)


def sets(seed: int, most: int = 7, size: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a, b = (rng.random((rng.integers(1, most), size)) for _ in range(2))
    return a, b, np.linalg.norm(a[:, None] - b[None], axis=2)


def test_by_order_leaves_out_what_is_missing_on_either() -> None:
    points = np.zeros((4, 3))
    first = KeypointSet(points, defined=[True, False, True, True], confidence=[1, 1, 0.5, 0.7])
    second = KeypointSet(points, defined=[True, True, True, False], confidence=[0.2, 1, 1, 1])
    found = by_order(first, second)
    assert found.pairs.tolist() == [[0, 0], [2, 2]]
    assert found.confidence.tolist() == [0.2, 0.5]
    with pytest.raises(InputError, match="4 keypoints and 3"):
        by_order(first, KeypointSet(points[:3]))


@given(SEEDS)
def test_mutual_pairs_are_each_others_nearest(seed: int) -> None:
    a, b, distances = sets(seed)
    found = {tuple(pair) for pair in by_descriptors(a, b, Rule.MUTUAL).pairs.tolist()}
    expected = {
        (i, j)
        for i, j in itertools.product(range(len(a)), range(len(b)))
        if distances[i, j] == distances[i].min() == distances[:, j].min()
    }
    assert found == expected


@given(SEEDS)
def test_one_to_one_has_the_least_sum(seed: int) -> None:
    a, b, distances = sets(seed, 6)
    found = by_descriptors(a, b, Rule.ONE_TO_ONE)
    table = distances if len(a) <= len(b) else distances.T
    least = min(
        sum(table[i, j] for i, j in enumerate(chosen))
        for chosen in itertools.permutations(range(table.shape[1]), len(table))
    )
    assert len(found) == min(len(a), len(b))
    assert distances[found.first, found.second].sum() == pytest.approx(least)


@given(SEEDS, st.floats(0.1, 1.0))
def test_ratio_compares_with_the_second_nearest(seed: int, ratio: float) -> None:
    a, b, distances = sets(seed)
    found = by_descriptors(a, b, Rule.RATIO, ratio)
    in_order = np.sort(np.column_stack([distances, np.full(len(a), np.inf)]), axis=1)
    passing = np.flatnonzero(in_order[:, 0] <= ratio * in_order[:, 1])
    assert found.first.tolist() == passing.tolist()
    assert found.second.tolist() == distances.argmin(axis=1)[passing].tolist()


@given(SEEDS, st.sampled_from(list(Rule)))
def test_confidence_is_the_lead_over_all_rivals(seed: int, rule: Rule) -> None:
    a, b, distances = sets(seed)
    found = by_descriptors(a, b, rule)
    for (i, j), confidence in zip(found.pairs, found.confidence, strict=True):
        rivals = [*np.delete(distances[i], j), *np.delete(distances[:, j], i), np.inf]
        assert confidence == pytest.approx(max(0.0, 1.0 - distances[i, j] / min(rivals)))


@pytest.mark.parametrize("rule", list(Rule))
def test_finds_the_same_points_in_another_order(rule: Rule) -> None:
    rng = np.random.default_rng(3)
    a, order = rng.random((30, 5)), rng.permutation(30)
    found = by_descriptors(a, a[order], rule)
    assert (order[found.second] == found.first).all()
    assert len(found) == 30
    np.testing.assert_allclose(found.confidence, 1.0)


def test_twins_have_no_confidence() -> None:
    twins = np.array([[0.0, 0.0], [0.0, 0.0]])
    assert by_descriptors(twins, twins, Rule.ONE_TO_ONE).confidence.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("rule", list(Rule))
def test_nothing_has_no_partner(rule: Rule) -> None:
    assert len(by_descriptors(np.zeros((0, 3)), np.zeros((4, 3)), rule)) == 0


def test_refuses_other_lengths_and_ratios() -> None:
    with pytest.raises(InputError, match="3 and 4 numbers"):
        by_descriptors(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ParameterError):
        by_descriptors(np.zeros((2, 3)), np.zeros((2, 3)), Rule.RATIO, 0.0)
