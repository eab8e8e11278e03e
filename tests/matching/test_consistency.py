from __future__ import annotations

import itertools

import numpy as np
import pytest

from kpstudio.matching.affinities import Affinities
from kpstudio.matching.consistency import (
    correct_share,
    cycle_error,
    match_distances,
    match_figures,
    pairwise_agreement,
)
from tests.matching.stretched_copies import collection


def by_triples(given: Affinities) -> tuple[float, float]:
    """The cycle error as it is defined, block by block."""
    dense, starts = given.matrix.toarray(), [*given.starts, given.counts.sum()]
    size = [slice(a, b) for a, b in itertools.pairwise(starts)]
    difference = total = chained = wrong = 0.0
    for i, z, j in itertools.permutations(range(len(given)), 3):
        direct, way = dense[size[i], size[j]], dense[size[i], size[z]] @ dense[size[z], size[j]]
        difference += np.abs(direct - way).sum()
        total += direct.sum() + way.sum()
        chained += way.sum()
        wrong += (way * (direct == 0.0)).sum()
    return difference / total, wrong / chained


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_cycle_error_is_that_over_all_triples(missing: float) -> None:
    given, _, _ = collection(5, 4, 3, wrong=0.4, missing=missing)
    found = cycle_error(given)
    assert (found.error, found.contradictions) == pytest.approx(by_triples(given))
    assert 0.2 < found.contradictions < 1.0


def test_a_universe_contradicts_itself_nowhere() -> None:
    _, _, truth = collection(5, 6, 2)
    found = cycle_error(Affinities.of_universe(truth))
    assert (found.error, found.contradictions) == (0.0, 0.0)
    _, _, partly = collection(5, 6, 2, missing=0.4)
    found = cycle_error(Affinities.of_universe(partly))
    assert found.contradictions == 0.0 < found.error


def test_nothing_matched_is_no_contradiction() -> None:
    empty = Affinities.of_matches({}, [2, 2, 2])
    assert cycle_error(empty).error == 0.0
    _, _, truth = collection(3, 2, 0)
    figures = match_figures(empty, Affinities.of_universe(truth))
    assert (figures.recall, figures.precision) == (0.0, 1.0)


def test_recall_and_precision() -> None:
    given, _, truth = collection(6, 5, 5, wrong=0.3, seed=1)
    right = Affinities.of_universe(truth)
    twos = list(itertools.combinations(range(6), 2))
    wanted = sum(len(truth.pairs(i, j)) for i, j in twos)
    assert match_figures(right, right).recall == match_figures(right, right).precision == 1.0
    both = (given.between.multiply(right.between)).sum() / 2.0
    figures = match_figures(given, right)
    assert figures.recall == pytest.approx(both / wanted)
    assert figures.precision == pytest.approx(both / (given.between.sum() / 2.0))


def test_share_of_correct_keypoints() -> None:
    distances = [0.0, 0.05, 0.2, np.inf]
    assert correct_share(distances, [0.0, 0.05, 0.1, 1.0]).tolist() == [0.25, 0.5, 0.5, 0.75]
    assert correct_share([], [0.1]).tolist() == [0.0]


def test_agreement_of_two_shapes_is_the_share_of_ways_that_agree() -> None:
    given, _, truth = collection(5, 4, 3, wrong=0.4, missing=0.2)
    dense, starts = given.matrix.toarray(), [*given.starts, given.counts.sum()]
    size = [slice(a, b) for a, b in itertools.pairwise(starts)]
    found = pairwise_agreement(given)
    for i, j in itertools.permutations(range(5), 2):
        ways = sum(dense[size[i], size[z]] @ dense[size[z], size[j]]
                   for z in range(5) if z not in (i, j))  # fmt: skip
        same = (ways * dense[size[i], size[j]]).sum()
        assert found[i, j] == pytest.approx(same / ways.sum())
    assert np.isnan(np.diag(found)).all()
    perfect = pairwise_agreement(Affinities.of_universe(truth))
    assert np.nanmin(perfect) == np.nanmax(perfect) == 1.0


def test_distances_from_right_partners() -> None:
    given, places, truth = collection(4, 5, 2, wrong=0.4, seed=2)
    right = Affinities.of_universe(truth)
    twos, away = match_distances(right, right, places)
    assert len(away) == right.between.nnz
    assert away.max() == 0.0
    assert (twos[:, 0] != twos[:, 1]).all()
    _, away = match_distances(given, right, places)
    assert (away == 0.0).mean() == pytest.approx(match_figures(given, right).recall)
    nothing = Affinities.of_matches({}, given.counts)
    assert np.isinf(match_distances(nothing, right, places)[1]).all()
