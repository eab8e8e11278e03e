"""Reflection in a plane, and which points are each other's mirror image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.chamfer import nearest


class Plane(NamedTuple):
    """The points x with normal . x = offset.

    Parameters
    ----------
    normal
        (3,) unit vector.
    offset
        Signed distance from the origin.
    """

    normal: FloatArray
    offset: float


def reflect_points(points: FloatArray, normal: FloatArray, offset: float = 0.0) -> FloatArray:
    """Return the mirror images (n,3) of points (n,3) in the plane normal . x = offset."""
    return points - 2.0 * (points @ normal - offset)[:, None] * normal


def reflect_vectors(vectors: FloatArray, normal: FloatArray) -> FloatArray:
    """Return the mirror images (n,3) of offsets (n,3) in a plane with unit `normal` (3,)."""
    return vectors - 2.0 * (vectors @ normal)[:, None] * normal


def mirror_pairs(
    points: FloatArray, normal: FloatArray, offset: float, tolerance: float
) -> IntArray:
    """Find each point's partner: the point at its mirror image.

    Parameters
    ----------
    points
        (n,3) positions.
    normal, offset
        The mirror plane normal . x = offset.
    tolerance
        How far from the exact mirror image a partner may be, in the unit of the points.

    Returns
    -------
    (n,) int32 index of the partner; the point itself on the plane; -1 without a partner. Partners
    are mutual: partner[partner[i]] == i.
    """
    indices = np.arange(len(points), dtype=np.int32)
    if len(points) == 0:
        return indices
    partner, distance = nearest(reflect_points(points, normal, offset), points)
    mutual = partner[partner] == indices
    return np.where(mutual & (distance <= tolerance), partner, -1).astype(np.int32)
