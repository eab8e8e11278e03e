"""Agreement of two sets of points: which of them lie at the same places.

Points of the two sets may be paired when they are at most a radius r apart, and every point is
paired at most once. Of all such pairings the one counts that has the most pairs, and among those
the least sum of distances: the linear assignment of every point i of the first set either to a
point j of the second, or to a place of its own that says it is alone, with the costs

    d_ij / r   for a pair with d_ij <= r, which is at most 1,
    a + 1      for being alone, which is more than all a pairs together may cost.

Only pairs within the radius are held. The algorithm is that of R. Jonker and A. Volgenant, "A
shortest augmenting path algorithm for dense and sparse linear assignment problems", Computing 38,
1987, doi:10.1007/BF02278710.
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
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if len(near) == 0:
        return np.zeros(0, np.int32)
    # From 1: in a sparse table zero means no pair. The constant is part of every assignment.
    costs = 1.0 + (distances / radius if radius > 0.0 else distances)
    alone = np.arange(first)
    rows = np.concatenate([near[:, 0], alone])
    columns = np.concatenate([near[:, 1], second + alone])
    entries = np.concatenate([costs, np.full(first, first + 2.0)])
    table = coo_array((entries, (rows, columns)), shape=(first, second + first)).tocsr()
    partners = np.empty(first, int)
    chosen_rows, chosen_columns = min_weight_full_bipartite_matching(table)
    partners[chosen_rows] = chosen_columns
    return np.flatnonzero(partners[near[:, 0]] == near[:, 1]).astype(np.int32)
