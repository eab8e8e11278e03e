from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.app.field_scale import FieldScale
from kpstudio.viewport.color_bar import decades, number_text, round_values
from kpstudio.viewport.fields import ShownField


def test_round_numbers() -> None:
    assert round_values(0.0, 1.0) == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert round_values(-3.0, 3.0) == pytest.approx([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    assert round_values(0.0, 0.0) == [0.0]


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_they_are_few_even_and_within(low: float, length: float) -> None:
    values = np.array(round_values(low, low + length))
    assert 1 <= len(values) <= 7
    slack = 1e-6 * (abs(low) + length)
    assert values.min() >= low - slack
    assert values.max() <= low + length + slack
    assert np.allclose(np.diff(values), np.diff(values)[:1].mean() if len(values) > 1 else 0.0)


def test_a_logarithmic_bar_has_its_ticks_at_decades() -> None:
    assert decades(0.001, 100.0) == pytest.approx([1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0])
    assert decades(3e-5, 9e-4) == pytest.approx([5e-5, 1e-4, 2e-4, 5e-4])
    assert decades(2.0, 2.0) == [2.0]


@given(st.floats(1e-9, 1e6), st.floats(1.001, 1e15))
def test_there_are_some_and_not_too_many(low: float, factor: float) -> None:
    values = decades(low, low * factor)
    assert 1 <= len(values) <= 9
    assert low * (1 - 1e-6) <= min(values) <= max(values) <= low * factor * (1 + 1e-6)


def test_numbers_are_short() -> None:
    assert [number_text(value) for value in (2.5e-5, 1e6, 0.001, -3.0)] == [
        "2.5e-5", "1e6", "0.001", "-3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "beyond"),
    [(0.0, 9.0, (False, False)), (1.0, 9.0, (True, False)), (1.0, 8.0, (True, True))],
)
def test_the_bar_knows_what_lies_beyond_it(low: float, high: float, beyond: object) -> None:
    field = ShownField("x", "", np.arange(10.0), FieldScale(low, high))
    assert field.beyond == beyond
