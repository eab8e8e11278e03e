"""Non-maximum suppression: the strongest places that keep a distance from each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Responses are compared to so many parts of the strongest one: places that answer alike up to
#: rounding, as on a symmetric shape, keep their order when the shape is turned.
LEVELS = 1e6


def suppress(
    positions: FloatArray, response: FloatArray, radius: float, most: int
) -> NDArray[np.intp]:
    """Return the indices of the strongest places, strongest first, no two within a radius.

    Parameters
    ----------
    positions
        (m,3) places.
    response
        (m,) how strong each is.
    radius
        Smallest Euclidean distance between two that are kept.
    most
        How many to keep at most.
    """
    from scipy.spatial import cKDTree

    if radius <= 0.0 or len(positions) == 0:
        return strongest_first(response)[:most]
    tree = cKDTree(positions)
    return _greedy(response, most, lambda index: tree.query_ball_point(positions[index], radius))


def suppress_geodesic(
    vertices: IntArray, response: FloatArray, lengths: csr_array, radius: float, most: int
) -> NDArray[np.intp]:
    """Return the same by distance along the surface.

    Parameters
    ----------
    vertices
        (m,) the vertex of each place.
    response
        (m,) how strong each is.
    lengths
        (n,n) lengths of the links between vertices, symmetric; see `geodesics.surface_graph`.
    radius, most
        As for `suppress`.
    """
    from scipy.sparse.csgraph import dijkstra

    if radius <= 0.0 or len(vertices) == 0:
        return strongest_first(response)[:most]

    def near(index: int) -> BoolArray:
        # The links go both ways; for "undirected" ones scipy would first turn the whole matrix.
        distances = dijkstra(lengths, directed=True, indices=vertices[index], limit=radius)
        return np.asarray(distances[vertices] <= radius)

    return _greedy(response, most, near)


def strongest_first(response: FloatArray) -> NDArray[np.intp]:
    """Return the order of responses (m,), the largest first, equal ones by index."""
    top = float(response.max(initial=0.0))
    levels = np.round(response / top * LEVELS) if top > 0.0 else response
    return np.lexsort((np.arange(len(response)), -levels))


def _greedy(
    response: FloatArray, most: int, near: Callable[[int], BoolArray | list[int]]
) -> NDArray[np.intp]:
    alive = np.ones(len(response), bool)
    kept: list[int] = []
    for index in strongest_first(response):
        if len(kept) == most:
            break
        if alive[index]:
            kept.append(int(index))
            alive[near(index)] = False
    return np.array(kept, np.intp)
