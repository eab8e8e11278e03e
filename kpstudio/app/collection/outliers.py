"""How far keypoints and shapes are from what is usual in a collection."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.geometry.generalised_procrustes import LEAST, bring_together
from kpstudio.geometry.procrustes import align

#: Least usual distance: keypoints nearer to the mean than that are where they should be.
_EXACT = 1e-3
#: Rounds of weights that let a shape be held by most of its keypoints.
_ROUNDS = 30


def outlier_scores(places: FloatArray, seen: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return how far keypoints are from the mean of all shapes, and how far shapes are.

    Shapes are aligned with each other, and each then with the mean by the least sum of distances in
    place of squares: one keypoint that is far off does not turn its shape. The score of a shape is
    the root mean square, over its keypoints, of their distance from the mean by the median of that
    distance among all shapes, and at least of all keypoints: about 1 for a shape that is like the
    others.

    Parameters
    ----------
    places
        (n,k,3) keypoints with labels, any unit.
    seen
        (n,k) whether they are there.

    Returns
    -------
    residuals
        (n,k) distances, root mean square size of the mean shape = 1; NaN where a keypoint is
        missing, and on shapes with too few.
    scores
        (n,) scores, infinite for shapes with too few keypoints.
    """
    residuals = np.full(seen.shape, np.nan)
    scores = np.full(len(seen), np.inf)
    shapes = np.flatnonzero(seen.sum(axis=1) >= LEAST)
    if len(shapes) == 0:
        return residuals, scores
    labels = np.flatnonzero(seen[shapes].any(axis=0))
    part = np.ix_(shapes, labels)
    together = bring_together(places[part], seen[part])
    residuals[part] = [_settled(points, together.mean) for points in together.points]
    # Keypoints by which most shapes are held are next to the mean: no yardstick on their own.
    everywhere = max(float(np.nanmedian(residuals[part])), _EXACT)
    usual = np.maximum(np.nanmedian(residuals[part], axis=0), everywhere)
    scores[shapes] = np.sqrt(np.nanmean(np.square(residuals[part] / usual), axis=1))
    return residuals, scores


def _settled(points: FloatArray, mean: FloatArray) -> FloatArray:
    """Return (k,) distances from the mean (k,3) after the motion with the least sum of them.

    By weights of squares (E. Weiszfeld, "Sur le point pour lequel la somme des distances de n
    points donnés est minimum", Tohoku Mathematical Journal 43, 1937).
    """
    there = ~np.isnan(points[:, 0])
    source, target = points[there], mean[there]
    distances = np.linalg.norm(source - target, axis=1)
    for _ in range(_ROUNDS):
        weights = 1.0 / np.maximum(distances, _EXACT)
        moved = align(source, target, weights=weights).apply(source)
        distances = np.linalg.norm(moved - target, axis=1)
    whole = np.full(len(points), np.nan)
    whole[there] = distances
    return whole
