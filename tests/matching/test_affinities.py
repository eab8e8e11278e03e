from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.matching.affinities import Affinities, match_all
from tests.matching.stretched_copies import collection


def test_blocks_are_the_matches_and_the_diagonal_is_one() -> None:
    matches = {(0, 1): Correspondence([[0, 1], [2, 0]]), (2, 1): Correspondence([[0, 0]])}
    found = Affinities.of_matches(matches, [3, 2, 1])
    dense = found.matrix.toarray()
    assert (dense == dense.T).all()
    assert (np.diag(dense) == 1.0).all()
    assert np.argwhere(dense[:3, 3:5]).tolist() == [[0, 1], [2, 0]]
    assert dense[5, 3] == 1.0
    assert dense.sum() == 6 + 2 * 3
    assert found.between.sum() == 2 * 3


def test_of_a_universe_they_are_those_of_its_pairs() -> None:
    _, _, truth = collection(4, 5, 3, missing=0.3)
    matches = {(i, j): truth.pairs(i, j) for i in range(4) for j in range(i + 1, 4)}
    expected = Affinities.of_matches(matches, truth.counts).matrix.toarray()
    assert (Affinities.of_universe(truth).matrix.toarray() == expected).all()


def test_each_two_shapes_are_matched() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((6, 4))
    orders = [rng.permutation(6) for _ in range(3)]
    found = match_all([features[order] for order in orders])
    for i, j in [(0, 1), (2, 0)]:
        block = found.matrix.toarray()[6 * i : 6 * i + 6, 6 * j : 6 * j + 6]
        assert (block == (orders[i][:, None] == orders[j])).all()


def test_refuses_empty_shapes_and_matches_of_others() -> None:
    with pytest.raises(InputError, match="no candidates"):
        Affinities.of_matches({}, [3, 0])
    with pytest.raises(InputError, match="shapes 0 and 2"):
        Affinities.of_matches({(0, 2): Correspondence([[0, 0]])}, [1, 1])
    with pytest.raises(InputError, match="sets of 1 and 2"):
        Affinities.of_matches({(0, 1): Correspondence([[1, 0]])}, [1, 2])
