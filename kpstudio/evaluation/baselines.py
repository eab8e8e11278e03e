"""Trivial keypoints: what a model must beat to be worth anything."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.chamfer import nearest
from kpstudio.geometry.sampling import farthest_points

#: Names of the baselines.
BASELINES = ("random points", "farthest points", "box copy")


def random_points(samples: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Return `count` random points of a surface given by samples (p,3)."""
    return samples[rng.choice(len(samples), count, replace=False)]


def spread_points(samples: FloatArray, count: int) -> FloatArray:
    """Return `count` farthest points, the first the one farthest from the mean."""
    start = int(np.square(samples - samples.mean(axis=0)).sum(axis=1).argmax())
    return samples[farthest_points(samples, count, start)]


def box_copy(reference: FloatArray, keypoints: FloatArray, samples: FloatArray) -> FloatArray:
    """Return a reference shape's keypoints on another: stretched to its box, then snapped.

    Parameters
    ----------
    reference
        (p,3) samples of the reference shape.
    keypoints
        (k,3) its keypoints.
    samples
        (q,3) samples of the shape to copy them to.
    """
    stretched = stretch_to_box(keypoints, reference, samples)
    return samples[nearest(stretched, samples)[0]]


def stretch_to_box(points: FloatArray, source: FloatArray, target: FloatArray) -> FloatArray:
    """Return points (n,3), moved and scaled an axis at a time as box `source` goes to `target`.

    Parameters
    ----------
    points
        (n,3) points.
    source, target
        (p,3) and (q,3) clouds whose boxes are meant. A flat side keeps its scale.
    """
    low, high = source.min(axis=0), source.max(axis=0)
    new_low, new_high = target.min(axis=0), target.max(axis=0)
    side = high - low
    scale = np.divide(new_high - new_low, side, out=np.ones(3), where=side > 0.0)
    stretched: FloatArray = (points - (low + high) / 2.0) * scale + (new_low + new_high) / 2.0
    return stretched


def baseline_keypoints(name: str, samples: FloatArray, count: int, seed: int = 0) -> FloatArray:
    """Return (s,k,3) keypoints of a baseline for s shapes given by samples (s,p,3).

    "box copy" copies the farthest points of the first shape.

    Parameters
    ----------
    name
        One of `BASELINES`.
    samples
        (s,p,3) surface samples, normalised frame.
    count
        Number of keypoints.
    seed
        Seed of the random points.
    """
    if name == "random points":
        rng = np.random.default_rng(seed)
        return np.stack([random_points(cloud, count, rng) for cloud in samples])
    if name == "farthest points":
        return np.stack([spread_points(cloud, count) for cloud in samples])
    reference = samples[0]
    keypoints = spread_points(reference, count)
    return np.stack([box_copy(reference, keypoints, cloud) for cloud in samples])
