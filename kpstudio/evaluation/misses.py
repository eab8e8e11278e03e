"""Misses: false negatives, false positives and weighted misses against marked keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Misses:
    """Errors at several radii, each 0 to 1, smaller is better.

    After Dutagaci, Cheung, Godil 2012, Evaluation of 3D interest point detection techniques via
    human-generated ground truth, doi:10.1007/s00371-012-0746-4. A marked point g is detected at a
    radius r if some keypoint a has d(a, g) <= r and no other marked point is nearer to a. With
    n_c detected of n_g marked points, n_a keypoints and weights w (how many people marked g):

    Parameters
    ----------
    false_negative
        1 - n_c / n_g.
    false_positive
        (n_a - n_c) / n_a: each detected point accounts for one keypoint; 0 without keypoints.
    weighted_miss
        1 - sum of w over the detected points / sum of all w.
    """

    false_negative: tuple[float, ...]
    false_positive: tuple[float, ...]
    weighted_miss: tuple[float, ...]


def misses(
    distances: FloatArray, radii: Sequence[float], weights: FloatArray | None = None
) -> Misses:
    """Compare a shape's keypoints with the marked ones.

    Parameters
    ----------
    distances
        (a,g) distance of every keypoint to every marked point, along the surface; infinite where
        there is no way. At least one marked point.
    radii
        Radii in the same unit.
    weights
        (g,) how many people marked each point; all the same by default.
    """
    count, marked = distances.shape
    weights = np.ones(marked) if weights is None else weights
    found = np.array([_detected(distances, radius) for radius in radii]).reshape(-1, marked)
    correct = found.sum(axis=1)
    return Misses(
        tuple((1.0 - correct / marked).tolist()),
        tuple(((count - correct) / max(count, 1)).tolist()),
        tuple((1.0 - found @ weights / weights.sum()).tolist()),
    )


def _detected(distances: FloatArray, radius: float) -> BoolArray:
    """Return (g,) which marked points have a keypoint of their own within a radius."""
    if len(distances) == 0:
        return np.zeros(distances.shape[1], bool)
    own = distances <= distances.min(axis=1, keepdims=True)
    return (own & (distances <= radius)).any(axis=0)
