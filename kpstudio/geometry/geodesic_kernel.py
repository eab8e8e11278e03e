"""A Gaussian of the distance along a surface, summed over cells much smaller than it is wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.geodesics import components, surface_graph
from kpstudio.geometry.suppression import suppress
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Distance between the middles of cells, in standard deviations.
SPACING = 0.5
#: Rounding must not decide about equal distances: of even meshes there are many.
_SLACK, _DIGITS = 1.0 - 1e-9, 9
#: The kernel ends at so many standard deviations.
CUTOFF = 3.0
#: Cells whose distances are found together: paths from them share a small piece of the graph.
_BLOCK = 100


@dataclass(frozen=True, eq=False)
class Cells:
    """A surface in c cells: the points nearest, along the surface, to one of them.

    Parameters
    ----------
    middles
        (c,) int32 the point in the middle of each cell.
    counts
        (c,) number of points in each.
    """

    middles: IntArray
    counts: FloatArray


def cells(surface: Surface, spacing: float) -> Cells:
    """Return cells some `spacing` apart, in diameters; every point its own where it is small.

    The two sides of a thin sheet are near in space and far along the surface: the seeds keep
    their distance in position and in the direction of the normal. In a second round each cell
    grows from the point nearest to the mean of its points, which evens the cells out.
    """
    parts = 10.0 * components(surface)  # components do not see each other: each has a seed
    places = np.column_stack([surface.points, spacing * surface.normals, parts])
    seeds = suppress(places, _rank(surface.points), spacing * _SLACK, len(surface))
    cell_of = _nearest_of(surface, seeds)
    counts = np.bincount(cell_of)
    sums = [np.bincount(cell_of, column) for column in surface.points.T]
    means = np.stack(sums, axis=1) / counts[:, None]
    off = np.linalg.norm(surface.points - means[cell_of], axis=1)
    order = np.lexsort((np.round(off, _DIGITS), cell_of))
    middles = order[np.searchsorted(cell_of[order], np.arange(len(counts)))]
    counts = np.bincount(_nearest_of(surface, middles), minlength=len(middles))
    return Cells(middles.astype(np.int32), counts.astype(np.float64))


def _rank(points: FloatArray) -> FloatArray:
    """Return (n,) numbers that hardly two points share, and that do not turn with the shape.

    Seeds are chosen in this order, not in that of the file: another order would give other cells.
    Distances from the centre, from the point farthest from it and from that farthest from this.
    """
    rank = np.linalg.norm(points, axis=1)
    for weight in (0.6, 0.3):
        far = np.round(rank, _DIGITS).argmax()
        rank = rank + weight * np.linalg.norm(points - points[far], axis=1)
    return rank


def _nearest_of(surface: Surface, seeds: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (n,) which of the seeds is nearest along the surface to each point.

    Every component has a seed.
    """
    from scipy.sparse.csgraph import dijkstra

    found = dijkstra(
        _steady_graph(surface), indices=seeds, min_only=True, return_predecessors=True
    )[2]
    number = np.zeros(len(surface), np.intp)
    number[seeds] = np.arange(len(seeds))
    return number[found]


def _steady_graph(surface: Surface) -> csr_array:
    """Return the links of a surface with lengths whose sums are exact.

    Ways of equal length, as on a symmetric shape, stay so when the shape is turned.
    """

    def make() -> csr_array:
        graph = surface_graph(surface).copy()
        graph.data = np.maximum(np.round(graph.data * 2.0**30), 1.0) / 2.0**30
        return graph

    return surface.kept("steady graph", make)


def geodesic_kernel(surface: Surface, parts: Cells, sigma: float, ctx: RunContext) -> csr_array:
    """Return (c,n) exp(-d^2 / (2 sigma^2)), d the distance from the middle of a cell to a point.

    Distances are the shortest paths of `geodesics.surface_graph`, up to `CUTOFF` sigma.

    Parameters
    ----------
    surface
        A mesh or a cloud.
    parts
        Its cells.
    sigma
        Standard deviation in diameters.
    ctx
        Progress and cancellation.
    """
    from scipy.sparse import coo_array, vstack
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    graph, tree = _steady_graph(surface), cKDTree(surface.points)
    reach = CUTOFF * sigma
    middles = surface.points[parts.middles]
    order = cKDTree(middles, leafsize=_BLOCK).indices
    blocks = np.array_split(order, -(-len(order) // _BLOCK))
    rows = []
    for done, block in enumerate(blocks):
        ctx.progress(done / len(blocks), "Measuring distances along the surface")
        centre = middles[block].mean(axis=0)
        radius = np.linalg.norm(middles[block] - centre, axis=1).max() + reach
        # A path no longer than `reach` does not leave this ball.
        near = np.sort(tree.query_ball_point(centre, radius * (1.0 + 1e-9)))
        sources = np.searchsorted(near, parts.middles[block])
        distances = dijkstra(
            graph[near][:, near], directed=True, indices=sources, limit=reach * (2.0 - _SLACK)
        )
        row, column = np.nonzero(np.isfinite(distances))
        weights = np.exp(-0.5 * (distances[row, column] / sigma) ** 2)
        shape = (len(block), len(surface))
        rows.append(coo_array((weights, (row, near[column])), shape=shape).tocsr())
    back = np.empty(len(order), np.intp)
    back[order] = np.arange(len(order))
    return vstack(rows, format="csr")[back]
