"""A universe: features that a collection of shapes shares, and which candidate each of them is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.data.correspondence import Correspondence, checked_confidence


@dataclass(frozen=True, eq=False)
class Universe:
    """k features; on each of n shapes a candidate is one of them at most, and no two are the same.

    The candidates of all shapes are numbered through, shape after shape: c in all. Matches that
    are read from it agree round every cycle: i to j to l is i to l wherever j has the feature.

    Parameters
    ----------
    labels
        (c,) int32 the feature that each candidate is, -1 for none.
    counts
        (n,) int32 number of candidates of each shape.
    size
        Number of features k.
    confidence
        (c,) in 0..1; 1 by default.
    """

    labels: IntArray
    counts: IntArray
    size: int
    # None stands for the default until __post_init__ has run: whoever reads gets an array.
    confidence: FloatArray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """Fill in defaults, check and freeze the arrays."""
        fill = object.__setattr__
        fill(self, "counts", freeze(self.counts, (None,), np.int32, "numbers of candidates"))
        total = int(self.counts.sum())
        fill(self, "labels", freeze(self.labels, (total,), np.int32, "labels of candidates"))
        fill(self, "confidence", checked_confidence(self.confidence, len(self.labels)))
        some = self.labels >= 0
        if (self.labels < -1).any() or (self.labels >= self.size).any():
            raise InputError(f"a label is not one of {self.size} features")
        if len(np.unique(self.shapes[some] * self.size + self.labels[some])) < some.sum():
            raise InputError("two candidates of a shape are the same feature")

    def __len__(self) -> int:
        """Return the number of shapes n."""
        return len(self.counts)

    @property
    def starts(self) -> IntArray:
        """(n,) number of the first candidate of each shape."""
        return (np.cumsum(self.counts) - self.counts).astype(np.int32)

    @property
    def shapes(self) -> IntArray:
        """(c,) int32 shape of each candidate."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)

    @property
    def places(self) -> IntArray:
        """(n,k) int32 which candidate of each shape each feature is, -1 where it has none."""
        some = np.flatnonzero(self.labels >= 0)
        places = np.full((len(self), self.size), -1, np.int32)
        shapes = self.shapes[some]
        places[shapes, self.labels[some]] = some - self.starts[shapes]
        return places

    def pairs(self, first: int, second: int) -> Correspondence:
        """Return the candidates of two shapes that are the same features."""
        places = self.places[[first, second]]
        both = np.flatnonzero((places >= 0).all(axis=0))
        numbers = places[:, both] + self.starts[[first, second], None]
        confidence = self.confidence[numbers].min(axis=0)
        return Correspondence(places[:, both].T, confidence, "universe")
