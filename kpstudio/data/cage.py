"""A cage: the coarse closed mesh that carries a fine one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray, freeze


@dataclass(frozen=True, eq=False)
class Cage:
    """A closed triangle mesh around a shape.

    Parameters
    ----------
    vertices
        (c,3) float64, in the coordinates of the shape it encloses.
    faces
        (f,3) int32, counter-clockwise seen from outside.
    """

    vertices: FloatArray
    faces: IntArray

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        vertices = freeze(self.vertices, (None, 3), float, "cage vertices")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", freeze(self.faces, (None, 3), np.int32, "cage faces"))
