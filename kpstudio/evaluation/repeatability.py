"""Repeatability: how many keypoints are found again at the same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Repeatability:
    """Keypoints of a shape that were found again after a disturbance.

    With t the ground-truth motion back, a keypoint p of the original that lies on the overlap is
    repeated at a threshold e if some keypoint q of the disturbed shape has |t(q) - p| <= e
    (Tombari, Salti, Di Stefano 2013, Performance evaluation of 3D keypoint detectors,
    doi:10.1007/s11263-012-0545-4).

    Parameters
    ----------
    absolute
        Number of repeated keypoints, one for each threshold.
    counted
        Number of keypoints of the original on the overlap: what could have been repeated.
    """

    absolute: tuple[int, ...]
    counted: int

    @property
    def relative(self) -> tuple[float, ...]:
        """`absolute` as a share of `counted`; NaN where nothing could be repeated."""
        if self.counted == 0:
            return (float("nan"),) * len(self.absolute)
        return tuple(count / self.counted for count in self.absolute)


def repeatability(
    keypoints: FloatArray,
    again: FloatArray,
    thresholds: Sequence[float],
    overlap: BoolArray | None = None,
) -> Repeatability:
    """Compare the keypoints of a shape with those of the disturbed shape, carried back.

    Parameters
    ----------
    keypoints
        (k,3) keypoints of the original.
    again
        (m,3) keypoints of the disturbed shape in the original's coordinates.
    thresholds
        Largest distances at which a keypoint counts as found again, in the same unit.
    overlap
        (k,) which keypoints lie on what both shapes show; all by default.
    """
    if overlap is not None:
        keypoints = keypoints[overlap]
    limits = np.asarray(thresholds, np.float64)
    if len(keypoints) == 0 or len(again) == 0:
        return Repeatability((0,) * len(limits), len(keypoints))
    gaps = np.linalg.norm(keypoints[:, None] - again[None], axis=2).min(axis=1)
    repeated = (gaps[:, None] <= limits).sum(axis=0)
    return Repeatability(tuple(repeated.tolist()), len(keypoints))
