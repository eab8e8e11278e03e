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
    eyes = _Eyes(cameras)
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
    eyes = _Eyes(cameras)
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


class _Eyes:
    """Several cameras as arrays: what is done for all of them at once."""

    def __init__(self, cameras: Sequence[Camera]) -> None:
        if not cameras:
            raise InputError("there are no cameras to triangulate with")
        self.rotation = np.stack([camera.rotation for camera in cameras])  # (v,3,3)
        self.translation = np.stack([camera.translation for camera in cameras])
        self.focal = np.array([camera.focal for camera in cameras])
        self.centre = np.stack([camera.centre for camera in cameras])
        self.position = np.stack([camera.position for camera in cameras])
        #: Middle and size of the rig: the linear system is solved in its frame, where it is
        #: balanced.
        self.middle = self.position.mean(axis=0)
        self.spread = float(np.linalg.norm(self.position - self.middle, axis=1).max())

    def seen(self, points: FloatArray) -> FloatArray:
        """Return points (...,k,3) in the axes of each camera (...,v,k,3)."""
        turned = np.einsum("vij,...kj->...vki", self.rotation, points)
        return turned + self.translation[:, None]

    def errors(self, points: FloatArray, pixels: FloatArray) -> FloatArray:
        """Return (...,v,k) errors in pixels of points (...,k,3); infinite behind a camera."""
        seen = self.seen(points)
        with np.errstate(divide="ignore", invalid="ignore"):
            places = self.focal[:, None, None] * seen[..., :2] / seen[..., 2:]
            errors = np.linalg.norm(places + self.centre[:, None] - pixels, axis=-1)
        return np.where(seen[..., 2] <= 0.0, np.inf, errors)

    def flat(self, pixels: FloatArray) -> FloatArray:
        """Return pixels (v,k,2) on the plane at depth 1 of each camera."""
        return (pixels - self.centre[:, None]) / self.focal[:, None, None]


def _checked(
    eyes: _Eyes, pixels: FloatArray, weights: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return pixels and weights; a pixel that is not there is (0, 0) with weight 0."""
    pixels = np.asarray(pixels, float)
    if pixels.ndim != 3 or pixels.shape[::2] != (len(eyes.focal), 2):
        raise InputError(f"pixels of shape {pixels.shape} for {len(eyes.focal)} cameras")
    w = np.ones(pixels.shape[:2]) if weights is None else np.asarray(weights, float)
    if w.shape != pixels.shape[:2] or not (w >= 0.0).all():
        raise InputError("weights must be positive, one a pixel")
    return pixels, np.where(np.isfinite(pixels).all(axis=2), w, 0.0)


def _solve(eyes: _Eyes, pixels: FloatArray, w: FloatArray, noise: float) -> Triangulated:
    used = w > 0.0
    clean = np.where(used[..., None], pixels, 0.0)
    points = _linear(eyes, _equations(eyes, clean, w).sum(axis=0))
    points[~_determined(eyes, clean, used)] = np.nan
    points = _refined(eyes, clean, w, points)
    depth = eyes.seen(points)[..., 2]
    points[(used & ~(depth > _AT_THE_EYE * eyes.spread)).any(axis=0)] = np.nan
    covariance = np.full((len(points), 3, 3), np.nan)
    found = np.isfinite(points).all(axis=1)
    information, _ = _normal(eyes, clean[:, found], w[:, found], points[found])
    covariance[found] = noise**2 * np.linalg.inv(information)
    return Triangulated(points, covariance, eyes.errors(points, pixels), used & found)


def _equations(eyes: _Eyes, pixels: FloatArray, w: FloatArray) -> FloatArray:
    """Return the normal matrices (v,k,4,4) of what each view says of (X, 1) in the rig's frame.

    Two equations a view, x r3 - r1 = 0 and y r3 - r2 = 0, with rows of [R | t].
    """
    scale = eyes.spread or 1.0
    shift = eyes.translation + np.einsum("vij,j->vi", eyes.rotation, eyes.middle)
    rows = np.concatenate([eyes.rotation, shift[:, :, None] / scale], axis=2)[:, None]
    equations = eyes.flat(pixels)[..., None] * rows[:, :, 2:] - rows[:, :, :2]
    lens = w * (eyes.focal**2)[:, None]
    return np.einsum("vk,vkai,vkaj->vkij", lens, equations, equations)


def _linear(eyes: _Eyes, normal: FloatArray) -> FloatArray:
    """Return the points (...,3) that systems (...,4,4) tell; NaN for those at infinity."""
    _, vectors = np.linalg.eigh(normal)
    least = vectors[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        points = least[..., :3] / least[..., 3:]
    points[~np.isfinite(points).all(axis=-1)] = np.nan
    return points * (eyes.spread or 1.0) + eyes.middle


def _determined(eyes: _Eyes, pixels: FloatArray, used: BoolArray) -> BoolArray:
    """Return (k,) which points have two rays that are not parallel."""
    rays = _rays(eyes, pixels)
    shares = used / np.maximum(used.sum(axis=0), 1)
    # 0 for parallel rays; for two at an angle a its smallest value is (sin(a/2))².
    across = np.eye(3) - np.einsum("vk,vki,vkj->kij", shares, rays, rays)
    sine = 2.0 * np.sqrt(np.maximum(np.linalg.eigvalsh(across)[:, 0], 0.0))
    enough: BoolArray = (used.sum(axis=0) >= 2) & (sine > _PARALLEL)
    return enough


def _rays(eyes: _Eyes, pixels: FloatArray) -> FloatArray:
    """Return unit vectors (v,k,3) along which pixels are seen, world."""
    flat = eyes.flat(pixels)
    ahead = np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=2)
    turned = np.einsum("vji,vkj->vki", eyes.rotation, ahead)
    unit: FloatArray = turned / np.linalg.norm(turned, axis=2, keepdims=True)
    return unit


def _normal(
    eyes: _Eyes, pixels: FloatArray, w: FloatArray, points: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return J^T W J (k,3,3) and J^T W r (k,3) of the reprojection at points (k,3)."""
    seen = eyes.seen(points)
    with np.errstate(divide="ignore", invalid="ignore"):
        lens = eyes.focal[:, None] / seen[..., 2]
        flat = seen[..., :2] / seen[..., 2:]
    J = eyes.rotation[:, None, :2] - flat[..., None] * eyes.rotation[:, None, 2:]
    J = lens[..., None, None] * J
    r = pixels - eyes.centre[:, None] - eyes.focal[:, None, None] * flat
    counted = (w > 0.0) & (seen[..., 2] > 0.0)
    J, r = np.where(counted[..., None, None], J, 0.0), np.where(counted[..., None], r, 0.0)
    return np.einsum("vk,vkai,vkaj->kij", w, J, J), np.einsum("vk,vkai,vka->ki", w, J, r)


def _refined(eyes: _Eyes, pixels: FloatArray, w: FloatArray, points: FloatArray) -> FloatArray:
    """Return points (k,3) after some Gauss-Newton steps, none of which makes them worse."""
    points = points.copy()
    live = np.flatnonzero(np.isfinite(points).all(axis=1))
    cost = _cost(eyes, pixels, w, points)
    for _ in range(_STEPS):
        normal, slope = _normal(eyes, pixels[:, live], w[:, live], points[live])
        steps = np.einsum("kij,kj->ki", np.linalg.pinv(normal, hermitian=True), slope)
        tried = points.copy()
        tried[live] += steps
        new = _cost(eyes, pixels, w, tried)
        live = live[new[live] < cost[live]]
        if len(live) == 0:
            break
        points[live], cost[live] = tried[live], new[live]
    return points


def _cost(eyes: _Eyes, pixels: FloatArray, w: FloatArray, points: FloatArray) -> FloatArray:
    """Return (k,) weighted squared errors; infinite behind a camera that sees the point."""
    errors = np.where(w > 0.0, eyes.errors(points, pixels), 0.0)
    cost: FloatArray = (w * errors**2).sum(axis=0)
    return cost


def _proposals(eyes: _Eyes, pixels: FloatArray, w: FloatArray, most: int) -> FloatArray:
    """Return (p,k,3) the points of pairs of views; NaN where a pair tells none."""
    first, second = np.triu_indices(len(w), 1)
    kept = np.unique(np.linspace(0, len(first) - 1, min(most, len(first))).round().astype(int))
    first, second = first[kept], second[kept]
    if len(first) == 0:
        return np.empty((0, w.shape[1], 3))
    used = w > 0.0
    clean = np.where(used[..., None], pixels, 0.0)
    # A pair's equations count the same: how sure each view is matters where they are judged.
    equations = _equations(eyes, clean, used.astype(float))
    points = _linear(eyes, equations[first] + equations[second])
    rays = _rays(eyes, clean)
    sine = np.linalg.norm(np.cross(rays[first], rays[second]), axis=2)
    points[~(used[first] & used[second] & (sine > _PARALLEL))] = np.nan
    return points
