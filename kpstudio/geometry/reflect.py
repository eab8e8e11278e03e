"""Reflection in a plane."""

from __future__ import annotations

from typing import NamedTuple

from kpstudio.base.arrays import FloatArray


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
