"""Patches of a surface: the points around each point on its own side, worked on row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray
from kpstudio.geometry import neighbours
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Pairs of neighbours worked on at once: what stays in a processor's cache is fast.
PAIRS_AT_ONCE = 100_000
#: A patch with fewer neighbours grows: the six coefficients of a quadric want more than that.
_ENOUGH = 9
#: How many nearest points a cloud's patch grows to.
_GROWN = 12


def same_side(surface: Surface, radius: float) -> csr_array:
    """Return (n,n) squared distances to the neighbours in a ball that are on the same side.

    Those whose normals are less than a right angle apart. The normals of a cloud do not tell its
    sides reliably: all neighbours stay.
    """
    balls = surface.within(radius)
    if surface.is_cloud:
        return balls
    return surface.kept(("same side", radius), lambda: _same_side(surface, balls))


def _same_side(surface: Surface, balls: csr_array) -> csr_array:
    from scipy.sparse import csr_array

    normals = surface.normals
    # A point whose faces cancel out has no side: everybody is on it.
    unsided: BoolArray = np.all(normals == 0.0, axis=1)
    keep = np.empty(balls.nnz, bool)
    for rows in row_chunks(balls):
        starts = balls.indptr[rows.start : rows.stop + 1]
        own = np.repeat(np.arange(rows.start, rows.stop), np.diff(starts))
        others = balls.indices[starts[0] : starts[-1]]
        agreement = np.einsum("pd,pd->p", normals[own], normals[others])
        keep[starts[0] : starts[-1]] = (agreement > 0.0) | unsided[own] | unsided[others]
    if keep.all():
        return balls
    ends = np.concatenate([[0], np.cumsum(keep)])[balls.indptr]
    return csr_array((balls.data[keep], balls.indices[keep], ends), shape=balls.shape)


def grown(surface: Surface, patches: csr_array) -> csr_array:
    """Return the patches, those with few points grown.

    They grow by two rings of edges, whatever the side, or to the nearest points of a cloud.
    """
    from scipy.sparse import csr_array

    few = np.flatnonzero(np.diff(patches.indptr) < _ENOUGH)
    if len(few) == 0:
        return patches
    if surface.is_cloud:
        count = min(_GROWN, len(surface) - 1)
        others = neighbours.nearest(surface.points, count)[few].reshape(-1)
        rows = np.repeat(few, count)
    else:
        around = surface.rings(2)[few]
        rows, others = np.repeat(few, np.diff(around.indptr)), around.indices
    squared = np.square(surface.points[rows] - surface.points[others]).sum(axis=1)
    more = csr_array((squared, (rows, others)), shape=patches.shape)
    # No two points coincide, so no distance is zero: the larger of both is their union.
    return patches.maximum(more).tocsr()


def row_chunks(balls: csr_array) -> Iterator[slice]:
    """Yield slices of rows that hold few enough pairs to work on at once, at least one row each."""
    start, count = 0, balls.shape[0]
    while start < count:
        stop = int(np.searchsorted(balls.indptr, balls.indptr[start] + PAIRS_AT_ONCE, "right")) - 1
        stop = min(max(stop, start + 1), count)
        yield slice(start, stop)
        start = stop


def over_rows(
    combine: np.ufunc, values: FloatArray, starts: IntArray, counts: IntArray
) -> FloatArray:
    """Return (r,) sums, minima or maxima of the values of each row; 0 for a row without any.

    Parameters
    ----------
    combine
        np.add, np.minimum or np.maximum.
    values
        (p,) values, row by row.
    starts, counts
        (r,) where each row starts and how many values it has.
    """
    result: FloatArray = combine.reduceat(np.append(values, 0.0), starts)
    result[counts == 0] = 0.0
    return result
