"""Whether keypoints in pictures mean the same on all shapes: landmarks as linear functions of them.

Thewlis, Bilen, Vedaldi 2017, "Unsupervised learning of object landmarks by factorized spatial
embeddings", doi:10.1109/ICCV.2017.348, and Zhang et al. 2018, arXiv:1804.04412, judge landmarks
found without labels so: a linear regression, fitted to training pictures, predicts annotated
landmarks of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.pose_figures import Posed

#: What the error shall be, share of the picture's side.
MOST_ERROR = 0.06
#: Pull of the coefficients towards 0, in squared shares of the picture's side.
_RIDGE = 1e-3


def regression_error(learned: Sequence[Posed], held_out: Sequence[Posed]) -> float | None:
    """Return the mean distance of predicted from true landmarks, share of the picture's side.

    Landmarks that the shape hides count as well. None if no landmarks are known.

    Parameters
    ----------
    learned
        Sights of shapes to fit the regression to, one a picture.
    held_out
        Sights of others.
    """
    learned, held_out = (
        [each for each in group if len(each.landmarks)] for group in (learned, held_out)
    )
    if not learned or not held_out:
        return None
    keypoints, landmarks, known = _stacked(learned)
    others, truth, asked = _stacked(held_out)
    distances = []
    for index in range(landmarks.shape[1]):
        rows, wanted = known[:, index], asked[:, index]
        if rows.any() and wanted.any():
            found = _fit(keypoints[rows], landmarks[rows, index], others[wanted])
            distances.append(np.linalg.norm(found - truth[wanted, index], axis=1))
    return float(np.concatenate(distances).mean()) if distances else None


def regression_targets(figures: Mapping[str, Any]) -> list[Target]:
    """Return the target for the figures of one kind of shapes."""
    error = (figures.get("pictures") or {}).get("2D consistency")
    if error is None:
        return []
    text = "landmarks by linear regression, mean error in shares of the picture, at most"
    return [Target(text, error, MOST_ERROR, error <= MOST_ERROR)]


def _fit(keypoints: FloatArray, landmark: FloatArray, others: FloatArray) -> FloatArray:
    """Return a landmark (m,2) at keypoints (m,2k), as it depends on others (n,2k) of (n,2)."""
    mean, middle = keypoints.mean(axis=0), landmark.mean(axis=0)
    x, y = keypoints - mean, landmark - middle
    square = x.T @ x + _RIDGE * np.eye(x.shape[1])
    predicted: FloatArray = (others - mean) @ np.linalg.solve(square, x.T @ y) + middle
    return predicted


def _stacked(posed: Sequence[Posed]) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return keypoints (n,2k), landmarks (n,g,2), shares of the side, and which are known."""
    sides = np.array([max(each.sight.picture.shape[:2]) for each in posed])
    keypoints = np.stack([each.sight.pixels.ravel() for each in posed]) / sides[:, None]
    landmarks = np.stack([each.landmarks for each in posed]) / sides[:, None, None]
    return keypoints, landmarks, np.stack([each.known for each in posed])
