"""An overlay: something a detector can show beside keypoints and fields, such as a skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError


@dataclass(frozen=True, eq=False)
class Overlay:
    """Points, lines between them or faces, in file coordinates.

    Parameters
    ----------
    name
        Name for people, unique within a detection: "skeleton", "reconstruction".
    points
        (p,3) positions.
    lines
        (l,2) int32 pairs of points to join, or None.
    faces
        (f,3) int32 triangles, or None.
    values
        Strength in 0..1 of each line if there are lines, else of each point: how thick or how
        opaque it is drawn; all alike if None.

    Raises
    ------
    InputError
        Indices of points that do not exist.
    """

    name: str
    points: FloatArray
    lines: IntArray | None = None
    faces: IntArray | None = None
    values: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        fill = object.__setattr__
        fill(self, "points", freeze(self.points, (None, 3), float, f"points of {self.name}"))
        for name, width in (("lines", 2), ("faces", 3)):
            indices = getattr(self, name)
            if indices is None:
                continue
            indices = freeze(indices, (None, width), np.int32, f"{name} of {self.name}")
            if len(indices) and not 0 <= indices.min() <= indices.max() < len(self.points):
                raise InputError(f"{name} of {self.name} name points that do not exist")
            fill(self, name, indices)
        if self.values is not None:
            count = len(self.points) if self.lines is None else len(self.lines)
            fill(self, "values", freeze(self.values, (count,), float, f"values of {self.name}"))
