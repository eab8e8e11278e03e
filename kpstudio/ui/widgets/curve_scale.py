"""Where values stand on an axis that is logarithmic far from zero and straight near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray

#: The axis is straight below this share of the largest value: losses near 0 do not blow it up.
_STRAIGHT = 1e-4
_MARGIN = 0.04


@dataclass(frozen=True)
class CurveScale:
    """An axis from `low` to `high`, bent like asinh(value / straight).

    Parameters
    ----------
    low, high
        Ends of the axis, `low` < `high`.
    straight
        Values far below it in size stand on a straight axis, far above on a logarithmic one.
    """

    low: float
    high: float
    straight: float

    @classmethod
    def around(cls, values: Sequence[FloatArray]) -> CurveScale:
        """Return an axis that shows all finite values."""
        finite = [part[np.isfinite(part)] for part in values]
        together = np.concatenate(finite) if finite else np.zeros(0)
        if len(together) == 0:
            return cls(0.0, 1.0, 1.0)
        low, high = float(together.min()), float(together.max())
        sizes = np.abs(together[together != 0.0])
        largest = float(sizes.max()) if len(sizes) else 1.0
        straight = max(float(sizes.min()) if len(sizes) else 1.0, _STRAIGHT * largest)
        if high - low < 1e-9 * largest:
            low, high = low - 0.5 * largest, high + 0.5 * largest
        return cls(low, high, straight)

    def place(self, values: FloatArray) -> FloatArray:
        """Return where values are, 0 at the low end and 1 at the high one, with a margin."""
        ends = np.arcsinh(np.array([self.low, self.high]) / self.straight)
        share = (np.arcsinh(np.asarray(values) / self.straight) - ends[0]) / (ends[1] - ends[0])
        placed: FloatArray = _MARGIN + (1.0 - 2.0 * _MARGIN) * share
        return placed

    def ticks(self, gap: float) -> list[float]:
        """Return round values to write at the axis, at least `gap` of its length apart."""
        largest = max(abs(self.low), abs(self.high))
        powers = 10.0 ** np.arange(np.floor(np.log10(self.straight)), np.log10(largest) + 1.0)
        chosen: list[float] = []
        # Zero first, then powers of ten, then what lies between them.
        for factors in ((0.0,), (1.0,), (2.0, 5.0), (3.0, 4.0, 7.0), (1.5, 2.5, 6.0, 8.0)):
            for value in (sign * f * p for f in factors for p in powers[::-1] for sign in (1, -1)):
                if self.low <= value <= self.high and self._is_clear(value, chosen, gap):
                    chosen.append(float(value))
        return sorted(chosen)

    def _is_clear(self, value: float, others: list[float], gap: float) -> bool:
        places = self.place(np.array([value, *others]))
        return bool((np.abs(places[1:] - places[0]) >= gap).all())


def smooth(values: FloatArray, width: int) -> FloatArray:
    """Return an exponential average of (n,) values over about `width` of them, unbiased."""
    share = 2.0 / (width + 1.0)
    result = np.empty_like(values, dtype=float)
    total = weight = 0.0
    for index, value in enumerate(values):
        total, weight = (1 - share) * total + share * value, (1 - share) * weight + share
        result[index] = total / weight
    return result
