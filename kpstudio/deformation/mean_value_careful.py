"""Mean value coordinates of points on or very near the cage, or the plane of one of its faces.

Slower and safe; meant for the few points where the fast formula loses digits. The weights are
written with the mean vector (Ju, Schaefer, Warren 2005, doi 10.1145/1073204.1073229): with
u_i = v_i - x, side vectors e_i = u_{i+1} x u_{i-1} and angles theta_i,

    m = sum_i theta_i e_i / |e_i|,    w_i = m . e_i / (u_i . e_i)

where theta_i = atan2(|e_i|, u_{i+1} . u_{i-1}) keeps its digits near 0 and pi.
"""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.closest import closest_on_triangles

#: A point this near the cage, relative to its size, lies on it.
_ON_SURFACE = 1e-12
#: A triangle seen under a smaller solid angle counts as coplanar with the point. Its weights
#: are less than the angle over the distance, so leaving them out costs no more than that.
_COPLANAR = 1e-8
_PAIRS = 200_000


def careful_coordinates(x: FloatArray, vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n,c) mean value coordinates in a cage of size about 1 around the origin.

    On the surface of the cage they are the barycentric coordinates of the triangle. Elsewhere
    the residual of linear precision is spread over the row, so it holds to rounding.

    Parameters
    ----------
    x
        (n,3) points.
    vertices, faces
        (c,3), (f,3) closed cage.
    """
    step = max(1, _PAIRS // len(faces))
    parts = [_chunk(x[start : start + step], vertices, faces) for start in range(0, len(x), step)]
    return np.concatenate(parts)


def _chunk(x: FloatArray, vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return the coordinates of a few points."""
    points, triangles = len(x), len(faces)
    corners = np.broadcast_to(vertices[faces], (points, triangles, 3, 3))
    barycentric, squared = closest_on_triangles(
        np.repeat(x, triangles, axis=0), corners.reshape(-1, 3, 3)
    )
    squared = squared.reshape(points, triangles)
    face = squared.argmin(axis=1)
    rows = np.arange(points)
    surface = squared[rows, face] <= _ON_SURFACE**2

    weights = np.zeros((points, len(vertices)))
    corner_weights = _corner_weights(corners - x[:, None, None, :])
    flat = (rows[:, None, None] * len(vertices) + faces[None]).reshape(-1)
    weights.reshape(-1)[:] = np.bincount(flat, corner_weights.reshape(-1), weights.size)
    weights[surface] = 0.0
    barycentric = barycentric.reshape(points, triangles, 3)[rows, face]
    weights[rows[surface, None], faces[face[surface]]] = barycentric[surface]
    weights /= weights.sum(axis=1, keepdims=True)
    weights[~surface] = _refined(weights[~surface], x[~surface], vertices)
    return weights


def _corner_weights(u: FloatArray) -> FloatArray:
    """Return (n,f,3) weights from the vectors u (n,f,3,3) to the corners of each triangle."""
    following, previous = np.roll(u, -1, axis=2), np.roll(u, 1, axis=2)
    e = np.cross(following, previous)
    length = np.linalg.norm(e, axis=3)
    dot = np.einsum("nfid,nfid->nfi", following, previous)
    theta = np.arctan2(length, dot)
    # theta / |e| tends to 1 / dot for a side seen end on; seen from within, x is on the surface.
    ratio = np.divide(theta, length, out=np.zeros_like(theta), where=length > 0.0)
    end_on = (length == 0.0) & (dot > 0.0)
    ratio[end_on] = 1.0 / dot[end_on]
    mean = np.einsum("nfi,nfid->nfd", ratio, e)
    determinant = np.einsum("nfd,nfd->nf", u[:, :, 0], e[:, :, 0])

    # Solid angle of a triangle: Van Oosterom and Strackee 1983, doi 10.1109/TBME.1983.325207.
    d = np.linalg.norm(u, axis=3)
    cosines = d.prod(axis=2) + np.einsum("nfi,nfi->nf", d, dot)
    solid = 2.0 * np.abs(np.arctan2(determinant, cosines))
    seen = (solid > _COPLANAR) & (determinant != 0.0)
    numerator = np.einsum("nfd,nfid->nfi", mean, e)
    return np.divide(
        numerator, determinant[..., None], out=np.zeros_like(numerator), where=seen[..., None]
    )


def _refined(weights: FloatArray, x: FloatArray, vertices: FloatArray) -> FloatArray:
    """Return the nearest weights that sum to 1 and reproduce x."""
    functions = np.column_stack([vertices, np.ones(len(vertices))])
    target = np.column_stack([x, np.ones(len(x))])
    return weights + (target - weights @ functions) @ np.linalg.pinv(functions)
