"""Labels of a collection: which keypoint is what on every shape, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError
from kpstudio.data.universe import Universe

#: Distance at which a match counts as right, longest side of a shape = 1.
TOLERANCE = 0.05


@dataclass(frozen=True, eq=False)
class Figures:
    """How good matches are, before and after they were brought into agreement.

    Parameters
    ----------
    before, after
        (n,n) share of the ways by other shapes that agree with the direct matches, NaN for none.
    cycle_error
        The two cycle errors, `matching.consistency.CycleError.error`.
    thresholds
        (t,) distances, longest side of a shape = 1; empty where no truth is known.
    correct
        (2,t) share of the matches within each of them, before and after: PCK.
    correct_before, correct_after
        (n,n) share within `TOLERANCE` for each two shapes, NaN where no match should be.
    """

    before: FloatArray
    after: FloatArray
    cycle_error: tuple[float, float]
    thresholds: FloatArray = field(default_factory=lambda: np.zeros(0))
    correct: FloatArray = field(default_factory=lambda: np.zeros((2, 0)))
    correct_before: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    correct_after: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, eq=False)
class Labelling:
    """Which keypoint is what, on all shapes that have keypoints.

    Parameters
    ----------
    shapes
        Names of the n shapes, in the order of the universe.
    universe
        Labels of their candidates.
    names
        What the k labels are called.
    how
        How keypoints were matched, for people.
    residuals
        (n,k) how far each keypoint is from the mean of all aligned shapes, whose root mean square
        size is 1; NaN where it is missing.
    scores
        (n,) how many times as far as usual the keypoints of each shape are from there; infinite
        where too few have a label to tell.
    figures
        How good the matches are; not kept in files.
    """

    shapes: tuple[str, ...]
    universe: Universe
    names: tuple[str, ...]
    how: str
    residuals: FloatArray
    scores: FloatArray
    figures: Figures | None = None

    def __post_init__(self) -> None:
        """Check that all of it is about the same."""
        shape = (len(self.universe), self.universe.size)
        if (len(self.shapes), len(self.names)) != shape or self.residuals.shape != shape:
            raise InputError("shapes, names and residuals of a labelling do not fit its universe")
        if self.scores.shape != shape[:1]:
            raise InputError(f"{len(self.scores)} scores of {shape[0]} shapes")

    @property
    def rows(self) -> Mapping[str, int]:
        """Number of each shape by its name."""
        return {name: row for row, name in enumerate(self.shapes)}

    def labels_of(self, row: int) -> IntArray:
        """Return (p,) the label of each candidate of a shape, -1 for none."""
        start = int(self.universe.starts[row])
        return self.universe.labels[start : start + int(self.universe.counts[row])]

    def renamed(self, label: int, name: str) -> Labelling:
        """Return the labelling with another name for a label.

        Raises
        ------
        InputError
            The name is empty, or another label has it.
        """
        name = name.strip()
        others = self.names[:label] + self.names[label + 1 :]
        if not name or name in others:
            raise InputError(
                f"a label cannot be called {name!r}", remedy="Give each label a name of its own."
            )
        names = (*self.names[:label], name, *self.names[label + 1 :])
        return replace(self, names=names)
