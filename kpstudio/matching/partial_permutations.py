"""Partial permutations: candidates that are features, and mixtures of such assignments.

For a shape with p candidates X (p,k) is 0 or 1, rows sum to 1 at most, for a candidate is one
feature or none, and columns to 1; to 1 at most where a feature may be invisible. The convex hull
of these is all X in 0..1 with such sums. Those of n shapes are stacked to (c,k).
"""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray

#: Rounds of projections in turn, and the change at which they stop.
_ROUNDS, _STILL = 200, 1e-5


def assign(costs: FloatArray, starts: IntArray, *, invisible: bool) -> FloatArray:
    """Return the partial permutations X (c,k) with the least sum of costs on every shape.

    Parameters
    ----------
    costs
        (c,k) cost of each candidate as each feature.
    starts
        (n,) first row of each shape.
    invisible
        Whether a feature may be on no candidate of a shape, at no cost. If not, each shape needs
        as many candidates as there are features.
    """
    from scipy.optimize import linear_sum_assignment

    chosen = np.zeros(costs.shape)
    features = costs.shape[1]
    nobody = np.zeros((features if invisible else 0, features))
    for start, own in zip(starts, np.split(costs, starts[1:]), strict=True):
        rows, columns = linear_sum_assignment(np.vstack([own, nobody]))
        real = rows < len(own)
        chosen[start + rows[real], columns[real]] = 1.0
    return chosen


class Hull:
    """The convex hull of the partial permutations of n shapes, and points of it.

    R. L. Dykstra's alternating projections ("An algorithm for restricted least squares
    regression", Journal of the American Statistical Association 78, 1983,
    doi:10.1080/01621459.1983.10477029) onto rows, columns and box; unlike plain alternation they
    end at the nearest point. They climb in the dual problem, step by step, so that they may start
    from where they ended the last time: projecting a point near the last one takes few rounds.

    Parameters
    ----------
    starts
        (n,) first row of each shape.
    rows
        Number of rows c.
    invisible
        Whether a column of a shape may sum to less than 1.
    """

    def __init__(self, starts: IntArray, rows: int, *, invisible: bool) -> None:
        self._starts, self._invisible = starts, invisible
        self._counts = np.diff(starts, append=rows)
        self._left: list[FloatArray] = []

    def nearest(self, values: FloatArray) -> FloatArray:
        """Return the point (c,k) of the hull nearest to values (c,k)."""
        left = self._left or [np.zeros_like(values) for _ in range(3)]
        x = values - left[0] - left[1] - left[2]
        for _ in range(_ROUNDS):
            before = x
            for part, onto in enumerate((_rows, self._columns, _box)):
                moved = x + left[part]
                x = onto(moved)
                left[part] = moved - x
            if np.abs(x - before).max(initial=0.0) < _STILL:
                break
        self._left = left
        return x

    def _columns(self, x: FloatArray) -> FloatArray:
        over = np.add.reduceat(x, self._starts, axis=0) - 1.0
        if self._invisible:
            over = np.maximum(over, 0.0)
        return x - np.repeat(over / self._counts[:, None], self._counts, axis=0)


def _rows(x: FloatArray) -> FloatArray:
    over = np.maximum(x.sum(axis=1, keepdims=True) - 1.0, 0.0)
    return x - over / x.shape[1]


def _box(x: FloatArray) -> FloatArray:
    return np.clip(x, 0.0, 1.0)
