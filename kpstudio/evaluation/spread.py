"""Whether keypoints span the shape and lie on it: coverage and inclusivity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.chamfer import nearest


def coverage_by_diagonals(keypoints: FloatArray, cloud: FloatArray) -> float:
    """Return 1 - |D - d| / D, at least 0, of the diagonals of the boxes around both.

    The coverage that the code of SC3K computes (Zohaib, Del Bue 2023, SC3K: Self-supervised and
    coherent 3D keypoints estimation from rotated, noisy, and decimated point cloud data, ICCV).

    Parameters
    ----------
    keypoints
        (k,3) keypoints; their box has the diagonal d.
    cloud
        (p,3) samples of the surface; their box has the diagonal D.
    """
    if len(keypoints) == 0:
        return 0.0
    whole, part = (float(np.linalg.norm(np.ptp(points, axis=0))) for points in (cloud, keypoints))
    return max(0.0, 1.0 - abs(whole - part) / whole)


def coverage_by_boxes(keypoints: FloatArray, cloud: FloatArray) -> float:
    """Return the volume of the intersection of the boxes around both over that of their union.

    What the text of SC3K calls coverage; 0 for keypoints in a plane.
    """
    if len(keypoints) == 0:
        return 0.0
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    first, last = keypoints.min(axis=0), keypoints.max(axis=0)
    common = np.prod(np.maximum(np.minimum(high, last) - np.maximum(low, first), 0.0))
    union = np.prod(high - low) + np.prod(last - first) - common
    return float(common / union) if union > 0.0 else 0.0


def inclusivity(keypoints: FloatArray, cloud: FloatArray, threshold: float) -> float:
    """Return the share of keypoints nearer than `threshold` to some sample of the surface.

    SC3K's inclusivity; it depends on how dense the samples (p,3) are. 0 without keypoints.
    """
    if len(keypoints) == 0:
        return 0.0
    return float((nearest(keypoints, cloud)[1] < threshold).mean())


def unit_sphere(cloud: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return the map to SC3K's frame: the mean of a cloud (p,3) at 0, its farthest point at 1."""
    centre = cloud.mean(axis=0)
    radius = float(np.linalg.norm(cloud - centre, axis=1).max())
    return lambda points: (points - centre) / radius
