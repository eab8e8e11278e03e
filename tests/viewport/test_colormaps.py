from __future__ import annotations

import numpy as np
import pytest

from kpstudio.app.field_scale import FieldScale
from kpstudio.app.options import Colormap
from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.colormaps import colors, colors_at, lookup_table

SEQUENTIAL = (Colormap.VIRIDIS, Colormap.CIVIDIS, Colormap.MAGMA)


def lightness(rgb: FloatArray) -> FloatArray:
    """CIE L* of sRGB colours (n,3), IEC 61966-2-1 and CIE 15."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126729, 0.7151522, 0.0721750])
    return 116.0 * np.where(y > 216 / 24389, np.cbrt(y), (24389 / 27 * y + 16) / 116) - 16.0


@pytest.mark.parametrize("colormap", SEQUENTIAL)
def test_sequential_maps_grow_lighter_evenly_all_the_way(colormap: Colormap) -> None:
    light = lightness(colors(colormap))
    steps = np.diff(light)
    assert (steps > 0).all()
    assert np.ptp(light) > 60.0
    # no band in which many values look the same
    assert steps[4:-4].min() > 0.25 * steps.mean()


@pytest.mark.parametrize("colormap", SEQUENTIAL)
def test_a_sixteenth_of_the_range_is_seen_in_grey(colormap: Colormap) -> None:
    assert (np.diff(lightness(colors(colormap))[::16]) > 1.5).all()


def test_the_diverging_map_is_lightest_in_the_middle_and_even_to_both_sides() -> None:
    light = lightness(colors(Colormap.COOLWARM))
    assert 120 <= int(np.argmax(light)) <= 136
    assert abs(light[0] - light[-1]) < 5.0


def test_known_ends() -> None:
    ends = {Colormap.VIRIDIS: "440154fde725", Colormap.CIVIDIS: "00224efee838",
            Colormap.MAGMA: "000004fcfdbf", Colormap.COOLWARM: "3b4cc0b40426"}  # fmt: skip
    for colormap, code in ends.items():
        found = np.rint(colors(colormap)[[0, -1]] * 255).astype(np.uint8)
        assert found.tobytes().hex() == code


def test_zero_is_neutral_in_a_lopsided_range() -> None:
    scale = FieldScale(-1.0, 3.0, Colormap.COOLWARM, centred=True)
    neutral = colors_at(scale, np.array([0.25]))[0]
    assert np.ptp(neutral) < 0.03
    low, high = colors_at(scale, np.array([0.0, 1.0]))
    assert lightness(low[None])[0] > lightness(high[None])[0] + 20.0  # only a third of the way


def test_the_table_covers_what_the_scale_measures() -> None:
    table = lookup_table(FieldScale(0.01, 100.0, Colormap.MAGMA, log=True))
    assert table.GetRange() == pytest.approx((-2.0, 2.0))
    assert table.GetTableValue(255)[:3] == pytest.approx(colors(Colormap.MAGMA)[-1], abs=0.01)
