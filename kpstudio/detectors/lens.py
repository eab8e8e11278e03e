"""The camera that a network knows from its training, and others made like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.rotations import from_vectors
from kpstudio.rendering import rigs

#: Where cameras may be around a shape: at one height, on its upper half, on all sides.
RIGS = ("turntable", "hemisphere", "sphere")


class LensOfRig(TypedDict):
    """Keywords that all rigs share."""

    distance: float
    angle: float
    size: tuple[int, int]


@dataclass(frozen=True)
class Lens:
    """The camera a network was trained with.

    Parameters
    ----------
    size
        Pixels along a side of its square pictures.
    angle
        Angle of view, degrees.
    distance
        From the eye to the shape's middle, longest sides.
    """

    size: int = rigs.SIZE[0]
    angle: float = rigs.ANGLE
    distance: float = rigs.DISTANCE

    @property
    def rig(self) -> LensOfRig:
        """What the functions of `rendering.rigs` are told of it."""
        size = (self.size, self.size)
        return {"distance": self.distance, "angle": self.angle, "size": size}

    @property
    def camera(self) -> Camera:
        """It in front of the shape, normalised frame."""
        return rigs.looking_from(np.array([0.0, 0.0, 1.0]), **self.rig)

    def around(self, rig: str, count: int, elevation: float = 20.0) -> tuple[Camera, ...]:
        """Return cameras around the shape, normalised frame.

        Parameters
        ----------
        rig
            One of `RIGS`.
        count
            How many.
        elevation
            Height of a turntable over the horizon, degrees.

        Raises
        ------
        ParameterError
            There is no such rig, or no camera is asked for.
        """
        if rig == "turntable":
            return rigs.turntable(count, elevation, **self.rig)
        if rig == "hemisphere":
            return rigs.hemisphere(count, **self.rig)
        if rig == "sphere":
            return rigs.sphere(count, **self.rig)
        raise ParameterError(f"there is no rig {rig!r}", remedy=f"Choose among {', '.join(RIGS)}.")

    def square(self, camera: Camera) -> Camera:
        """Return the camera of the square around a camera's picture, with its own lens."""
        focal = camera.focal * self.size / max(camera.size)
        return replace(camera, focal=focal, size=(self.size, self.size))

    def turned_as(self, camera: Camera) -> Camera:
        """Return it where it sees the shape from where a camera does, turned as that one is."""
        away = float(np.linalg.norm(camera.translation))
        ahead = np.array([0.0, 0.0, 1.0])
        towards = camera.translation / away if away > 0.0 else ahead
        if towards[2] <= 0.0:
            raise InputError("the camera looks away from the shape", remedy="Turn it round.")
        # The least turn that brings the shape to the middle of the picture.
        axis = np.cross(towards, ahead)
        sine = float(np.linalg.norm(axis))
        turn = from_vectors(axis * (np.arctan2(sine, towards[2]) / max(sine, np.finfo(float).tiny)))
        rotation = turn @ camera.rotation
        return replace(self.camera, rotation=rotation, translation=self.distance * ahead)
