from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.matching.affinities import Affinities
from kpstudio.matching.consistency import cycle_error, match_figures
from kpstudio.matching.synchronise import spectral_labels, synchronise
from tests.matching.stretched_copies import collection


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_right_matches_give_the_truth(missing: float) -> None:
    _, _, truth = collection(6, 7, 5, missing=missing, seed=2)
    right = Affinities.of_universe(truth)
    found = Affinities.of_universe(synchronise(right, 7))
    assert (found.matrix != right.matrix).nnz == 0


def test_confidence_of_right_matches_is_one() -> None:
    _, _, truth = collection(6, 7, 0)
    found = synchronise(Affinities.of_universe(truth), 7)
    np.testing.assert_allclose(found.confidence, 1.0, atol=1e-6)
    values = spectral_labels(Affinities.of_universe(truth), 7, invisible=False).values
    np.testing.assert_allclose(values, 6.0)


@pytest.mark.parametrize("invisible", [True, False])
def test_is_consistent_and_better_than_what_it_is_given(invisible: bool) -> None:
    given, _, truth = collection(12, 8, 4, wrong=0.4)
    right = Affinities.of_universe(truth)
    found = Affinities.of_universe(synchronise(given, 8, invisible=invisible))
    before, after = match_figures(given, right), match_figures(found, right)
    assert after.recall > 0.9 > 0.7 > before.recall
    assert after.precision > 0.9 > 0.6 > before.precision
    assert cycle_error(found).contradictions == 0.0


def test_of_many_candidates_only_the_leading_eigenvectors_are_found() -> None:
    given, _, truth = collection(20, 8, 12, wrong=0.4)  # 400 candidates
    found = synchronise(given, 8)
    assert match_figures(Affinities.of_universe(found), Affinities.of_universe(truth)).recall > 0.9
    assert (synchronise(given, 8).labels == found.labels).all()


def test_refuses_more_features_than_candidates() -> None:
    given, _, _ = collection(3, 4, 1)
    synchronise(given, 6)
    with pytest.raises(ParameterError, match="6 features, of at most 5"):
        synchronise(given, 6, invisible=False)
    with pytest.raises(ParameterError):
        synchronise(given, 0)
