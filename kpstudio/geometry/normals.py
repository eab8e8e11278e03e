"""Face and vertex normals of triangle meshes."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray

#: Sums smaller than this share of what was added up are rounding errors.
_ROUNDING = 1e-12


def face_cross_products(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m,3) cross products of two edges of each face: normal times twice the area."""
    first, second, third = (vertices[faces[:, corner]] for corner in range(3))
    return np.cross(second - first, third - first)


def vertex_normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n,3) unit normals, the mean of the faces around each vertex weighted by area.

    A vertex without a face, or whose faces cancel out, gets the zero vector.
    """
    crosses = face_cross_products(vertices, faces)
    corners = faces.T.reshape(-1)
    sums = np.stack(
        [
            np.bincount(corners, np.tile(crosses[:, axis], 3), minlength=len(vertices))
            for axis in range(3)
        ],
        axis=1,
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    added = np.bincount(corners, np.tile(np.abs(crosses).sum(axis=1), 3), minlength=len(vertices))
    # Faces that cancel out leave a rounding error, which has no direction.
    some = lengths > _ROUNDING * added[:, None]
    normals = np.zeros(sums.shape)
    np.divide(sums, lengths, out=normals, where=some)
    return normals


def tangents(normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two (m,3) unit vectors at right angles to normals (m,3) and to each other."""
    smallest = np.eye(3)[np.abs(normals).argmin(axis=1)]
    across = np.cross(normals, smallest)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300)
    return across, np.cross(normals, across)
