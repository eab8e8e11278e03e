"""From pictures back to the surface: what maps over several views say of a mesh's vertices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpstudio.base.arrays import BoolArray, Float32Array, FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import View

#: A vertex may lie so many pixels' widths behind the surface around its pixel and still be seen.
_BEHIND = 2.0
#: Weight of a vertex without a normal, and the least of one that is seen at all.
_GRAZING = 0.05
#: By how much a landmark may lie behind the surface seen at its pixel and still be visible.
_HIDDEN = 0.03


def vertex_heat(views: Sequence[View], heatmaps: Sequence[Float32Array], mesh: Mesh) -> FloatArray:
    """Return (n,k) the mean of maps over the views that see each vertex; 0 where none does.

    A view counts by the cosine of the angle under which it sees the vertex.

    Parameters
    ----------
    views
        The views, one or more.
    heatmaps
        (k,a,b) of each view, all over its picture at any resolution.
    mesh
        The shape, in the world of the cameras.

    Raises
    ------
    InputError
        There is not one map for each view.
    """
    if not views or len(views) != len(heatmaps):
        raise InputError(f"{len(heatmaps)} heatmaps for {len(views)} views")
    total = np.zeros((len(mesh.vertices), len(heatmaps[0])))
    weights = np.zeros(len(mesh.vertices))
    for view, maps in zip(views, heatmaps, strict=True):
        pixels, depth = view.camera.project(mesh.vertices)
        weight = np.where(_seen(view, pixels, depth), _facing(view, mesh), 0.0)
        seen = weight > 0.0
        total[seen] += weight[seen, None] * _sampled(maps, view.camera.to_unit(pixels[seen]))
        weights += weight
    mean: FloatArray = total / np.maximum(weights, np.finfo(float).tiny)[:, None]
    return mean


def landmarks_seen(view: View, pixels: FloatArray, depth: FloatArray) -> BoolArray:
    """Return which points at pixels (g,2) in depths (g,) the view shows.

    A point is seen unless all of the surface in the nine pixels around it is nearer: landmarks lie
    at corners and edges, where the pixel itself often misses the surface.
    """
    width, height = view.camera.size
    column, row = np.floor(pixels).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    padded = np.pad(np.where(view.mask, view.depth, -np.inf), 1, constant_values=-np.inf)
    around = np.arange(3)
    rows, columns = np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)
    near = padded[rows[:, None, None] + around[:, None], columns[:, None, None] + around]
    farthest = near.max(axis=(1, 2))
    return inside & ((farthest > depth - _HIDDEN) | (farthest == -np.inf))


def _seen(view: View, pixels: FloatArray, depth: FloatArray) -> FloatArray:
    """Return (n,) whether the surface hides none of the points at pixels (n,2) in depths (n,).

    A point is hidden when all of the surface in the nine pixels around it is nearer: the pixel
    itself often misses a corner or an edge.
    """
    width, height = view.camera.size
    place = np.floor(np.nan_to_num(pixels, nan=-1.0)).astype(int)
    inside = ((place >= 0) & (place < (width, height))).all(axis=1) & (depth > 0.0)
    column, row = np.clip(place, 0, (width - 1, height - 1)).T
    padded = np.pad(np.where(view.mask, view.depth, -np.inf), 1, constant_values=-np.inf)
    around = np.arange(3)
    rows, columns = (row[:, None] + around)[:, :, None], (column[:, None] + around)[:, None]
    farthest = padded[rows, columns].max(axis=(1, 2))
    return inside & (depth < farthest + _BEHIND * np.abs(depth) / view.camera.focal)


def _facing(view: View, mesh: Mesh) -> FloatArray:
    """Return (n,) the cosine between each vertex's normal, either way round, and its ray."""
    rays = mesh.vertices - view.camera.position
    rays /= np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), np.finfo(float).tiny)
    cosine = np.abs(np.einsum("ni,ni->n", rays, mesh.vertex_normals))
    return np.maximum(cosine, _GRAZING)


def _sampled(maps: Float32Array, places: FloatArray) -> FloatArray:
    """Return (n,k) values of maps (k,a,b) at unit coordinates (n,2), bilinear between centres."""
    height, width = maps.shape[1:]
    x, y = (places * max(maps.shape[1:]) / 2.0 + np.array([width, height]) / 2.0 - 0.5).T
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = x - left, y - top
    above = (1.0 - u) * maps[:, top, left] + u * maps[:, top, right]
    below = (1.0 - u) * maps[:, bottom, left] + u * maps[:, bottom, right]
    return ((1.0 - v) * above + v * below).T
