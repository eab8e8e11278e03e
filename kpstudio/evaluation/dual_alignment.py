"""Dual alignment scores (DAS): whether keypoint i means the same on all shapes; three variants.

They bear the same name in the literature and measure different things. `consistency` holds the
fourth, with labels by majority over training shapes, which is what our model cards show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.evaluation.consistency import LabelledShapes


@dataclass(frozen=True)
class DualAlignment:
    """Two shares of agreement and their mean; each 0 to 1.

    Parameters
    ----------
    forward
        Keypoint i has the same nearest landmark on both shapes of a pair.
    backward
        A landmark has the same nearest keypoint on both shapes of a pair.
    """

    forward: float
    backward: float

    @property
    def score(self) -> float:
        """The mean of both."""
        return 0.5 * (self.forward + self.backward)


def das_all_references(shapes: LabelledShapes) -> DualAlignment:
    """Return the scores with every shape as the reference of every other one.

    Skeleton Merger (Shi, Xue, You, Lu 2021, doi:10.1109/CVPR46437.2021.00011). Its script also
    compares every shape with itself, which adds a share 1 / s of agreement for nothing: left out
    here.
    """
    count = len(shapes)
    if count < 2:
        raise InputError("a dual alignment score needs two shapes or more")
    first, second = np.nonzero(~np.eye(count, dtype=bool))
    return _agreement(shapes, first, second)


def das_one_reference(shapes: LabelledShapes, reference: int = 0) -> DualAlignment:
    """Return the scores of all other shapes against one.

    Parameters
    ----------
    shapes
        At least two.
    reference
        Which one; a random one is what Skeleton Merger's text describes.
    """
    if len(shapes) < 2:
        raise InputError("a dual alignment score needs two shapes or more")
    others = np.flatnonzero(np.arange(len(shapes)) != reference)
    return _agreement(shapes, np.full(len(others), reference), others)


def index_agreement(keypoints: FloatArray) -> float:
    """Return how often keypoint i of the first shape is nearest to keypoint i of another.

    What the code of SC3K (Zohaib, Del Bue 2023, ICCV) calls DAS. It asks no ground truth:
    keypoints that never move score 1.

    Parameters
    ----------
    keypoints
        (s,k,3) keypoints of s shapes, normalised frame; at least two shapes.
    """
    if len(keypoints) < 2:
        raise InputError("a dual alignment score needs two shapes or more")
    gaps = np.linalg.norm(keypoints[1:, None] - keypoints[0][None, :, None], axis=3)
    return float((gaps.argmin(axis=2) == np.arange(keypoints.shape[1])).mean())


def _agreement(shapes: LabelledShapes, first: np.ndarray, second: np.ndarray) -> DualAlignment:
    labels = shapes.nearest_landmarks()
    forward = float((labels[first] == labels[second]).mean())
    offsets = shapes.predicted[:, :, None] - shapes.landmarks[:, None]
    keypoint = np.linalg.norm(offsets, axis=3).argmin(axis=1)
    both = shapes.known[first] & shapes.known[second]
    same = (keypoint[first] == keypoint[second]) & both
    used = both.sum(axis=0)
    # Every landmark counts alike, however many shapes have it.
    by_landmark = same.sum(axis=0)[used > 0] / used[used > 0]
    return DualAlignment(forward, float(by_landmark.mean()) if len(by_landmark) else float("nan"))
