"""Distances along a surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from kpstudio.geometry.surface import Surface


def surface_graph(surface: Surface) -> csr_array:
    """Return (n,n) lengths of links between points, for shortest paths along a surface.

    The links are the edges, and for every pair of faces with a common edge the straight line
    between the two opposite corners after both faces are laid flat. Paths along edges alone are up
    to 15 % too long on even meshes; with these they are some 4 %.
    """
    return surface.kept("graph", lambda: _graph(surface))


def _graph(surface: Surface) -> csr_array:
    from kpstudio.geometry.neighbours import symmetric

    pairs, lengths = surface.edges, surface.edge_lengths
    if not surface.is_cloud:
        across, unfolded = _across(surface.points, surface.faces)
        pairs, lengths = np.concatenate([pairs, across]), np.concatenate([lengths, unfolded])
        # Two corners may face each other across several edges, or share one: the shortest counts.
        order = np.lexsort((lengths, pairs[:, 1], pairs[:, 0]))
        pairs, lengths = pairs[order], lengths[order]
        first = np.ones(len(pairs), bool)
        first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
        pairs, lengths = pairs[first], lengths[first]
    return symmetric(pairs, lengths, len(surface))


def _across(points: FloatArray, faces: IntArray) -> tuple[IntArray, FloatArray]:
    """Return (q,2) opposite corners of neighbouring faces and (q,) their unfolded distance."""
    corners = np.arange(3)
    ends = np.sort(faces[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2), axis=1)
    opposite = faces[:, corners].reshape(-1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ends, opposite = ends[order], opposite[order]
    pair = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1))
    a, b = points[ends[pair, 0]], points[ends[pair, 1]]
    c, d = opposite[pair], opposite[pair + 1]
    side = b - a
    length = np.linalg.norm(side, axis=1)
    along_c, height_c = _laid_flat(points[c] - a, side, length)
    along_d, height_d = _laid_flat(points[d] - a, side, length)
    distance = np.hypot(along_c - along_d, height_c + height_d)
    # Where the straight line leaves the two faces it is no path on them.
    crossing = along_c + (along_d - along_c) * height_c / np.maximum(height_c + height_d, 1e-300)
    inside = (c != d) & (crossing >= 0.0) & (crossing <= length)
    found = np.sort(np.stack([c, d], axis=1), axis=1)[inside]
    return found.astype(np.int32), distance[inside]


def _laid_flat(
    corner: FloatArray, side: FloatArray, length: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return where corners (q,3) lie along a side and how far from it."""
    along = np.einsum("qd,qd->q", corner, side) / length
    squared = np.einsum("qd,qd->q", corner, corner)
    return along, np.sqrt(np.maximum(squared - along**2, 0.0))
