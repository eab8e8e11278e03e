"""Candidates: the places among which a detector chooses its keypoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray, freeze


@dataclass(frozen=True, eq=False)
class Candidates:
    """m places a detector would accept, before threshold, suppression and cap.

    Choosing among them again is cheap: no detector has to run.

    Parameters
    ----------
    positions
        (m,3) where they are, file coordinates.
    response
        (m,) how strongly the detector answers there, not negative.
    vertices
        (m,) int32 the mesh vertex nearest to each.
    sizes
        (m,) radius of what was found there, file units; None for a detector without scale.
    """

    positions: FloatArray
    response: FloatArray
    vertices: IntArray
    sizes: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        positions = freeze(self.positions, (None, 3), float, "candidate positions")
        count = (len(positions),)
        fill = object.__setattr__
        fill(self, "positions", positions)
        fill(self, "response", freeze(self.response, count, float, "candidate response"))
        fill(self, "vertices", freeze(self.vertices, count, np.int32, "candidate vertices"))
        if self.sizes is not None:
            fill(self, "sizes", freeze(self.sizes, count, float, "candidate sizes"))

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.positions)
