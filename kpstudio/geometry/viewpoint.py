"""From where a camera sees a shape, in the words people use: azimuth, elevation, roll, distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.geometry.camera import Camera


@dataclass(frozen=True)
class Viewpoint:
    """A camera's place around the origin of the canonical frame, and how it is held.

    Parameters
    ----------
    azimuth
        Degrees around the up axis, up to 180: 0 sees the front, 90 the shape's own left.
    elevation
        Degrees over the horizon.
    roll
        Degrees by which the shape's up direction leans to the right in the picture.
    distance
        From the eye to the origin, units of the frame.
    """

    azimuth: float
    elevation: float
    roll: float
    distance: float


def viewpoint_of(camera: Camera) -> Viewpoint:
    """Return the viewpoint of a camera whose world has +y up and +z to the front.

    With the eye at e = -Rᵀt: azimuth = atan2(e_x, e_z), elevation = atan2(e_y, |(e_x, e_z)|), and
    roll = atan2(R_12, -R_22), the direction in the picture of what is up. Looking straight up or
    down, azimuth and roll turn about the same axis, and their division is arbitrary.
    """
    x, y, z = camera.position
    right, down, _ = camera.rotation[:, 1]
    return Viewpoint(
        azimuth=float(np.rad2deg(np.arctan2(x, z))),
        elevation=float(np.rad2deg(np.arctan2(y, np.hypot(x, z)))),
        roll=float(np.rad2deg(np.arctan2(right, -down))),
        distance=float(np.linalg.norm(camera.translation)),
    )
