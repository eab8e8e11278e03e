"""Labels that a detector gives itself: which are believed, and how they come into a pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.training.view_pool import ViewPool


def best(scores: FloatArray, share: float) -> BoolArray:
    """Return (s,g) which labels are believed: the best `share` of every landmark's, if any.

    Parameters
    ----------
    scores
        (s,g) how much each is agreed upon; 0 for those that are not.
    share
        0..1, of the shapes.
    """
    count = round(share * len(scores))
    ranks = np.argsort(np.argsort(-scores, axis=0, kind="stable"), axis=0, kind="stable")
    believed: BoolArray = (ranks < count) & (scores > 0.0)
    return believed


def with_labels(pool: ViewPool, points: FloatArray, labelled: BoolArray) -> ViewPool:
    """Return a pool with more landmarks: at points (s,g,3), where `labelled` (s,g).

    They count as visible in all views: that other views see what one does not is the gain.
    """
    landmarks = np.where(labelled[..., None], points, pool.landmarks).astype(np.float32)
    seen = np.einsum("svij,sgj->svgi", pool.rotations, landmarks) + pool.translations[:, :, None]
    middle = np.array(pool.size) / 2.0
    pixels = pool.focals[..., None, None] * seen[..., :2] / seen[..., 2:] + middle
    return replace(
        pool,
        landmarks=landmarks,
        known=pool.known | labelled,
        pixels=np.where(labelled[:, None, :, None], pixels, pool.pixels).astype(np.float32),
        visible=pool.visible | labelled[:, None],
    )


def untold(pool: ViewPool, told: BoolArray) -> ViewPool:
    """Return a pool without the landmarks of all shapes but those of rows `told` (s,)."""
    return replace(
        pool, known=pool.known & told[:, None], visible=pool.visible & told[:, None, None]
    )
