"""Rings of edges around every point, as many as it takes to reach far enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Most rings that are gone through.
_MOST_RINGS = 64
#: Most members of all neighbourhoods together: some 250 MB.
_MOST_MEMBERS = 40_000_000


def adaptive_rings(
    surface: Surface,
    least_rings: int = 1,
    least_radius: float = 0.0,
    least_points: int = 1,
    ctx: RunContext | None = None,
) -> csr_array:
    """Return (n,n) booleans: who is in the neighbourhood of each point, the point included.

    A neighbourhood takes ring after ring until it has enough rings, the farthest point of the last
    ring is far enough away, and there are enough points; or until there are no more (Sipiran and
    Bustos 2011, Harris 3D, doi:10.1007/s00371-011-0610-y, section 3.2, who ask for the radius).

    Parameters
    ----------
    surface
        The surface.
    least_rings
        Rings that every neighbourhood has.
    least_radius
        Distance, in diameters, that the last ring has to reach.
    least_points
        Points, the one in the middle included, that a neighbourhood has to hold.
    ctx
        For cancellation.

    Raises
    ------
    InputError
        The neighbourhoods do not fit into memory.
    """
    from scipy.sparse import eye_array, vstack

    ctx = ctx or RunContext()
    itself = eye_array(len(surface), dtype=bool, format="csr")
    step = (surface.rings(1) + itself).astype(bool).tocsr()
    waiting, reached = np.arange(len(surface)), itself
    parts, order, members = [], [], 0
    for ring in range(1, _MOST_RINGS + 1):
        ctx.check()
        grown = (reached @ step).tocsr()
        counts = np.diff(grown.indptr)
        enough = (ring >= least_rings) & (counts >= least_points)
        done = enough & (_farthest(surface.points, waiting, grown) >= least_radius)
        done |= counts == np.diff(reached.indptr)
        done |= ring == _MOST_RINGS
        members += int(counts.sum())
        if members > _MOST_MEMBERS:
            raise InputError(
                f"neighbourhoods of {ring} rings hold {counts.mean():.0f} points each",
                remedy="Choose a smaller radius, fewer rings or a mesh with fewer vertices.",
            )
        parts.append(grown[np.flatnonzero(done)])
        order.append(waiting[done])
        waiting, reached = waiting[~done], grown[np.flatnonzero(~done)]
        members -= int(counts[~done].sum())
        if len(waiting) == 0:
            break
    back = np.argsort(np.concatenate(order))
    return vstack(parts, format="csr")[back]


def _farthest(points: FloatArray, rows: NDArray[np.intp], hoods: csr_array) -> FloatArray:
    """Return (r,) distances of the farthest member of each row; none is empty."""
    own = np.repeat(rows, np.diff(hoods.indptr))
    distances = np.linalg.norm(points[hoods.indices] - points[own], axis=1)
    return np.maximum.reduceat(distances, hoods.indptr[:-1])
