"""Random rotations."""

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
