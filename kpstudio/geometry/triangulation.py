"""Triangulation: where points are that several cameras see, and how sure that is.

Linear estimate of Hartley and Sturm 1997, "Triangulation", doi:10.1006/cviu.1997.0547, then
Gauss-Newton on the reprojection. With outliers, RANSAC over pairs of views as in Simon, Joo,
Matthews, Sheikh 2017, "Hand keypoint detection in single images using multiview bootstrapping",
doi:10.1109/CVPR.2017.494.

A point is NaN where it cannot be told: it has fewer than two views, its rays are parallel or
start at one place, or they would meet behind a camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.camera_array import CameraArray

#: Gauss-Newton steps: the linear estimate is close, and each step doubles the digits.
_STEPS = 5
#: Smallest sine of the angle between rays that tells a depth.
_PARALLEL = 1e-3
#: Smallest depth of a point, as a share of the distance between the cameras.
_AT_THE_EYE = 1e-6


@dataclass(frozen=True, eq=False)
class Triangulated:
    """k points that v cameras see.

    Parameters
    ----------
    points
        (k,3) world; NaN where it cannot be told.
    covariance
        (k,3,3) of the points, world units squared; NaN as the points.
    errors
        (v,k) distance in pixels from where a view shows a point to where it should; NaN where
        there is no pixel or no point, infinite where the point is behind the camera.
    used
        (v,k) which views told the point.
    """

    points: FloatArray
    covariance: FloatArray
    errors: FloatArray
    used: BoolArray

    @property
    def found(self) -> BoolArray:
        """(k,) which points could be told."""
        return ~np.isnan(self.points[:, 0])


def triangulate(
    cameras: Sequence[Camera],
    pixels: FloatArray,
    weights: FloatArray | None = None,
    noise: float = 1.0,
) -> Triangulated:
    """Return the points that minimise sum w_ij |u_ij - project_i(X_j)|².

    Parameters
    ----------
    cameras
        v cameras in one world.
    pixels
        (v,k,2) where each sees each point; NaN where it does not.
    weights
        (v,k) how sure, not negative; None: all the same.
    noise
        Standard deviation of a coordinate of a pixel of weight 1, pixels; one of weight w has
        noise² / w as its variance. It scales the covariance (J^T W J)^-1 noise² and nothing else.

    Raises
    ------
    InputError
        Arrays that do not fit each other, or negative weights.
    """
    eyes = CameraArray(cameras)
    pixels, w = _checked(eyes, pixels, weights)
    return _solve(eyes, pixels, w, noise)


def triangulate_ransac(
    cameras: Sequence[Camera],
    pixels: FloatArray,
    weights: FloatArray | None = None,
    threshold: float = 4.0,
    least: int = 2,
    pairs: int = 300,
    noise: float = 1.0,
) -> Triangulated:
    """Return points by those views that agree with each other.

    Each pair of views proposes a place for each point. The one that most views agree with, each
    by w max(0, 1 - (error / threshold)²), is refined with those views alone: the score is that of
    MSAC (Torr and Zisserman 2000, doi:10.1006/cviu.1999.0832) where the source counts, so that
    there are no ties. All pairs are tried unless there are more than `pairs`; then they are spread
    evenly over the list of all. Nothing is random.

    Parameters
    ----------
    cameras, pixels, weights, noise
        As for `triangulate`.
    threshold
        Largest error of a view that agrees, pixels.
    least
        Fewest views that must agree; with fewer the point is NaN. Two agree with each other by
        chance more often than three.
    pairs
        Most pairs to try.

    Raises
    ------
    InputError
        As `triangulate`.
    ParameterError
        No threshold, or fewer than two views asked for.
    """
    if not threshold > 0.0 or least < 2 or pairs < 1:
        raise ParameterError("RANSAC needs a positive threshold, two views or more and a pair")
    eyes = CameraArray(cameras)
    pixels, w = _checked(eyes, pixels, weights)
    places = _proposals(eyes, pixels, w, pairs)
    best = np.full((w.shape[1], 3), np.nan)
    if len(places):
        errors = eyes.errors(places, pixels)
        agreement = np.where(errors < threshold, 1.0 - (errors / threshold) ** 2, 0.0) * w
        chosen = agreement.sum(axis=1).argmax(axis=0)
        best = places[chosen, np.arange(len(best))]
    for _ in range(2):  # a refined point may win another view
        inliers = eyes.errors(best, pixels) < threshold
        result = _solve(eyes, pixels, np.where(inliers, w, 0.0), noise)
        best = result.points
    enough = result.used.sum(axis=0) >= least
    return Triangulated(
        np.where(enough[:, None], result.points, np.nan),
        np.where(enough[:, None, None], result.covariance, np.nan),
        np.where(enough, result.errors, np.nan),
        result.used & enough,
    )


def _checked(
    eyes: CameraArray, pixels: FloatArray, weights: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return pixels and weights; a pixel that is not there is (0, 0) with weight 0."""
    pixels = np.asarray(pixels, float)
    if pixels.ndim != 3 or pixels.shape[::2] != (len(eyes.focal), 2):
        raise InputError(f"pixels of shape {pixels.shape} for {len(eyes.focal)} cameras")
    w = np.ones(pixels.shape[:2]) if weights is None else np.asarray(weights, float)
    if w.shape != pixels.shape[:2] or not (w >= 0.0).all():
        raise InputError("weights must be positive, one a pixel")
    return pixels, np.where(np.isfinite(pixels).all(axis=2), w, 0.0)


def _solve(eyes: CameraArray, pixels: FloatArray, w: FloatArray, noise: float) -> Triangulated:
    used = w > 0.0
    clean = np.where(used[..., None], pixels, 0.0)
    points = _linear(eyes, eyes.equations(clean, w).sum(axis=0))
    points[~_determined(eyes, clean, used)] = np.nan
    points = _refined(eyes, clean, w, points)
    depth = eyes.seen(points)[..., 2]
    points[(used & ~(depth > _AT_THE_EYE * eyes.spread)).any(axis=0)] = np.nan
    covariance = np.full((len(points), 3, 3), np.nan)
    found = np.isfinite(points).all(axis=1)
    information, _ = eyes.information(clean[:, found], w[:, found], points[found])
    covariance[found] = noise**2 * np.linalg.inv(information)
    return Triangulated(points, covariance, eyes.errors(points, pixels), used & found)


def _linear(eyes: CameraArray, normal: FloatArray) -> FloatArray:
    """Return the points (...,3) that systems (...,4,4) tell; NaN for those at infinity."""
    _, vectors = np.linalg.eigh(normal)
    least = vectors[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        points = least[..., :3] / least[..., 3:]
    points[~np.isfinite(points).all(axis=-1)] = np.nan
    return points * (eyes.spread or 1.0) + eyes.middle


def _determined(eyes: CameraArray, pixels: FloatArray, used: BoolArray) -> BoolArray:
    """Return (k,) which points have two rays that are not parallel."""
    rays = eyes.rays(pixels)
    shares = used / np.maximum(used.sum(axis=0), 1)
    # 0 for parallel rays; for two at an angle a its smallest value is (sin(a/2))².
    across = np.eye(3) - np.einsum("vk,vki,vkj->kij", shares, rays, rays)
    sine = 2.0 * np.sqrt(np.maximum(np.linalg.eigvalsh(across)[:, 0], 0.0))
    enough: BoolArray = (used.sum(axis=0) >= 2) & (sine > _PARALLEL)
    return enough


def _refined(
    eyes: CameraArray, pixels: FloatArray, w: FloatArray, points: FloatArray
) -> FloatArray:
    """Return points (k,3) after some Gauss-Newton steps, none of which makes them worse."""
    points = points.copy()
    live = np.flatnonzero(np.isfinite(points).all(axis=1))
    cost = eyes.cost(pixels, w, points)
    for _ in range(_STEPS):
        normal, slope = eyes.information(pixels[:, live], w[:, live], points[live])
        steps = np.einsum("kij,kj->ki", np.linalg.pinv(normal, hermitian=True), slope)
        tried = points.copy()
        tried[live] += steps
        new = eyes.cost(pixels, w, tried)
        live = live[new[live] < cost[live]]
        if len(live) == 0:
            break
        points[live], cost[live] = tried[live], new[live]
    return points


def _proposals(eyes: CameraArray, pixels: FloatArray, w: FloatArray, most: int) -> FloatArray:
    """Return (p,k,3) the points of pairs of views; NaN where a pair tells none."""
    first, second = np.triu_indices(len(w), 1)
    kept = np.unique(np.linspace(0, len(first) - 1, min(most, len(first))).round().astype(int))
    first, second = first[kept], second[kept]
    if len(first) == 0:
        return np.empty((0, w.shape[1], 3))
    used = w > 0.0
    clean = np.where(used[..., None], pixels, 0.0)
    # A pair's equations count the same: how sure each view is matters where they are judged.
    equations = eyes.equations(clean, used.astype(float))
    points = _linear(eyes, equations[first] + equations[second])
    rays = eyes.rays(clean)
    sine = np.linalg.norm(np.cross(rays[first], rays[second]), axis=2)
    points[~(used[first] & used[second] & (sine > _PARALLEL))] = np.nan
    return points
