"""From values to places on a colour map: range, logarithm, and the middle of signed values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kpstudio.app.options import Colormap, FieldRange, FieldStyle
from kpstudio.base.arrays import Float32Array, FloatArray, IntArray

#: One value a vertex.
Values = FloatArray | Float32Array

#: A logarithmic scale that nobody fixed spans at most so much: what is below is noise.
LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class FieldScale:
    """Which value has which colour.

    Parameters
    ----------
    low, high
        Range of the colours, in the unit of the field.
    colormap
        The colours; not `AUTO`.
    log
        Colours go by the logarithm; `low` is positive then.
    centred
        Zero has the middle colour wherever it lies in the range.
    """

    low: float
    high: float
    colormap: Colormap = Colormap.VIRIDIS
    log: bool = False
    centred: bool = False

    def measure(self, values: Values) -> Values:
        """Return what colours are proportional to: the values (n,), or log10 of them.

        What is not positive has no logarithm and takes that of `low`.
        """
        if not self.log:
            return values
        return np.log10(np.maximum(values, self.low))

    @property
    def ends(self) -> tuple[float, float]:
        """What `measure` makes of the range."""
        if not self.log:
            return self.low, self.high
        return float(np.log10(self.low)), float(np.log10(self.high))

    def shares(self, values: FloatArray) -> FloatArray:
        """Return (n,) where in the range values lie, 0 at `low` and 1 at `high`, not clipped."""
        first, last = self.ends
        return np.asarray((self.measure(values) - first) / max(last - first, 1e-300))

    def value_at(self, share: float) -> float:
        """Return the value at a share of the range."""
        first, last = self.ends
        there = first + share * (last - first)
        return float(10.0**there) if self.log else float(there)

    def map_places(self, shares: FloatArray) -> FloatArray:
        """Return (n,) places on the colour map, 0..1, for shares of the range."""
        places = np.clip(shares, 0.0, 1.0)
        reach = max(abs(self.low), abs(self.high))
        if not self.centred or reach == 0.0:
            return places
        return 0.5 + 0.5 * (self.low + places * (self.high - self.low)) / reach


def scale_of(
    style: FieldStyle, values: Values, *, signed: bool = False, logarithmic: bool = False
) -> FieldScale:
    """Return the scale that a style asks for on a field.

    Parameters
    ----------
    style
        Colours, range and logarithm.
    values
        (n,) values of the field.
    signed
        Whether zero is the middle. A range that nobody fixed then reaches as far to both sides.
    logarithmic
        Whether a logarithmic scale suits the field, if the style leaves that open.
    """
    wanted = logarithmic if style.log is None else style.log
    log = wanted and bool((values > 0.0).any())
    low, high = _log_range(style, values) if log else _range(style, values, signed)
    colormap = style.colormap
    if colormap is Colormap.AUTO:
        colormap = Colormap.COOLWARM if signed and not log else Colormap.VIRIDIS
    centred = colormap is Colormap.COOLWARM and signed and not log
    return FieldScale(low, high, colormap, log, centred)


def _range(style: FieldStyle, values: Values, signed: bool) -> tuple[float, float]:
    if style.span is FieldRange.FIXED:
        return style.low, max(style.low, style.high)
    low, high = _extent(style, values)
    if signed:
        high = max(abs(low), abs(high))
        low = -high
    return low, high


def _log_range(style: FieldStyle, values: Values) -> tuple[float, float]:
    if style.span is FieldRange.FIXED and style.high > 0.0:
        low = style.low if style.low > 0.0 else style.high * LEAST_SHARE
        return low, max(low, style.high)
    low, high = _extent(style, values[values > 0.0])
    return max(low, high * LEAST_SHARE), high


def _extent(style: FieldStyle, values: Values) -> tuple[float, float]:
    if len(values) == 0:
        return 0.0, 0.0
    if style.span is FieldRange.PERCENTILE:
        low, high = np.percentile(values, (style.percentile, 100.0 - style.percentile))
        return float(low), float(high)
    return float(values.min()), float(values.max())


def axis_of(scale: FieldScale, values: Values) -> FieldScale:
    """Return the axis on which a histogram shows values (n,) and the range of their colours.

    It reaches over both; a logarithmic one begins at the smallest positive value.
    """
    seen = values[values > 0.0] if scale.log else values
    if len(seen) == 0:
        return scale
    low, high = float(seen.min()), float(seen.max())
    if scale.log:
        low = max(low, high * LEAST_SHARE)
    return replace(scale, low=min(low, scale.low), high=max(high, scale.high))


def counts_on(axis: FieldScale, values: FloatArray, bins: int) -> IntArray:
    """Return (bins,) how many values (n,) lie in equal parts of an axis.

    Values without a logarithm are not counted on a logarithmic axis.
    """
    seen = values[values > 0.0] if axis.log else values
    counts, _ = np.histogram(np.clip(axis.shares(seen), 0.0, 1.0), bins, (0.0, 1.0))
    return counts.astype(np.int32)
