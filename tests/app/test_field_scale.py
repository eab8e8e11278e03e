"""Ranges, logarithms and the middle of signed values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.app.field_scale import FieldScale, axis_of, counts_on, scale_of
from kpstudio.app.options import Colormap, FieldRange, FieldStyle

VALUES = np.concatenate([np.linspace(1.0, 3.0, 98), [0.001, 1000.0]])
DATA = FieldStyle()
VALUES_ABOVE = np.array([1.3, 2.3, 80.0])
PERCENTILE = FieldStyle(span=FieldRange.PERCENTILE, percentile=2.0)


def test_the_range_is_that_of_the_data_or_without_its_extremes() -> None:
    whole, most = scale_of(DATA, VALUES), scale_of(PERCENTILE, VALUES)
    assert (whole.low, whole.high) == (0.001, 1000.0)
    assert 0.9 < most.low < most.high < 3.1
    inside = (VALUES >= most.low) & (VALUES <= most.high)
    assert inside.mean() == pytest.approx(0.96, abs=0.011)


def test_a_fixed_range_is_taken_as_it_is() -> None:
    style = FieldStyle(span=FieldRange.FIXED, low=-1.0, high=7.0)
    for signed in (False, True):
        scale = scale_of(style, VALUES, signed=signed)
        assert (scale.low, scale.high) == (-1.0, 7.0)


def test_auto_goes_by_sign() -> None:
    assert scale_of(DATA, VALUES).colormap is Colormap.VIRIDIS
    signed = scale_of(DATA, np.array([-1.0, 4.0]), signed=True)
    assert signed.colormap is Colormap.COOLWARM
    assert (signed.low, signed.high) == (-4.0, 4.0)
    chosen = scale_of(replace(DATA, colormap=Colormap.MAGMA), VALUES, signed=True)
    assert chosen.colormap is Colormap.MAGMA
    assert not chosen.centred


@given(st.floats(-50.0, -0.1), st.floats(0.1, 50.0))
def test_zero_has_the_middle_colour_in_any_range(low: float, high: float) -> None:
    style = FieldStyle(span=FieldRange.FIXED, low=low, high=high)
    scale = scale_of(style, np.array([low, high]), signed=True)
    zero = scale.shares(np.array([0.0]))
    assert scale.map_places(zero)[0] == pytest.approx(0.5, abs=1e-9)
    # equal amounts to both sides are equally far from it
    both = min(-low, high)
    places = scale.map_places(scale.shares(np.array([-both, both])))
    assert places.sum() == pytest.approx(1.0, abs=1e-9)


def test_equal_ratios_are_equal_steps_of_a_logarithmic_scale() -> None:
    scale = scale_of(FieldStyle(log=True), np.array([0.01, 0.1, 1.0, 10.0]))
    assert scale.log
    assert scale.shares(np.array([0.01, 0.1, 1.0, 10.0])) == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_what_is_not_positive_has_the_lowest_colour_of_a_logarithmic_scale() -> None:
    values = np.array([-5.0, 0.0, 0.1, 10.0])
    scale = scale_of(FieldStyle(log=True), values)
    assert (scale.low, scale.high) == (0.1, 10.0)
    assert scale.shares(values) == pytest.approx([0.0, 0.0, 0.0, 1.0])


def test_a_logarithmic_scale_does_not_end_in_the_noise() -> None:
    assert scale_of(FieldStyle(log=True), np.array([1e-30, 1.0])).low == pytest.approx(1e-6)


def test_without_positive_values_there_is_no_logarithm() -> None:
    scale = scale_of(FieldStyle(log=True), np.array([-2.0, 0.0]))
    assert not scale.log
    assert (scale.low, scale.high) == (-2.0, 0.0)


def test_a_fixed_low_end_that_has_no_logarithm_is_replaced() -> None:
    style = FieldStyle(span=FieldRange.FIXED, low=0.0, high=100.0, log=True)
    scale = scale_of(style, VALUES)
    assert scale.log
    assert 0.0 < scale.low < scale.high == 100.0


@given(st.floats(1e-9, 1e3), st.floats(1.1, 1e6), st.floats(0.0, 1.0), st.booleans())
def test_shares_and_values_go_to_and_fro(
    low: float, factor: float, share: float, log: bool
) -> None:
    scale = FieldScale(low, low * factor, log=log)
    there = scale.value_at(share)
    assert scale.shares(np.array([there]))[0] == pytest.approx(share, abs=1e-6)


def test_a_constant_or_empty_field_has_a_scale() -> None:
    for style in (DATA, PERCENTILE, FieldStyle(log=True)):
        scale = scale_of(style, np.full(5, 2.0))
        assert np.isfinite(scale.shares(np.full(5, 2.0))).all()
        assert np.isfinite(scale_of(style, np.zeros(0)).ends).all()


def test_the_axis_reaches_over_data_and_range() -> None:
    scale = FieldScale(-1.0, 2.0)
    axis = axis_of(scale, VALUES)
    assert (axis.low, axis.high) == (-1.0, 1000.0)
    log = axis_of(FieldScale(0.1, 2.0, log=True), np.append(VALUES, [0.0, -3.0]))
    assert (log.low, log.high) == (0.001, 1000.0)


def test_every_value_that_has_a_place_is_counted_once() -> None:
    values = np.append(VALUES, [0.0, -3.0])
    linear = FieldScale(-3.0, 1000.0)
    assert counts_on(linear, values, 64).sum() == len(values)
    log = axis_of(scale_of(FieldStyle(log=True), values), values)
    counts = counts_on(log, values, 64)
    assert counts.sum() == len(VALUES)
    assert counts[0] == counts[-1] == 1


def test_a_field_may_ask_for_a_logarithm_that_nobody_chose() -> None:
    assert scale_of(FieldStyle(), VALUES_ABOVE, logarithmic=True).log
    assert not scale_of(FieldStyle(log=False), VALUES_ABOVE, logarithmic=True).log
    assert not scale_of(FieldStyle(), VALUES_ABOVE).log
    assert not scale_of(FieldStyle(), -VALUES_ABOVE, logarithmic=True).log
