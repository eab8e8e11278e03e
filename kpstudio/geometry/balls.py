"""Balls around points: how many points each holds, sums over them, the pairs; by dense blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray
from kpstudio.base.context import RunContext

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Most points of a block: with fewer, finding the blocks takes longer than working on them; with
#: more, too much outside the balls is looked at, and a block no longer fits into the cache.
_BLOCK = 80

#: Most distances held at once. OpenBLAS gives products of more than some 260,000 multiplications
#: to several threads, which on a busy machine wait for each other longer than they work; with up
#: to ten columns these stay below.
_CELLS = 25_000

#: Who is in whose ball is kept for the next sum if it takes no more bytes than this.
_KEPT = 200_000_000

#: Rounding must not decide about a point exactly at the radius: even meshes have many of them.
SLACK = 1e-9


class Balls:
    """The points within a radius of every point, the point itself among them.

    Neighbours are not listed unless asked for. The points are divided into blocks, the leaves of
    a k-d tree. All balls of a block lie in one larger ball; for the points in that one product of
    matrices gives all distances, another one all sums.

    Parameters
    ----------
    points
        (n,3) points.
    radius
        Radius of the balls, in the points' unit; a point at the radius is within.
    """

    def __init__(self, points: FloatArray, radius: float) -> None:
        from scipy.spatial import cKDTree

        tree = cKDTree(points, leafsize=_BLOCK)
        self._points, self._square = points, (radius * (1.0 + SLACK)) ** 2
        self._order = np.asarray(tree.indices, np.intp)
        self._starts = np.array(_leaves(tree))
        ordered = points[self._order]
        low = np.minimum.reduceat(ordered, self._starts)
        self._middles = (low + np.maximum.reduceat(ordered, self._starts)) / 2.0
        middles = np.repeat(self._middles, np.diff(self._starts, append=len(points)), axis=0)
        reaches = np.sqrt(np.square(ordered - middles).sum(axis=1)) + radius
        reaches = np.maximum.reduceat(reaches, self._starts) * (1.0 + 2.0 * SLACK)
        found = tree.query_ball_point(self._middles, reaches)
        self._around = [np.sort(np.array(near, np.int32)) for near in found]
        sizes = np.diff(self._starts, append=len(points))
        self._cells = sum(len(near) * int(size) for near, size in zip(found, sizes, strict=True))
        self._kept: list[tuple[NDArray[np.intp], IntArray, BoolArray]] = []

    def counts(self, ctx: RunContext | None = None) -> NDArray[np.intp]:
        """Return (n,) how many points each ball holds."""
        return self.sums(np.ones((len(self._points), 1)), ctx)[:, 0].astype(np.intp)

    def sums(
        self, terms: FloatArray, ctx: RunContext | None = None, *, sigma: float = np.inf
    ) -> FloatArray:
        """Return (n,k) the sums of `terms` (n,k) over the points of each ball.

        With a sigma they have Gaussian weights exp(-d^2 / (2 sigma^2)), d the distance from the
        middle of the ball.
        """
        result = np.empty((len(self._points), terms.shape[1]))
        if np.isinf(sigma):
            for rows, around, inside in self._inside(ctx):
                result[rows] = inside.astype(np.float64) @ terms[around]
            return result
        for rows, around, squared in self._distances(ctx):
            weights = np.exp(squared * (-0.5 / sigma**2)) * (squared <= self._square)
            result[rows] = weights @ terms[around]
        return result

    def pairs(self, counts: NDArray[np.intp], ctx: RunContext | None = None) -> csr_array:
        """Return (n,n) squared distances between each point and the others in its ball.

        Parameters
        ----------
        counts
            What `counts` returned.
        ctx
            Cancellation.
        """
        from scipy.sparse import csr_array

        starts = np.concatenate([[0], np.cumsum(counts - 1)])
        kind = np.int32 if starts[-1] < 2**31 else np.int64
        indices, data = np.empty(starts[-1], kind), np.empty(starts[-1])
        for rows, around, squared in self._distances(ctx):
            inside = squared <= self._square
            inside[np.arange(len(rows)), np.searchsorted(around, rows)] = False
            row, column = np.nonzero(inside)
            shift = starts[rows] - np.concatenate([[0], np.cumsum(counts[rows] - 1)[:-1]])
            place = np.arange(len(row)) + shift[row]
            indices[place] = around[column]
            data[place] = np.maximum(squared[inside], 0.0)
        shape = (len(counts), len(counts))
        return csr_array((data, indices, starts.astype(kind)), shape=shape)

    def _inside(
        self, ctx: RunContext | None
    ) -> Iterator[tuple[NDArray[np.intp], IntArray, BoolArray]]:
        """Yield some points (b,), all around them (c,), who is in whose ball (b,c)."""
        ctx = ctx or RunContext()
        if self._kept:
            ctx.check()
            yield from self._kept
            return
        parts: list[tuple[NDArray[np.intp], IntArray, BoolArray]] = []
        for rows, around, squared in self._distances(ctx):
            inside = squared <= self._square
            if self._cells <= _KEPT:
                parts.append((rows, around, inside))
            yield rows, around, inside
        self._kept = parts

    def _distances(
        self, ctx: RunContext | None
    ) -> Iterator[tuple[NDArray[np.intp], IntArray, FloatArray]]:
        """Yield some points (b,), all that are around them (c,), squared distances (b,c).

        |p - q|^2 = |p|^2 - 2 p.q + |q|^2, about the middle of the block so that little is lost.
        """
        ctx = ctx or RunContext()
        stops = np.append(self._starts[1:], len(self._points))
        for index, (start, stop) in enumerate(zip(self._starts, stops, strict=True)):
            if index % 128 == 0:
                ctx.progress(index / len(stops), "Looking around every point")
            around, middle = self._around[index], self._middles[index]
            q = self._points[around] - middle
            right = np.ones((5, len(q)))
            np.multiply(q.T, -2.0, out=right[:3])
            np.einsum("cd,cd->c", q, q, out=right[3])
            step = max(1, _CELLS // len(q))
            for first in range(start, stop, step):
                rows = self._order[first : min(first + step, stop)]
                p = self._points[rows] - middle
                left = np.ones((len(p), 5))
                left[:, :3] = p
                np.einsum("bd,bd->b", p, p, out=left[:, 4])
                yield rows, around, left @ right


def _leaves(tree: Any) -> list[int]:
    """Return where the leaves of a k-d tree start in its order, ascending."""
    starts, waiting = [], [tree.tree]
    while waiting:
        node = waiting.pop()
        if node.split_dim < 0:
            starts.append(node.start_idx)
        else:
            waiting += [node.greater, node.lesser]
    return sorted(starts)
