"""How far lifted keypoints are from the true ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.geometry.procrustes import align
from kpstudio.geometry.relative_rotation import angle_between


@dataclass(frozen=True, eq=False)
class LiftingErrors:
    """Errors of v pictures.

    Parameters
    ----------
    position
        (v,) mean distance along the camera's axes, the best scale and shift being given: what
        C3DPO (arXiv:1909.02533) reports, without its choice of the better mirror image.
    mirrored
        (v,) the same with near and far exchanged.
    shape
        (v,) mean distance after the best similarity: the shape alone.
    rotation
        (v,) degrees from the true rotation: the pose alone.
    """

    position: FloatArray
    mirrored: FloatArray
    shape: FloatArray
    rotation: FloatArray


def lifting_errors(
    shapes: FloatArray,
    rotations: FloatArray,
    truth: FloatArray,
    true_rotations: FloatArray,
    known: BoolArray,
) -> LiftingErrors:
    """Compare lifted keypoints with true ones; distances in the units of the truth.

    Parameters
    ----------
    shapes, truth
        (v,g,3) in the shapes' axes.
    rotations, true_rotations
        (v,3,3) from there to the camera's axes.
    known
        (v,g) which keypoints count, four or more in each picture.
    """
    columns = []
    for shape, rotation, true, turn, rows in zip(
        shapes, rotations, truth, true_rotations, known, strict=True
    ):
        found, there = shape[rows], true[rows]
        seen, target = found @ rotation.T, there @ turn.T
        laid = align(found, there).apply(found)
        columns.append(
            (
                _scaled_distance(seen, target),
                _scaled_distance(seen * (1.0, 1.0, -1.0), target),
                np.linalg.norm(laid - there, axis=1).mean(),
            )
        )
    position, mirrored, shape_alone = np.array(columns).reshape(-1, 3).T
    return LiftingErrors(position, mirrored, shape_alone, angle_between(rotations, true_rotations))


def _scaled_distance(points: FloatArray, target: FloatArray) -> float:
    """Return the mean distance under the best scale, not negative, and shift."""
    x, y = points - points.mean(axis=0), target - target.mean(axis=0)
    scale = max(float((x * y).sum() / np.square(x).sum()), 0.0)
    return float(np.linalg.norm(scale * x - y, axis=1).mean())
