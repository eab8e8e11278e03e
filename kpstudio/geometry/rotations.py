"""Rotations: random ones, and rotation vectors."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray


def random_rotations(count: int, rng: np.random.Generator) -> FloatArray:
    """Return (count,3,3) rotations, every one with the same chance.

    Unit quaternions from normal variates; Shoemake 1992, "Uniform random rotations",
    doi:10.1016/B978-0-08-050755-2.50036-1.
    """
    quaternions = rng.normal(size=(count, 4))
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.array(rows).transpose(2, 0, 1)


def from_vectors(vectors: FloatArray) -> FloatArray:
    """Return the rotations (...,3,3) about vectors (...,3) by their lengths in radians.

    Rodrigues' formula, I + sin(a)/a [w] + (1 - cos(a))/a² [w]², exact at a = 0 too.
    """
    w = np.asarray(vectors, float)
    angle = np.linalg.norm(w, axis=-1)[..., None, None]
    cross = np.zeros((*w.shape[:-1], 3, 3))
    cross[..., 2, 1], cross[..., 0, 2], cross[..., 1, 0] = w[..., 0], w[..., 1], w[..., 2]
    cross -= np.swapaxes(cross, -1, -2)
    half = np.sinc(angle / (2.0 * np.pi))
    return np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * half**2 * cross @ cross


def to_vectors(rotations: FloatArray) -> FloatArray:
    """Return the rotation vectors (...,3), at most pi long, of rotations (...,3,3).

    The quaternion is the eigenvector of a symmetric matrix, so that no angle is special;
    Bar-Itzhack 2000, "New method for extracting the quaternion from a rotation matrix",
    doi:10.2514/2.4654.
    """
    r = np.asarray(rotations, float)
    symmetric = np.zeros((*r.shape[:-2], 4, 4))
    symmetric[..., 1:, 1:] = r + np.swapaxes(r, -1, -2)
    trace = np.trace(r, axis1=-2, axis2=-1)
    symmetric[..., 1:, 1:] -= trace[..., None, None] * np.eye(3)
    symmetric[..., 0, 0] = trace
    for row, (first, second) in enumerate(((2, 1), (0, 2), (1, 0)), start=1):
        symmetric[..., 0, row] = symmetric[..., row, 0] = (
            r[..., first, second] - r[..., second, first]
        )
    quaternion = np.linalg.eigh(symmetric)[1][..., -1]
    quaternion *= np.where(quaternion[..., :1] < 0.0, -1.0, 1.0)
    axis = quaternion[..., 1:]
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, quaternion[..., :1])
    vectors: FloatArray = axis * angle / np.maximum(sine, np.finfo(float).tiny)
    return vectors
