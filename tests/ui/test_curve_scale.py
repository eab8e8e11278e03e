"""Axes of the curves."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.ui.widgets.curve_scale import CurveScale, smooth


@pytest.mark.parametrize(
    "values",
    [
        np.array([1e-4, 5.0, 300.0]),
        np.array([-5.0, -4.0, 0.02]),
        np.array([0.0, 0.0]),
        np.array([3.0]),
        np.array([1.0, np.inf, np.nan, 2.0]),
        np.zeros(0),
    ],
)
def test_everything_finite_is_on_the_axis_and_in_order(values) -> None:
    scale = CurveScale.around([values])
    finite = np.sort(values[np.isfinite(values)])
    places = scale.place(finite)
    assert ((places >= 0.0) & (places <= 1.0)).all()
    assert (np.diff(places)[np.diff(finite) > 0] > 0).all()
    ticks = scale.ticks(0.1)
    assert ticks == sorted(ticks)
    assert (np.diff(scale.place(np.array(ticks))) >= 0.1 - 1e-12).all()


def test_far_from_zero_the_axis_is_logarithmic() -> None:
    scale = CurveScale.around([np.array([0.01, 1000.0])])
    first, second, third = np.diff(scale.place(np.array([1.0, 10.0, 100.0, 1000.0])))
    assert first == pytest.approx(second, rel=0.02)
    assert second == pytest.approx(third, rel=0.02)
    assert {0.1, 1.0, 10.0, 100.0} <= set(scale.ticks(0.1))


def test_smoothing_keeps_constants_and_starts_at_the_first_value() -> None:
    np.testing.assert_allclose(smooth(np.full(9, 4.0), 5), 4.0)
    values = np.array([8.0, 0.0, 8.0, 0.0])
    result = smooth(values, 3)
    assert result[0] == 8.0
    assert np.abs(np.diff(result)).max() < 8.0
