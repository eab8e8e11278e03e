"""An order of faces that depends on the shape alone, not on the file or on how it is turned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.normals import face_cross_products

#: Lengths are compared to so many parts of the largest, so that rounding decides nothing.
_LEVELS = 1e8


def intrinsic_order(vertices: FloatArray, faces: IntArray) -> tuple[NDArray[np.intp], IntArray]:
    """Return an order of the faces (m,), and the faces (m,3) in it, corners turned to begin alike.

    Faces are sorted by area, then by the distances of their corners from the centre of the
    surface; each begins with its corner nearest to that centre. Who draws samples from them draws
    the same places of the shape whatever the order of vertices and faces in the file, and however
    it is turned. Faces that are alike in all of this, as on symmetric shapes, keep the file's
    order.

    Parameters
    ----------
    vertices
        (n,3) positions.
    faces
        (m,3) vertex indices, at least one face.
    """
    doubled_areas = np.linalg.norm(face_cross_products(vertices, faces), axis=1)
    total = doubled_areas.sum()
    weights = doubled_areas if total > 0.0 else np.ones(len(faces))
    centre = np.average(vertices[faces].mean(axis=1), axis=0, weights=weights)
    distances = np.linalg.norm(vertices - centre, axis=1)
    of_corners = _levels(distances)[faces]
    first = of_corners.argmin(axis=1)
    turned = (first[:, None] + np.arange(3)) % 3
    rows = np.arange(len(faces))[:, None]
    faces, of_corners = faces[rows, turned], of_corners[rows, turned]
    order = np.lexsort((*of_corners.T[::-1], _levels(doubled_areas)))
    return order, faces[order]


def _levels(values: FloatArray) -> FloatArray:
    top = values.max(initial=0.0)
    return np.round(values / top * _LEVELS) if top > 0.0 else values
