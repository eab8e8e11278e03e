"""Neighbourhoods of points: balls, nearest points, rings of edges; as sparse arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Most pairs of neighbours that are held at once: some 2 GB while they are sorted.
MOST_PAIRS = 60_000_000


def within(points: FloatArray, radius: float) -> csr_array:
    """Return (n,n) squared distances to all points within a radius, the point itself left out.

    Parameters
    ----------
    points
        (n,3) points.
    radius
        Radius of the balls, in the points' unit.

    Returns
    -------
    A symmetric sparse array; its entries are those of the neighbours, a distance of zero between
    coincident points included.

    Raises
    ------
    InputError
        The balls hold more neighbours than fit into memory.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    pairs_in_all = int(tree.count_neighbors(tree, radius)) - len(points)
    if pairs_in_all > MOST_PAIRS:
        mean = pairs_in_all / len(points)
        raise InputError(
            f"a radius of {radius:.3g} holds {mean:.0f} neighbours of every point",
            remedy="Choose a smaller radius or a mesh with fewer vertices.",
        )
    pairs = tree.query_pairs(radius, output_type="ndarray")
    squared = np.square(points[pairs[:, 0]] - points[pairs[:, 1]]).sum(axis=1)
    return symmetric(pairs, squared, len(points))


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
    count = len(values)
    order = np.lexsort((np.arange(count), -values))
    rank = np.empty(count)
    rank[order] = np.arange(count, 0, -1)
    beside = row_maximum(rank, neighbours)
    peak = (rank > beside) & np.isfinite(beside)
    return order[peak[order]].astype(np.int32)
