"""From what several pictures show to keypoints in space, how sure, and where pictures disagree.

Everything is in the normalised frame: lengths are longest sides of the shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import Float32Array, FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.overlay import Overlay
from kpstudio.data.views import Sight
from kpstudio.detectors.category import confidence_of
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.triangulation import triangulate, triangulate_ransac

#: Views agree on a keypoint that is this far from where they show it at most, pixels of 128.
_AGREE = 6.0
#: Views disagree about a keypoint when half of them are farther away than this.
_APART = 0.1
#: No view counts for nothing: a network may be sure of none.
_LEAST = 1e-6
#: Steps towards a geometric median, and the distance below which a point counts no more.
_STEPS, _NEAR = 30, 1e-3
#: Points along an ellipse, and the longest half axis that is drawn.
_CORNERS, _LARGEST = 24, 0.5
#: How much of a ray is drawn, longest sides, and how thick the surest is as a line of an overlay.
_RAY, _THIN = 0.25, 0.3


@dataclass(frozen=True, eq=False)
class Fused:
    """k keypoints in space.

    Parameters
    ----------
    positions
        (k,3) normalised frame.
    confidence
        (k,) 0..1.
    covariance
        (k,3,3) how sure each position is; None if that is not known.
    overlays
        As in `Detection`, normalised frame, besides rays and covariance.
    notes
        As in `Detection`.
    maps
        More maps of each view, by name, as in `Sight`; none, or one mapping a view.
    """

    positions: FloatArray
    confidence: FloatArray
    covariance: FloatArray | None = None
    overlays: tuple[Overlay, ...] = ()
    notes: tuple[str, ...] = ()
    maps: tuple[Mapping[str, Float32Array], ...] = ()


def fuse(sights: Sequence[Sight]) -> Fused:
    """Return the keypoints that sights of several cameras agree on.

    Where the network knows depths, a keypoint is the geometric median of the places that the
    views give it, weighted by confidence (the point of least sum w_v |x - x_v|): a view that takes
    left for right moves it little. Else it is triangulated from the views that agree.

    Its confidence is that of the views, the surer ones counting more, times exp(-(d / 0.1)² / 2)
    where d is the distance from it within which half of the views show it.

    Raises
    ------
    InputError
        A sight has no camera, or there are none.
    """
    cameras = cameras_of(sights)
    weights = np.maximum(np.stack([sight.confidence for sight in sights]), _LEAST)
    if places_of(sights) is not None:
        return fuse_at(sights, weights, geometric_median)
    return _fused(sights, *_triangulated(sights, cameras, weights))


def fuse_at(
    sights: Sequence[Sight],
    weights: FloatArray,
    middle: Callable[[FloatArray, FloatArray], FloatArray],
) -> Fused:
    """Return keypoints in the middle of where sights that know depths put them.

    Parameters
    ----------
    sights
        What was seen in v pictures.
    weights
        (v,k) how much each view counts, positive.
    middle
        From points (v,k,3) and weights to the middle of each (k,3).

    Raises
    ------
    InputError
        A sight has no camera or no depths, or there are none.
    """
    cameras_of(sights)
    places = places_of(sights)
    if places is None:
        raise InputError("keypoints of these pictures have no depths")
    positions = middle(places, weights)
    return _fused(sights, positions, _scatter(places - positions, weights))


def _fused(sights: Sequence[Sight], positions: FloatArray, covariance: FloatArray | None) -> Fused:
    """Return positions (k,3) with how sure the sights are of them."""
    weights = np.maximum(np.stack([sight.confidence for sight in sights]), _LEAST)
    doubt = np.median(np.linalg.norm(nearest(sights, positions) - positions, axis=2), axis=0)
    confidence = confidence_of(doubt) * np.average(weights, axis=0, weights=weights)
    return Fused(positions, np.clip(confidence, 0.0, 1.0), covariance, notes=disagreement(doubt))


def cameras_of(sights: Sequence[Sight]) -> list[Camera]:
    """Return the cameras of sights.

    Raises
    ------
    InputError
        One has none, or there are no sights.
    """
    cameras = [sight.camera for sight in sights if sight.camera is not None]
    if not sights or len(cameras) < len(sights):
        raise InputError("keypoints in space need pictures whose cameras are known")
    return cameras


def places_of(sights: Sequence[Sight]) -> FloatArray | None:
    """Return (v,k,3) where each sight sees its keypoints; None unless all know depths."""
    places = [
        sight.camera.unproject(sight.pixels, sight.depth)
        for sight in sights
        if sight.depth is not None and sight.camera is not None
    ]
    return np.stack(places) if len(places) == len(sights) else None


def geometric_median(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return (k,3) the points of least sum_v w_v |x - x_v|.

    Weiszfeld's iteration (1937, Tohoku Mathematical Journal 43) from the weighted means.

    Parameters
    ----------
    points
        (v,k,3) of v views.
    weights
        (v,k) positive.
    """
    x = weighted_mean(points, weights)
    for _ in range(_STEPS):
        x = weighted_mean(points, weights / np.maximum(np.linalg.norm(points - x, axis=2), _NEAR))
    return x


def weighted_mean(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return (k,3) the weighted means of points (v,k,3)."""
    mean: FloatArray = np.einsum("vk,vki->ki", weights / weights.sum(axis=0), points)
    return mean


def _scatter(offsets: FloatArray, weights: FloatArray) -> FloatArray:
    """Return (k,3,3) the weighted covariance of offsets (v,k,3)."""
    shares = weights / weights.sum(axis=0)
    return np.einsum("vk,vki,vkj->kij", shares, offsets, offsets)


def _triangulated(
    sights: Sequence[Sight], cameras: Sequence[Camera], weights: FloatArray
) -> tuple[FloatArray, FloatArray | None]:
    """Return positions and covariances: of views that agree, else of all, else of the surest."""
    pixels = np.stack([sight.pixels for sight in sights])
    positions = _along(pixels, cameras, weights)
    if len(sights) < 2:
        return positions, None
    size = max(cameras[0].size)
    agreeing = triangulate_ransac(cameras, pixels, weights, _AGREE * size / 128.0)
    every = triangulate(cameras, pixels, weights)
    covariance = np.tile(_LARGEST**2 * np.eye(3), (len(positions), 1, 1))
    for told in (every, agreeing):
        found, used = told.found, told.used[:, told.found]
        squares = np.where(used, told.errors[:, found], 0.0) ** 2 * weights[:, found]
        noise = squares.sum(axis=0) / np.maximum(used.sum(axis=0), 1)
        positions[found] = told.points[found]
        covariance[found] = noise[:, None, None] * told.covariance[found]
    # Rays that nearly miss each other can meet anywhere: outside of the views nothing is shown.
    farthest = max(float(np.linalg.norm(camera.position)) for camera in cameras)
    lost = np.linalg.norm(positions, axis=1) > farthest
    positions[lost] = _along(pixels, cameras, weights)[lost]
    covariance[lost] = _LARGEST**2 * np.eye(3)
    return positions, covariance


def _along(pixels: FloatArray, cameras: Sequence[Camera], weights: FloatArray) -> FloatArray:
    """Return (k,3) where the surest view of each keypoint sees it, as deep as the middle is."""
    surest = weights.argmax(axis=0)
    depth = np.array([float(camera.to_camera(np.zeros(3))[2]) for camera in cameras])
    return np.stack(
        [
            cameras[view].unproject(pixels[view, index], np.float64(depth[view]))
            for index, view in enumerate(surest)
        ]
    )


def nearest(sights: Sequence[Sight], positions: FloatArray) -> FloatArray:
    """Return (v,k,3) the place nearest to each position (k,3) where each view shows it.

    That is where the view puts it, or, where it knows no depth, the nearest point of its ray.
    """
    places = places_of(sights)
    if places is not None:
        return places
    found = []
    for sight, camera in zip(sights, cameras_of(sights), strict=True):
        rays = camera.directions(sight.pixels)
        along = np.einsum("ki,ki->k", positions - camera.position, rays)
        found.append(camera.position + np.maximum(along, 0.0)[:, None] * rays)
    return np.stack(found)


def disagreement(doubt: FloatArray) -> tuple[str, ...]:
    """Return what to say of keypoints about which the views disagree.

    Parameters
    ----------
    doubt
        (k,) distance from each within which half of the views show it.
    """
    apart = int((doubt > _APART).sum())
    if not apart:
        return ()
    return (
        f"the views disagree about {apart} of {len(doubt)} keypoints: half of them show these "
        f"more than {_APART:.0%} of the longest side away; see their rays and covariance",
    )


def rays(sights: Sequence[Sight], positions: FloatArray) -> Overlay:
    """Return the last stretch of the rays from each camera to where it shows each keypoint.

    The whole rays of a few views would hide the shape. They are as strong as the view is sure, and
    thin: the strongest lines of overlays are as thick as bones.
    """
    ends = nearest(sights, positions)
    eyes = np.stack([camera.position for camera in cameras_of(sights)])
    back = eyes[:, None] - ends
    lengths = np.maximum(np.linalg.norm(back, axis=2, keepdims=True), np.finfo(float).tiny)
    starts = ends + back * np.minimum(_RAY / lengths, 1.0)
    count = ends.shape[0] * ends.shape[1]
    lines = np.stack([np.arange(count), count + np.arange(count)], axis=1)
    strength = np.concatenate([sight.confidence for sight in sights])
    points = np.concatenate([starts.reshape(-1, 3), ends.reshape(-1, 3)])
    return Overlay("rays", points, lines, values=_THIN * np.clip(strength, 0.0, 1.0))


def ellipsoids(positions: FloatArray, covariance: FloatArray) -> Overlay:
    """Return the principal ellipses of two standard deviations around positions (k,3)."""
    variances, axes = np.linalg.eigh(covariance)
    lengths = np.minimum(2.0 * np.sqrt(np.maximum(variances, 0.0)), _LARGEST)
    half = axes * lengths[:, None, :]  # columns
    turn = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    rings = [
        np.einsum("kia,ac->kci", half[:, :, pair], circle) for pair in ([0, 1], [1, 2], [2, 0])
    ]
    points = np.stack(rings, axis=1) + positions[:, None, None, :]
    first = np.arange(points.shape[0] * 3 * _CORNERS).reshape(-1, _CORNERS)
    lines = np.stack([first, np.roll(first, -1, axis=1)], axis=2).reshape(-1, 2)
    return Overlay("covariance", points.reshape(-1, 3), lines)
