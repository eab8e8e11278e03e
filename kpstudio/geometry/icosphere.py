"""Unit spheres made of triangles: the icosahedron, split."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import ParameterError

_LARGEST = 7


@lru_cache(maxsize=_LARGEST + 1)
def icosphere(subdivisions: int) -> tuple[FloatArray, IntArray]:
    """Return the unit icosphere: 10 * 4**s + 2 vertices, 20 * 4**s faces.

    Parameters
    ----------
    subdivisions
        How often every triangle is split into four, 0..7; 0 is the icosahedron.

    Returns
    -------
    vertices
        (c,3) float64 unit vectors, read-only, symmetric about the three coordinate planes.
    faces
        (f,3) int32, counter-clockwise seen from outside, read-only.

    Raises
    ------
    ParameterError
        `subdivisions` outside 0..7.
    """
    if not 0 <= subdivisions <= _LARGEST:
        raise ParameterError(f"an icosphere has 0 to {_LARGEST} subdivisions, not {subdivisions}")
    vertices, faces = _icosahedron() if subdivisions == 0 else _split(*icosphere(subdivisions - 1))
    vertices.setflags(write=False)
    faces.setflags(write=False)
    return vertices, faces


def _icosahedron() -> tuple[FloatArray, IntArray]:
    """Return the icosahedron: cyclic permutations of (0, ±1, ±golden ratio)."""
    golden = (1.0 + 5.0**0.5) / 2.0
    quarter = [(0.0, a, b * golden) for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    vertices = np.array([np.roll(point, shift) for shift in range(3) for point in quarter])
    # Neighbours are 2 apart and all else is farther: a face is three mutual neighbours.
    near = np.abs(np.linalg.norm(vertices[:, None] - vertices[None], axis=2) - 2.0) < 1e-9
    corners = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    faces = np.array(corners, np.int32)
    inward = np.linalg.det(vertices[faces]) < 0.0
    faces[inward] = faces[inward][:, ::-1]
    return vertices / np.linalg.norm(vertices[0]), faces


def _split(vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the sphere with every triangle split at the midpoints of its edges."""
    sides = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, side_edge = np.unique(sides, axis=0, return_inverse=True)
    middles = vertices[edges].sum(axis=1)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    a, b, c = faces.T
    ab, bc, ca = (len(vertices) + side_edge.reshape(-1, 3)).T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    split = np.concatenate([np.stack(part, axis=1) for part in parts]).astype(np.int32)
    return np.concatenate([vertices, middles]), split
