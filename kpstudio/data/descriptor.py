"""A descriptor: a vector for every vertex that says what the surface is like around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import Float32Array, freeze


@dataclass(frozen=True, eq=False)
class Descriptor:
    """One vector a vertex; similar places have vectors at a small Euclidean distance.

    Parameters
    ----------
    name
        Name for people, unique within a detection.
    values
        (n,d) float32, finite.
    space
        What the vectors can be compared with: those of other shapes that name the same space.
        Empty when they mean something on this shape alone.
    """

    name: str
    values: Float32Array
    space: str = ""

    def __post_init__(self) -> None:
        """Check and freeze the values."""
        values = freeze(self.values, (None, None), np.float32, f"values of {self.name}")
        object.__setattr__(self, "values", values)
