"""When a training is given up."""

from __future__ import annotations

import json

import pytest

from kpstudio.training.patience import Patience


def looked(limit: int, values: list[float]) -> Patience:
    patience = Patience(limit)
    for value in values:
        patience.look(value)
    return patience


def test_it_ends_after_so_many_checks_without_progress() -> None:
    assert not looked(3, [5.0, 4.0, 4.1, 9.0]).is_over
    assert looked(3, [5.0, 5.0, 5.0, 5.0]).is_over


def test_progress_starts_the_count_anew() -> None:
    assert not looked(2, [5.0, 5.0, 1.0, 1.0]).is_over


def test_one_lucky_check_is_smoothed_away() -> None:
    patience = looked(5, [5.0, 5.0, 0.0, 5.0])
    assert 3.0 < patience.best < 5.0


@pytest.mark.parametrize("start", [-5.0, 0.0, 5.0])
def test_falling_totals_of_any_sign_are_progress(start: float) -> None:
    assert looked(2, [start - step for step in range(20)]).misses == 0


def test_without_a_limit_it_never_ends() -> None:
    assert not looked(0, [1.0] * 100).is_over


def test_what_is_kept_goes_on_alike() -> None:
    for values in ([], [3.0, 2.0, 2.5]):
        first, second = looked(4, values), Patience(4)
        second.restore(json.loads(json.dumps(first.as_json())))
        for patience in (first, second):
            patience.look(2.4)
        assert first == second
