from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.correspondence import Correspondence
from kpstudio.matching.affinities import Affinities
from kpstudio.matching.chaining import Route, chain
from kpstudio.matching.consistency import cycle_error, match_figures
from tests.matching.stretched_copies import collection


@pytest.mark.parametrize("route", list(Route))
def test_right_matches_give_the_truth(route: Route) -> None:
    _, _, truth = collection(6, 7, 0)
    right = Affinities.of_universe(truth)
    for reference in (None, 3):
        found = Affinities.of_universe(chain(right, route, reference))
        assert (found.matrix != right.matrix).nnz == 0


@pytest.mark.parametrize("route", list(Route))
def test_is_consistent_and_no_better_than_the_matches_it_uses(route: Route) -> None:
    given, _, truth = collection(10, 8, 2, wrong=0.3)
    found = Affinities.of_universe(chain(given, route))
    assert cycle_error(found).contradictions == 0.0
    right = Affinities.of_universe(truth)
    assert 0.3 < match_figures(found, right).recall < match_figures(given, right).recall


def test_goes_where_there_are_matches() -> None:
    one = Correspondence([[0, 0], [1, 1]])
    path = Affinities.of_matches({(0, 1): one, (1, 2): one, (2, 3): one}, [2] * 4)
    assert chain(path, Route.TREE, 0).labels.tolist() == [0, 1] * 4
    assert chain(path, Route.STAR, 0).labels.tolist() == [0, 1, 0, 1, -1, -1, -1, -1]


def test_a_tree_takes_the_pairs_of_shapes_with_the_most_matches() -> None:
    many, few = Correspondence([[0, 0], [1, 1]]), Correspondence([[0, 1]])
    given = Affinities.of_matches({(0, 1): many, (1, 2): many, (0, 2): few}, [2] * 3)
    assert chain(given, Route.TREE, 0).labels.tolist() == [0, 1] * 3
    assert chain(given, Route.STAR, 0).labels.tolist() == [0, 1, 0, 1, -1, 0]


def test_a_shape_that_nobody_matches_has_no_features() -> None:
    one = Correspondence([[0, 0]])
    given = Affinities.of_matches({(0, 1): one}, [1, 1, 3])
    assert chain(given).labels.tolist() == [0, 0, -1, -1, -1]


def test_two_that_want_the_same_feature_share_no_label() -> None:
    given = Affinities.of_matches({(0, 1): Correspondence([[0, 0], [0, 1]])}, [1, 2])
    labels = chain(given, reference=0).labels
    assert sorted(labels[1:].tolist()) == [-1, 0]
    assert np.array_equal(labels, chain(given, reference=0).labels)
