"""Early stop: a training ends when what it is judged by has not become better for a while."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Share of the newest value in the smoothed one: one lucky check is no progress.
_NEWEST = 0.3
#: Less than this share of the best value is no progress either.
_LEAST = 1e-3


@dataclass
class Patience:
    """Counts checks without progress.

    Parameters
    ----------
    limit
        So many of them in a row are enough; 0: never.
    smoothed
        Exponential average of the values; NaN before the first.
    best
        The least it was.
    misses
        Checks in a row without a new least.
    """

    limit: int
    smoothed: float = math.nan
    best: float = math.inf
    misses: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it is time to stop."""
        return 0 < self.limit <= self.misses

    def look(self, value: float) -> None:
        """Take note of the value of a check."""
        newest = 1.0 if math.isnan(self.smoothed) else _NEWEST
        before = 0.0 if math.isnan(self.smoothed) else self.smoothed
        self.smoothed = newest * value + (1.0 - newest) * before
        # Losses may be negative: what counts as progress goes by the size of the best.
        enough = math.isinf(self.best) or self.smoothed < self.best - _LEAST * abs(self.best)
        self.misses = 0 if enough else self.misses + 1
        if enough:
            self.best = self.smoothed

    def as_json(self) -> dict[str, Any]:
        """Return what a checkpoint keeps; JSON knows neither NaN nor infinity."""
        return {
            name: value if math.isfinite(value) else None for name, value in asdict(self).items()
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept.

        Raises
        ------
        KeyError, TypeError, ValueError
            It is something else.
        """
        smoothed, best = kept["smoothed"], kept["best"]
        self.smoothed = math.nan if smoothed is None else float(smoothed)
        self.best = math.inf if best is None else float(best)
        self.misses = int(kept["misses"])
