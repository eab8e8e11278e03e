"""Random choices in words: what the category builders draw their parameters with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draw:
    """A seeded source of parameters.

    Parameters
    ----------
    seed
        Numbers that name the instance; the same numbers give the same draws.
    """

    def __init__(self, *seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def between(self, low: float, high: float) -> float:
        """Return a number drawn evenly from a range."""
        return float(self._rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return int(self._rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return bool(self._rng.random() < probability)

    def one_of(self, *choices: T) -> T:
        """Return one of the choices, all equally likely."""
        return choices[int(self._rng.integers(len(choices)))]

    def weighted(self, weights: Mapping[str, float]) -> str:
        """Return one of the names, as likely as its weight."""
        names = list(weights)
        share = np.array([weights[name] for name in names])
        return names[int(self._rng.choice(len(names), p=share / share.sum()))]
