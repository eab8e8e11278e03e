"""How a shape is turned between two pictures, by the keypoints that a detector sees in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.views import Sight
from kpstudio.detectors.lens import Lens
from kpstudio.geometry.relative_rotation import angle_between, relative_rotation
from kpstudio.geometry.rotations import to_vectors


@dataclass(frozen=True, eq=False)
class RelativePose:
    """The rotation from the axes of the first camera to those of the second.

    Parameters
    ----------
    rotation
        (3,3) what the keypoints say.
    angle
        How far it turns, degrees.
    true_angle
        How far the cameras are turned from each other, degrees; None if they are not known.
    error
        Angle between what the keypoints say and the truth, degrees; None if it is not known.
    """

    rotation: FloatArray
    angle: float
    true_angle: float | None = None
    error: float | None = None

    @property
    def axis(self) -> FloatArray:
        """(3,) unit vector it turns about, the same in both cameras' axes; zeros without a turn."""
        vector = to_vectors(self.rotation)
        unit: FloatArray = vector / max(float(np.linalg.norm(vector)), np.finfo(float).tiny)
        return unit


def relative_pose(first: Sight, second: Sight, lens: Lens | None = None) -> RelativePose:
    """Return how the shape turns from one sight to another.

    Keypoints with depths are aligned by orthogonal Procrustes, each as sure as both sights are of
    it together; without depths the poses that the network found are compared.

    Parameters
    ----------
    first, second
        What one model sees in two pictures of one shape.
    lens
        Through which photos are seen, whose cameras are not known; the usual one by default.

    Raises
    ------
    InputError
        The sights have other numbers of keypoints, or neither depths nor poses.
    """
    if len(first.pixels) != len(second.pixels):
        raise InputError(
            "the two pictures have other numbers of keypoints",
            remedy="Look at both with the same model.",
        )
    if first.depth is not None and second.depth is not None:
        known = lens or Lens()
        weights = np.maximum(first.confidence * second.confidence, np.finfo(float).tiny)
        rotation = relative_rotation(_before(first, known), _before(second, known), weights)
    elif first.pose is not None and second.pose is not None:
        rotation = second.pose @ first.pose.T
    else:
        raise InputError(
            "keypoints without depths do not tell how a shape is turned",
            remedy="Use a detector that knows depths or poses, such as keypointnet.",
        )
    angle = float(angle_between(np.eye(3), rotation))
    if first.camera is None or second.camera is None:
        return RelativePose(rotation, angle)
    truth = second.camera.rotation @ first.camera.rotation.T
    return RelativePose(
        rotation,
        angle,
        float(angle_between(np.eye(3), truth)),
        float(angle_between(rotation, truth)),
    )


def _before(sight: Sight, lens: Lens) -> FloatArray:
    """Return the keypoints (k,3) of a sight in the axes of its camera."""
    assert sight.depth is not None
    # Photos are looked at as squares of the lens's own size.
    camera, depth = sight.camera or lens.camera, sight.depth
    flat = (sight.pixels - camera.centre) / camera.focal * depth[:, None]
    return np.column_stack([flat, depth])
