"""Agreement of two sets of points: which of them lie at the same places.

Points of the two sets may be paired when they are at most a radius r apart, and every point is
paired at most once. Of all such pairings the one counts that has the most pairs, and among those
the least sum of distances: a linear assignment in which a pair (i, j) costs

    d_ij / r            if d_ij <= r, which is at most 1,
    more than all that  otherwise.

Points that no chain of steps of at most r joins never compete for a partner, so each connected
component of the graph of the pairs within r is assigned by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far two sets of a and b points are at the same places.

    Parameters
    ----------
    pairs
        (m,2) int32 indices into the first and the second set, sorted by the first.
    distances
        (m,) how far the two of each pair are apart, the points' unit.
    first, second
        The number of points a and b.
    radius
        Up to which distance two points may be a pair, the points' unit.
    """

    pairs: IntArray
    distances: FloatArray
    first: int
    second: int
    radius: float

    def __len__(self) -> int:
        """Return the number of pairs m."""
        return len(self.pairs)

    @property
    def share_of_first(self) -> float:
        """Share of the first set that has a partner; its recall when the second set is right.

        0 for an empty set.
        """
        return len(self) / self.first if self.first else 0.0

    @property
    def share_of_second(self) -> float:
        """Share of the second set that has a partner; 0 for an empty set."""
        return len(self) / self.second if self.second else 0.0

    @property
    def intersection_over_union(self) -> float:
        """Pairs by places: m / (a + b - m); 0 for two empty sets."""
        places = self.first + self.second - len(self)
        return len(self) / places if places else 0.0


def agreement(first: ArrayLike, second: ArrayLike, radius: float) -> Agreement:
    """Return the best one-to-one pairing of two sets of points within a radius.

    Parameters
    ----------
    first, second
        (a,3) and (b,3) points.
    radius
        Up to which distance two points may be a pair, the points' unit.

    Raises
    ------
    ParameterError
        The radius is negative or not a number.
    """
    if not radius >= 0.0:
        raise ParameterError(f"a radius of {radius} holds nothing", remedy="Choose 0 or more.")
    a = np.asarray(first, float).reshape(-1, 3)
    b = np.asarray(second, float).reshape(-1, 3)
    near, distances = _within(a, b, radius)
    chosen = _assigned(near, distances, len(a), len(b), radius)
    return Agreement(near[chosen], distances[chosen], len(a), len(b), radius)


def _within(a: FloatArray, b: FloatArray, radius: float) -> tuple[IntArray, FloatArray]:
    """Return all pairs (p,2) within the radius, sorted, and their distances (p,)."""
    from scipy.spatial import cKDTree

    if len(a) == 0 or len(b) == 0:
        return np.zeros((0, 2), np.int32), np.zeros(0)
    lists = cKDTree(b).query_ball_point(a, radius, return_sorted=True)
    rows = np.repeat(np.arange(len(a)), [len(one) for one in lists])
    columns = np.array([index for one in lists for index in one], int)
    distances: FloatArray = np.linalg.norm(a[rows] - b[columns], axis=1)
    return np.stack([rows, columns], axis=1).astype(np.int32), distances


def _assigned(
    near: IntArray, distances: FloatArray, first: int, second: int, radius: float
) -> IntArray:
    """Return the indices of the pairs that are chosen among those within the radius."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(near) == 0:
        return np.zeros(0, np.int32)
    count = first + second
    ends = near[:, 0], first + near[:, 1]
    graph = coo_array((np.ones(len(near)), ends), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    of_pair = component[near[:, 0]]
    order = np.argsort(of_pair, kind="stable")
    starts = np.flatnonzero(np.diff(of_pair[order], prepend=-1))
    costs = distances / radius if radius > 0.0 else distances
    parts = [group[_assign_group(near[group], costs[group])]
             for group in np.split(order, starts[1:])]  # fmt: skip
    return np.sort(np.concatenate(parts)).astype(np.int32)


def _assign_group(pairs: IntArray, costs: FloatArray) -> IntArray:
    """Return which of the pairs (p,2) of one component are chosen."""
    from scipy.optimize import linear_sum_assignment

    if len(pairs) == 1:
        return np.zeros(1, np.int32)
    _, rows = np.unique(pairs[:, 0], return_inverse=True)
    _, columns = np.unique(pairs[:, 1], return_inverse=True)
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    table = np.full(shape, min(shape) + 1.0)
    table[rows, columns] = costs
    pair_at = np.full(shape, -1)
    pair_at[rows, columns] = np.arange(len(pairs))
    chosen = pair_at[linear_sum_assignment(table)]
    return np.asarray(chosen[chosen >= 0], np.int32)
