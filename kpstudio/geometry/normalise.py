"""The normalised frame: the unit cube around the origin in which every network works."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import Orientation


@dataclass(frozen=True, eq=False)
class Normalisation:
    """A similarity from file coordinates to the normalised frame, and back.

    normalised = (rotation @ file - centre) / scale: the axis-aligned bounding box (in canonical
    axes) is centred on the origin and its longest side has length 1.

    Parameters
    ----------
    rotation
        (3,3) rotation from file axes to canonical axes (+y up, +z front).
    centre
        (3,) centre of the box in canonical axes, file units.
    scale
        Longest side of the box, file units.
    """

    rotation: FloatArray
    centre: FloatArray
    scale: float

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        object.__setattr__(self, "rotation", freeze(self.rotation, (3, 3), float, "rotation"))
        object.__setattr__(self, "centre", freeze(self.centre, (3,), float, "centre"))
        object.__setattr__(self, "scale", float(self.scale))

    @classmethod
    def fit(cls, points: FloatArray, orientation: Orientation | None = None) -> Normalisation:
        """Return the normalisation of a cloud (n,3) with the given orientation.

        Raises
        ------
        InputError
            No points, or all of them in one place.
        """
        if len(points) == 0:
            raise InputError("there are no points to normalise")
        rotation = (orientation or Orientation()).rotation
        canonical = points @ rotation.T
        low, high = canonical.min(axis=0), canonical.max(axis=0)
        scale = float((high - low).max())
        if not scale > 0.0:
            raise InputError("the shape has no extent: all its points coincide")
        return cls(rotation, (low + high) / 2.0, scale)

    def apply(self, points: FloatArray) -> FloatArray:
        """Return points (n,3) in the normalised frame."""
        return (points @ self.rotation.T - self.centre) / self.scale

    def invert(self, points: FloatArray) -> FloatArray:
        """Return normalised points (n,3) in file coordinates."""
        return (points * self.scale + self.centre) @ self.rotation

    def apply_vectors(self, vectors: FloatArray) -> FloatArray:
        """Return offsets (n,3) given in file coordinates in the normalised frame."""
        return vectors @ self.rotation.T / self.scale

    def invert_vectors(self, vectors: FloatArray) -> FloatArray:
        """Return normalised offsets (n,3) in file coordinates."""
        return np.asarray(vectors) * self.scale @ self.rotation

    def apply_camera(self, camera: Camera) -> Camera:
        """Return the camera of file coordinates that takes the same picture of this frame."""
        return camera.moved(self.rotation, 1.0 / self.scale, -self.centre / self.scale)

    def invert_camera(self, camera: Camera) -> Camera:
        """Return the camera of this frame that takes the same picture of file coordinates."""
        back = self.rotation.T
        return camera.moved(back, self.scale, back @ self.centre)
