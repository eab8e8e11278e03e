from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.app.options import Colormap
from kpstudio.viewport.color_bar import round_values
from kpstudio.viewport.colormaps import colors


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


def test_viridis_grows_lighter_all_the_way() -> None:
    luminance = colors(Colormap.VIRIDIS) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(luminance) > 0).all()


def test_the_diverging_map_is_neutral_in_the_middle() -> None:
    low, middle, high = colors(Colormap.COOLWARM)[[0, 128, 255]]
    assert low[2] > low[0]
    assert high[0] > high[2]
    assert np.ptp(middle) < 0.03
