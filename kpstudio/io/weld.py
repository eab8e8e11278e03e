"""Equal rows of an array, found by sorting a hash: exact, no tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Odd constants of Vigna's splitmix64 generator, which scatter bits well.
MULTIPLIERS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def weld(rows: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group equal rows, in the order in which they first appear.

    Parameters
    ----------
    rows
        (n,d) numbers of any kind; 0.0 and -0.0 are equal, as numbers are.

    Returns
    -------
    first
        (u,) the first row of every group, increasing: `rows[first]` are the different rows.
    group
        (n,) the group of every row: `rows[first][group]` equals `rows`.
    """
    if len(rows) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    bits = _bits(rows)
    keys = _hash(bits)
    order = np.argsort(keys, kind="stable")
    starts = np.ones(len(rows), bool)
    starts[1:] = _differ(keys[:, None], order)
    changes = _differ(bits, order)
    if (changes & ~starts[1:]).any():
        # Two different rows share a hash: sort by the rows themselves.
        order = np.lexsort(bits.T)
        changes = _differ(bits, order)
    starts[1:] = changes
    # Both sorts are stable, so a group's first place in the order is its first row.
    first = order[starts]
    rank = np.empty(len(first), np.int64)
    by_appearance = np.argsort(first)
    rank[by_appearance] = np.arange(len(first))
    group = np.empty(len(rows), np.int64)
    group[order] = rank[np.cumsum(starts) - 1]
    return first[by_appearance], group


def _bits(rows: NDArray[Any]) -> NDArray[Any]:
    rows = np.ascontiguousarray(rows)
    if rows.dtype.kind == "f":
        rows = rows + rows.dtype.type(0.0)  # turns -0.0 into 0.0
    return rows.view(f"u{rows.dtype.itemsize}")


def _hash(bits: NDArray[Any]) -> NDArray[np.uint64]:
    keys = np.zeros(len(bits), np.uint64)
    for column in range(bits.shape[1]):
        keys ^= bits[:, column]
        keys *= np.uint64(MULTIPLIERS[column % len(MULTIPLIERS)])
        keys ^= keys >> np.uint64(29)
    return keys


def _differ(rows: NDArray[Any], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    result = np.zeros(len(order) - 1, bool)
    for column in range(rows.shape[1]):
        values = rows[order, column]
        result |= values[1:] != values[:-1]
    return result
