"""Neighbourhoods of points: balls, nearest points, rings of edges; as sparse arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.balls import SLACK, Balls

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Most pairs of neighbours that are held at once: some 700 MB.
MOST_PAIRS = 60_000_000

#: Values are compared to so many parts of the largest: what is beyond is rounding.
_LEVELS = 1e9


def within(points: FloatArray, radius: float, ctx: RunContext | None = None) -> csr_array:
    """Return (n,n) squared distances to all points within a radius, the point itself left out.

    Parameters
    ----------
    points
        (n,3) points.
    radius
        Radius of the balls, in the points' unit.
    ctx
        Cancellation.

    Returns
    -------
    A symmetric sparse array; its entries are those of the neighbours, a distance of zero between
    coincident points included.

    Raises
    ------
    InputError
        The balls hold more neighbours than fit into memory.
    """
    balls = Balls(points, radius)
    counts = balls.counts(ctx)
    if counts.sum() - len(points) > MOST_PAIRS:
        raise InputError(
            f"a radius of {radius:.3g} holds {counts.mean() - 1.0:.0f} neighbours of every point",
            remedy="Choose a smaller radius or a mesh with fewer vertices.",
        )
    return balls.pairs(counts, ctx)


def nearest(points: FloatArray, count: int) -> IntArray:
    """Return (n,count) indices of the points nearest to each, itself left out, nearest first.

    Raises
    ------
    InputError
        There are not so many points.
    """
    from scipy.spatial import cKDTree

    if len(points) <= count:
        raise InputError(f"{len(points)} points have no {count} neighbours each")
    found = cKDTree(points).query(points, count + 1)[1]
    # Where points coincide, the first one found need not be the point itself.
    own = found == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True
    return found[~own].reshape(len(points), count).astype(np.int32)


def rings(edges: IntArray, count: int, reach: int) -> csr_array:
    """Return (n,n) booleans: who is at most `reach` edges away, the vertex itself left out.

    Parameters
    ----------
    edges
        (e,2) edges, each once.
    count
        Number of vertices n.
    reach
        Number of rings, at least 1.
    """
    from scipy.sparse import eye_array

    one = symmetric(edges, np.ones(len(edges), bool), count)
    step = (one + eye_array(count, dtype=bool, format="csr")).astype(bool)
    reached = step
    for _ in range(reach - 1):
        reached = reached @ step
    reached.setdiag(False)
    reached.eliminate_zeros()
    reached.sort_indices()
    return reached


def symmetric(pairs: IntArray, values: FloatArray, count: int) -> csr_array:
    """Return the symmetric (n,n) array with `values` (p,) at `pairs` (p,2), both ways round."""
    from scipy.sparse import coo_array

    rows = np.concatenate([pairs[:, 0], pairs[:, 1]])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0]])
    entries = (np.concatenate([values, values]), (rows, columns))
    return coo_array(entries, shape=(count, count)).tocsr()


def row_maximum(values: FloatArray, neighbours: csr_array) -> FloatArray:
    """Return (n,) the largest value among the neighbours of each; -inf where there are none."""
    result = np.full(neighbours.shape[0], -np.inf)
    starts, ends = neighbours.indptr[:-1], neighbours.indptr[1:]
    some = np.flatnonzero(ends > starts)
    if len(some):
        result[some] = np.maximum.reduceat(values[neighbours.indices], starts[some])
    return result


def local_maxima(values: FloatArray, neighbours: csr_array) -> IntArray:
    """Return the indices whose value is larger than that of all neighbours, the largest first.

    Of equal neighbours the one with the lowest index counts as larger. One without neighbours is
    no maximum.
    """
    rank = _ranks(values)
    beside = row_maximum(rank, neighbours)
    peaks = np.flatnonzero((rank > beside) & np.isfinite(beside))
    return peaks[np.argsort(-rank[peaks])].astype(np.int32)


def maxima_within(
    values: FloatArray, points: FloatArray, radius: float, links: IntArray
) -> IntArray:
    """Return the same for the points within a radius as neighbours, of positive values only.

    Nobody's neighbours are listed but those of the few points that are larger than all they are
    linked to.

    Parameters
    ----------
    values
        (n,) values.
    points
        (n,3) points.
    radius
        Radius, in the points' unit.
    links
        (e,2) some pairs of points that are near each other, such as edges.
    """
    from scipy.spatial import cKDTree

    rank, radius = _ranks(values), radius * (1.0 + SLACK)
    a, b = links.T
    near = np.square(points[a] - points[b]).sum(axis=1) <= radius**2
    left = values > 0.0
    left[np.where(rank[a] < rank[b], a, b)[near]] = False
    asked = np.flatnonzero(left)
    balls = cKDTree(points).query_ball_point(points[asked], radius)
    peak = [len(ball) > 1 and rank[ball].max() == rank[own]
            for own, ball in zip(asked, balls, strict=True)]  # fmt: skip
    peaks = asked[np.array(peak, bool)]
    return peaks[np.argsort(-rank[peaks])].astype(np.int32)


def _ranks(values: FloatArray) -> FloatArray:
    """Return (n,) the place of each value when all are put in order; no two are the same.

    Of values that differ by rounding alone the first one comes out above: on a symmetric mesh they
    would otherwise change places whenever the shape is turned.
    """
    top = np.abs(values).max(initial=0.0)
    levels = np.round(values / top * _LEVELS) if top > 0.0 else values
    order = np.lexsort((-np.arange(len(values)), levels))
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    return ranks
