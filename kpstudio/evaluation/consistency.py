"""Whether keypoint i means the same place on every shape, by ground-truth landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import InputError

#: PCK threshold, as a fraction of the diagonal of the shape's bounding box.
PCK_THRESHOLD = 0.1


@dataclass(frozen=True, eq=False)
class LabelledShapes:
    """Predicted and ground-truth keypoints of s shapes, normalised frame.

    Parameters
    ----------
    predicted
        (s,k,3) predictions.
    landmarks
        (s,g,3) ground truth, anything where not known.
    known
        (s,g) which landmarks each shape has.
    diagonals
        (s,) diagonals of the bounding boxes.
    """

    predicted: FloatArray
    landmarks: FloatArray
    known: BoolArray
    diagonals: FloatArray

    def __len__(self) -> int:
        """Return the number of shapes."""
        return len(self.predicted)

    def nearest_landmarks(self) -> NDArray[np.intp]:
        """Return (s,k) the known landmark nearest to each prediction."""
        offsets = self.predicted[:, :, None] - self.landmarks[:, None]
        distances = np.linalg.norm(offsets, axis=3)
        distances[np.broadcast_to(~self.known[:, None], distances.shape)] = np.inf
        nearest: NDArray[np.intp] = distances.argmin(axis=2)
        return nearest


@dataclass(frozen=True, eq=False)
class Consistency:
    """How consistent predictions are.

    Parameters
    ----------
    das
        Fraction of (shape, keypoint) whose nearest landmark is the keypoint's label.
    pck
        Fraction within 0.1 diagonals of the label's place plus the keypoint's mean offset.
    labels
        (k,) landmark that each keypoint stands for.
    agreement
        (k,) `das` of every keypoint alone; NaN where no held-out shape has the label.
    shapes
        Number of held-out shapes scored.
    """

    das: float
    pck: float
    labels: NDArray[np.intp]
    agreement: FloatArray
    shapes: int


def majority_labels(shapes: LabelledShapes) -> NDArray[np.intp]:
    """Return (k,) for each keypoint the landmark that is most often nearest to it."""
    nearest = shapes.nearest_landmarks()
    count = shapes.landmarks.shape[1]
    return np.array([np.bincount(column, minlength=count).argmax() for column in nearest.T])


def consistency(training: LabelledShapes, held_out: LabelledShapes) -> Consistency:
    """Score predictions on held-out shapes, with labels and mean offsets from training shapes.

    After the dual alignment score of Skeleton Merger (Shi, Xue, You, Lu 2021,
    doi:10.1109/CVPR46437.2021.00011), with labels by majority instead of by one reference shape. A
    held-out shape that lacks a keypoint's label is left out for that keypoint.

    Raises
    ------
    InputError
        There is nothing to score.
    """
    if len(training) == 0 or len(held_out) == 0:
        raise InputError("consistency needs labelled training shapes and held-out shapes")
    labels = majority_labels(training)
    counted = held_out.known[:, labels]
    agrees = held_out.nearest_landmarks() == labels
    misses = held_out.predicted - held_out.landmarks[:, labels] - _mean_offsets(training, labels)
    limit = PCK_THRESHOLD * held_out.diagonals[:, None]
    close = np.linalg.norm(misses, axis=2) <= limit
    if not counted.any():
        raise InputError("no held-out shape has any of the landmarks that keypoints stand for")
    totals = counted.sum(axis=0)
    agreement = np.full(len(labels), np.nan)
    np.divide((agrees & counted).sum(axis=0), totals, out=agreement, where=totals > 0)
    return Consistency(
        das=float(agrees[counted].mean()),
        pck=float(close[counted].mean()),
        labels=labels,
        agreement=agreement,
        shapes=len(held_out),
    )


def _mean_offsets(shapes: LabelledShapes, labels: NDArray[np.intp]) -> FloatArray:
    """Return (k,3) where keypoints lie on average, seen from the landmarks they stand for."""
    offsets = shapes.predicted - shapes.landmarks[:, labels]
    counted = shapes.known[:, labels][:, :, None]
    mean: FloatArray = (offsets * counted).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    return mean
