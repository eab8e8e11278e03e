from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, ParameterError
from kpstudio.matching.affinities import Affinities
from kpstudio.matching.chaining import Route, chain
from kpstudio.matching.consistency import cycle_error, match_figures
from kpstudio.matching.low_rank import squared_distances
from kpstudio.matching.partial_permutations import assign
from kpstudio.matching.semantic_matching import (
    SemanticMatching,
    SemanticParameters,
    choosing_costs,
    match_collection,
)
from tests.matching.stretched_copies import collection
from tests.matching.test_partial_permutations import all_of


def labels_of_one_shape(seed: int, power: float, *, invisible: bool) -> tuple[float, float]:
    """The objective at the labels chosen by distances to a power, and the least of all labels."""
    rng = np.random.default_rng(seed)
    places, low, y = rng.normal(size=(4, 3)), rng.normal(size=(1, 3, 3)), rng.random((4, 3))
    weight, rho = 0.7, float(rng.choice([0.5, 2.0]))
    start = np.zeros(1, np.int32)

    def objective(x: np.ndarray) -> float:
        seen = x.any(axis=0)
        away = np.square(x.T @ places - low[0])[seen].sum()
        return float(weight / 2.0 * away + rho / 2.0 * np.square(x - y).sum())

    distances = squared_distances(places, low, start) ** (power / 2.0)
    found = assign(choosing_costs(distances, y, weight, rho), start, invisible=invisible)
    return objective(found), min(objective(x) for x in all_of(4, 3, invisible=invisible))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.booleans())
def test_labels_by_squared_distances_are_the_best_of_all(seed: int, invisible: bool) -> None:
    found, least = labels_of_one_shape(seed, 2.0, invisible=invisible)
    assert found == pytest.approx(least)


def test_labels_by_plain_distances_are_often_not() -> None:
    trials = [labels_of_one_shape(seed, 1.0, invisible=False) for seed in range(60)]
    assert sum(found > least + 1e-9 for found, least in trials) > 5


def solve(
    seed: int = 0, geometry: float = 1.0, invisible: bool = True, **values: float
) -> tuple[SemanticMatching, Affinities, Affinities]:
    """The result, what it was given and the truth."""
    affinities, places, truth = collection(seed=seed, **values)  # type: ignore[arg-type]
    given = SemanticParameters(features=truth.size, geometry=geometry, invisible=invisible)
    found = match_collection(affinities, places, given)
    return found, affinities, Affinities.of_universe(truth)


@pytest.mark.parametrize("invisible", [True, False])
def test_is_consistent_and_better_than_pairwise(invisible: bool) -> None:
    found, given, right = solve(shapes=12, wrong=0.45, invisible=invisible)
    matches = Affinities.of_universe(found.universe)
    assert cycle_error(matches).contradictions == 0.0 < cycle_error(given).contradictions
    after = match_figures(matches, right)
    assert after.recall > 0.9
    assert after.precision > 0.9
    for other in (given, *(Affinities.of_universe(chain(given, route)) for route in Route)):
        before = match_figures(other, right)
        assert before.recall < after.recall - 0.25
        assert before.precision < after.precision - 0.25


def test_features_that_are_missing_stay_so() -> None:
    found, given, right = solve(shapes=12, wrong=0.3, missing=0.2, seed=3)
    matches = Affinities.of_universe(found.universe)
    before, after = match_figures(given, right), match_figures(matches, right)
    assert after.recall > before.recall + 0.1
    assert after.precision > before.precision + 0.3
    assert (found.universe.places < 0).any()
    assert (np.isnan(found.residuals) == (found.universe.places < 0)).all()


def test_geometry_helps() -> None:
    def recall(geometry: float) -> float:
        values = []
        for seed in range(3):
            found, _, right = solve(
                seed, geometry, False, shapes=16, features=10, others=10, wrong=0.6
            )
            values.append(match_figures(Affinities.of_universe(found.universe), right).recall)
        return float(np.mean(values))

    assert recall(3.0) > recall(0.0) + 0.02


def test_the_objective_never_grows() -> None:
    found, _, _ = solve(1, 3.0, False, shapes=12, wrong=0.7)
    assert len(found.objectives) >= 4  # several rounds at some rho
    for _, rounds in itertools.groupby(found.objectives, key=lambda one: one[0]):
        values = [value for _, value in rounds]
        assert (np.diff(values) <= 1e-6 * abs(values[0])).all()


def test_rank_and_residuals_of_stretched_shapes() -> None:
    found, _, _ = solve(wrong=0.1, noise=0.01)
    values = found.singular_values
    assert values[4] < 0.1 * values[3]
    assert np.nanmax(found.residuals) < 0.05
    noisy, _, _ = solve(wrong=0.1, noise=0.1)
    assert np.nanmean(noisy.residuals) > 2.0 * np.nanmean(found.residuals)


def test_same_input_same_answer_in_any_unit() -> None:
    affinities, places, truth = collection(wrong=0.4)
    given = SemanticParameters(features=truth.size)
    one = match_collection(affinities, places, given)
    other = match_collection(affinities, 25.4 * places + 3.0, given)
    assert (one.universe.labels == other.universe.labels).all()
    np.testing.assert_allclose(one.residuals, other.residuals, atol=1e-6)


def test_refuses_what_makes_no_sense() -> None:
    affinities, places, _ = collection(3, 6, 0)
    with pytest.raises(ParameterError, match="rank above 4"):
        match_collection(affinities, places, SemanticParameters(features=4))
    match_collection(affinities, places, SemanticParameters(features=4, geometry=0.0))
    with pytest.raises(InputError, match="places of 18 candidates"):
        match_collection(affinities, places[:-1], SemanticParameters(features=6))
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        match_collection(affinities, places, SemanticParameters(features=6), ctx)
