"""From pictures back to the surface: places of pixels, and what maps say of a mesh's vertices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, Float32Array, FloatArray, IntArray
from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import View
from kpstudio.rendering.hits import face_normals, meet

#: A vertex may lie so many pixels' widths behind the surface around its pixel and still be seen.
_BEHIND = 2.0
#: Weight of a vertex without a normal, and the least of one that is seen at all.
_GRAZING = 0.05
#: By how much a landmark may lie behind the surface seen at its pixel and still be visible.
_HIDDEN = 0.03
#: Least cosine between a ray and the normal of a face that says where on it a pixel is.
_STEEPEST = 0.1


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

    Landmarks may lie beside the surface, as the middle of a handle does: with no surface in the
    nine pixels around it, a point counts as seen.
    """
    inside, farthest = _around(view, pixels, depth)
    return inside & ((farthest > depth - _HIDDEN) | (farthest == -np.inf))


@dataclass(frozen=True, eq=False)
class Lifted:
    """Where q places of a picture are on the surface.

    Parameters
    ----------
    faces
        (q,) int32 the face seen there; -1 where none is, or only edge on.
    barycentric
        (q,3) where in that face; zeros without a face.
    points
        (q,3) in the camera's world; NaN without a face.
    cosines
        (q,) between the ray and the face's normal, either way round; 0 without a face.
    """

    faces: IntArray
    barycentric: FloatArray
    points: FloatArray
    cosines: FloatArray

    @property
    def found(self) -> BoolArray:
        """(q,) which places are on the surface."""
        return self.faces >= 0


def lift(view: View, mesh: Mesh, pixels: FloatArray, steepest: float = _STEEPEST) -> Lifted:
    """Return the places of the surface that are seen at pixels (q,2) of a view.

    A pixel's ray meets the face that is seen at the middle of its pixel. Where that face is seen
    under a small angle, a pixel more or less would be far away on the surface: it is rejected.

    Parameters
    ----------
    view
        The view.
    mesh
        The shape, in the world of the view's camera.
    pixels
        Places in its picture; those outside are on no surface.
    steepest
        Least cosine between ray and normal.
    """
    width, height = view.camera.size
    place = np.floor(np.nan_to_num(pixels, nan=-1.0)).astype(int)
    inside = np.all((place >= 0) & (place < (width, height)), axis=1)
    column, row = np.where(inside[:, None], place, 0).T
    faces = np.where(inside, view.faces[row, column], -1).astype(np.int32)
    cosines = np.zeros(len(faces))
    seen: BoolArray = faces >= 0
    rays = view.camera.directions(pixels[seen])
    cosines[seen] = np.abs(np.einsum("qc,qc->q", rays, face_normals(mesh, faces[seen])))
    faces[cosines < steepest] = -1
    seen = faces >= 0
    hits = meet(mesh, view.camera, pixels[seen], faces[seen])
    barycentric, points = np.zeros((len(faces), 3)), np.full((len(faces), 3), np.nan)
    barycentric[seen], points[seen] = hits.barycentric, hits.of(mesh, mesh.vertices)
    return Lifted(faces, barycentric, points, np.where(seen, cosines, 0.0))


def _seen(view: View, pixels: FloatArray, depth: FloatArray) -> BoolArray:
    """Return (n,) whether the surface hides none of its points at pixels (n,2), depths (n,)."""
    inside, farthest = _around(view, pixels, depth)
    return inside & (depth < farthest + _BEHIND * np.abs(depth) / view.camera.focal)


def _around(view: View, pixels: FloatArray, depth: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Return which points lie in the picture, and how far the surface around each reaches.

    That is the farthest surface of the nine pixels around it, minus infinity where there is none:
    the pixel itself often misses a corner or an edge.
    """
    width, height = view.camera.size
    place = np.floor(np.nan_to_num(pixels, nan=-1.0)).astype(int)
    inside = np.all((place >= 0) & (place < (width, height)), axis=1) & (depth > 0.0)
    column, row = np.clip(place, 0, (width - 1, height - 1)).T
    padded = np.pad(np.where(view.mask, view.depth, -np.inf), 1, constant_values=-np.inf)
    around = np.arange(3)
    rows, columns = (row[:, None] + around)[:, :, None], (column[:, None] + around)[:, None]
    return inside, padded[rows, columns].max(axis=(1, 2))


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
