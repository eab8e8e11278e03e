"""Nearest neighbours between two clouds, and the Chamfer distance made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError


def nearest(a: FloatArray, b: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Find the nearest point of `b` for every point of `a`.

    Parameters
    ----------
    a, b
        (n,3) and (m,3) points.

    Returns
    -------
    indices
        (n,) into `b`.
    distances
        (n,) Euclidean distances.

    Raises
    ------
    InputError
        `b` is empty.
    """
    if len(b) == 0:
        raise InputError("there are no points to be near to")
    from scipy.spatial import cKDTree  # late: keeps SciPy out of the start of the window

    distances, indices = cKDTree(b).query(a)
    return indices, distances


def chamfer_distance(a: FloatArray, b: FloatArray) -> float:
    """Return the mean squared distance to the nearest neighbour, both directions added.

    Parameters
    ----------
    a, b
        (n,3) and (m,3) points; the result has their unit, squared.

    Raises
    ------
    InputError
        One of the clouds is empty.
    """
    there, back = nearest(a, b)[1], nearest(b, a)[1]
    return float(np.mean(there**2) + np.mean(back**2))
