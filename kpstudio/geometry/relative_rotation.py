"""How a shape turned between two sights of it."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.procrustes import align


def relative_rotation(
    first: FloatArray, second: FloatArray, weights: FloatArray | None = None
) -> FloatArray:
    """Return the rotation (3,3) that turns one set of keypoints into the other.

    It minimises sum w_i |y_i - R x_i|² over rotations, x_i and y_i being taken from their weighted
    means: the orthogonal Procrustes problem, by which KeypointNet judges two views
    (arXiv:1807.03146). `angle_between` tells how far it is from the true one. Keypoints
    on one line leave the turn about it open; any is returned.

    Parameters
    ----------
    first, second
        (k,3) the same keypoints in the axes of two cameras.
    weights
        (k,) how much each counts, such as the product of its confidences; None: all the same.

    Raises
    ------
    InputError
        The numbers of keypoints differ, there are none, or none counts.
    """
    return align(first, second, scale=False, weights=weights).rotation


def angle_between(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the angles (...,) of the rotations from `first` to `second` (...,3,3), degrees.

    2 arcsin(|R1 - R2| / (2 sqrt 2)), which is exact for small angles where the arc cosine of the
    trace is not. The relative pose loss of KeypointNet (Suwajanakorn, Snavely, Tompson, Norouzi
    2018, "Discovery of latent 3D keypoints", arXiv:1807.03146).
    """
    distance = np.linalg.norm(np.asarray(first, float) - second, axis=(-2, -1))
    angle: FloatArray = np.rad2deg(2.0 * np.arcsin(np.minimum(distance / np.sqrt(8.0), 1.0)))
    return angle
