"""Influence: how much each keypoint moves each cage vertex.

An influence W (c,k) moves the cage by c* = c + W (p' - p) when the keypoints go from p to p'
(Jakab et al. 2021, "KeypointDeformer", doi 10.1109/CVPR46437.2021.01259). Offsets are vectors, so
the same W holds in every frame that differs by a rotation, a scale and a translation.
"""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import ParameterError


def distance_influence(cage_vertices: FloatArray, keypoints: FloatArray) -> FloatArray:
    """Return a smooth influence made of distances alone, for keypoints nobody learned one for.

    Softmax over keypoints of -distance² / (2 width²), where the width is half the mean distance
    from a keypoint to the next one. Every row is positive and sums to 1, so moving all keypoints
    by t moves the cage, and with it the mesh, by exactly t. Rotating, scaling or moving both
    arguments together changes nothing.

    Parameters
    ----------
    cage_vertices
        (c,3) positions.
    keypoints
        (k,3) positions in the same frame.

    Returns
    -------
    (c,k) float64.

    Raises
    ------
    ParameterError
        No keypoints.
    """
    if len(keypoints) == 0:
        raise ParameterError("an influence needs at least one keypoint")
    squared = _squared_distances(cage_vertices, keypoints)
    width = 0.5 * _spacing(keypoints)
    exponents = (squared.min(axis=1, keepdims=True) - squared) / (2.0 * width**2)
    influence = np.exp(exponents)
    return influence / influence.sum(axis=1, keepdims=True)


def follow_keypoints(
    influence: FloatArray, coordinates: FloatArray, damping: float = 1e-2
) -> FloatArray:
    """Return the influence nearest to the given one under which the surface follows keypoints.

    With cage coordinates A (k,c) of the keypoints, A W = I says that the surface under a dragged
    keypoint goes where the keypoint goes, and stays where another one is dragged:

        W' = W + A^T (A A^T + damping² I)^-1 (I - A W).

    Rows that sum to 1 still do.

    Parameters
    ----------
    influence
        (c,k) influence to start from.
    coordinates
        (k,c) mean value coordinates of the keypoints.
    damping
        How much of the exactness to give up where keypoints are too close for the cage to tell
        apart; 0 for none.
    """
    gram = coordinates @ coordinates.T + damping**2 * np.eye(len(coordinates))
    missing = np.eye(len(coordinates)) - coordinates @ influence
    return influence + coordinates.T @ np.linalg.lstsq(gram, missing, rcond=None)[0]


def uncontrolled(influence: FloatArray, tolerance: float = 1e-3) -> BoolArray:
    """Return which cage vertices no keypoint moves.

    Parameters
    ----------
    influence
        (c,k).
    tolerance
        A vertex counts as moved when some keypoint moves it by more than this share of its own
        offset.

    Returns
    -------
    (c,) bool.
    """
    return np.abs(influence).max(axis=1) <= tolerance


def _spacing(keypoints: FloatArray) -> float:
    """Return the mean distance to the next keypoint; 1 when there is none elsewhere."""
    squared = _squared_distances(keypoints, keypoints)
    squared[squared <= 0.0] = np.inf
    nearest = np.sqrt(squared.min(axis=1))
    nearest = nearest[np.isfinite(nearest)]
    return float(nearest.mean()) if len(nearest) else 1.0


def _squared_distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return (n,m) squared distances between points (n,3) and (m,3)."""
    return np.square(a[:, None] - b[None]).sum(axis=2)
