"""Cameras around a shape in the normalised frame.

All look at the origin from the same distance, with the lens that all picture networks are trained
with: the shape, whose longest side is 1, fills most of the picture from every side. The y axis
points up and +z to the front: azimuth 0 sees the front, azimuth 90 the side at +x.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import ParameterError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.normals import tangents

#: From the eye to the origin.
DISTANCE = 2.5
#: Angle of view, degrees; at the origin the picture shows 0.84 up and down.
ANGLE = 37.0
#: Width and height, pixels.
SIZE = (128, 128)

_UP = np.array([0.0, 1.0, 0.0])
_FRONT = (0.0, 0.0, 1.0)
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def looking_from(
    direction: FloatArray,
    *,
    distance: float = DISTANCE,
    angle: float = ANGLE,
    size: tuple[int, int] = SIZE,
) -> Camera:
    """Return the camera that sees the origin from a direction.

    Parameters
    ----------
    direction
        (3,) from the origin to the eye, any length.
    distance
        From the eye to the origin.
    angle
        Angle of view along the longer side, degrees.
    size
        Width and height of the picture, pixels.

    Raises
    ------
    InputError
        The direction has no length, or the angle is not between 0 and 180 degrees.
    """
    eye = np.asarray(direction, float)
    eye = eye * (distance / max(float(np.linalg.norm(eye)), np.finfo(float).tiny))
    return Camera.look_at(eye, np.zeros(3), _UP, angle, size)


def turntable(
    count: int,
    elevation: float = 20.0,
    start: float = 0.0,
    *,
    distance: float = DISTANCE,
    angle: float = ANGLE,
    size: tuple[int, int] = SIZE,
) -> tuple[Camera, ...]:
    """Return cameras on a circle around the y axis, at equal steps.

    Parameters
    ----------
    count
        Number of cameras, at least 1.
    elevation
        How far above the horizon they are, degrees.
    start
        Azimuth of the first one, degrees.
    distance, angle, size
        As in `looking_from`.

    Raises
    ------
    ParameterError
        No camera is asked for.
    """
    azimuth = np.deg2rad(start) + 2.0 * np.pi * np.arange(_at_least_one(count)) / count
    height = np.deg2rad(elevation)
    flat = np.cos(height)
    directions = np.stack(
        [flat * np.sin(azimuth), np.full(count, np.sin(height)), flat * np.cos(azimuth)], axis=1
    )
    return _all_from(directions, distance, angle, size)


def sphere(
    count: int,
    *,
    distance: float = DISTANCE,
    angle: float = ANGLE,
    size: tuple[int, int] = SIZE,
) -> tuple[Camera, ...]:
    """Return cameras on all sides, spread evenly along a spiral from above to below.

    Each stands for an equal share of the sphere, turned on by the golden angle (Vogel 1979, "A
    better way to construct the sunflower head", doi:10.1016/0025-5564(79)90080-4).

    Parameters
    ----------
    count
        Number of cameras, at least 1.
    distance, angle, size
        As in `looking_from`.

    Raises
    ------
    ParameterError
        No camera is asked for.
    """
    return _all_from(_spiral(count, 1.0, -1.0), distance, angle, size)


def hemisphere(
    count: int,
    *,
    distance: float = DISTANCE,
    angle: float = ANGLE,
    size: tuple[int, int] = SIZE,
) -> tuple[Camera, ...]:
    """Return cameras on all sides but from below; otherwise as `sphere`."""
    return _all_from(_spiral(count, 1.0, 0.0), distance, angle, size)


def cone(
    count: int,
    rng: np.random.Generator,
    axis: tuple[float, float, float] = _FRONT,
    opening: float = 60.0,
    *,
    distance: float = DISTANCE,
    angle: float = ANGLE,
    size: tuple[int, int] = SIZE,
) -> tuple[Camera, ...]:
    """Return cameras at random in a cone, every direction in it with the same chance.

    Parameters
    ----------
    count
        Number of cameras, at least 1.
    rng
        Where chance comes from.
    axis
        The middle of the cone, from the origin; any length but zero.
    opening
        From the axis to the side of the cone, degrees; with 180 the cone is the whole sphere.
    distance, angle, size
        As in `looking_from`.

    Raises
    ------
    ParameterError
        No camera is asked for, or no such cone exists.
    """
    middle = np.asarray(axis, float)
    length = float(np.linalg.norm(middle))
    if not length > 0.0 or not 0.0 <= opening <= 180.0:
        raise ParameterError(
            f"no cone around {axis} opens by {opening} degrees",
            remedy="Give an axis of some length and 0 to 180 degrees.",
        )
    # Equal heights on a sphere bound equal areas (Archimedes).
    along = rng.uniform(np.cos(np.deg2rad(opening)), 1.0, _at_least_one(count))
    turn = rng.uniform(0.0, 2.0 * np.pi, count)
    away = np.sqrt(np.maximum(1.0 - along**2, 0.0))
    local = np.stack([away * np.cos(turn), away * np.sin(turn), along], axis=1)
    first, second = tangents(middle[None] / length)
    frame = np.concatenate([first, second, middle[None] / length])
    return _all_from(local @ frame, distance, angle, size)


def band(
    count: int,
    rng: np.random.Generator,
    lowest: float = 0.0,
    highest: float = 40.0,
    *,
    distance: float = DISTANCE,
    angle: float = ANGLE,
    size: tuple[int, int] = SIZE,
) -> tuple[Camera, ...]:
    """Return cameras at random between two elevations: what picture networks are trained on.

    Parameters
    ----------
    count
        Number of cameras, at least 1.
    rng
        Where chance comes from.
    lowest, highest
        Elevations above the horizon, degrees; every one between has the same chance.
    distance, angle, size
        As in `looking_from`.

    Raises
    ------
    ParameterError
        No camera is asked for.
    """
    azimuth = rng.uniform(0.0, 2.0 * np.pi, _at_least_one(count))
    height = np.deg2rad(rng.uniform(lowest, highest, count))
    flat = np.cos(height)
    directions = np.stack([flat * np.sin(azimuth), np.sin(height), flat * np.cos(azimuth)], axis=1)
    return _all_from(directions, distance, angle, size)


def nearer(camera: Camera, distance: float) -> Camera:
    """Return a camera of a rig at another distance, which sees the origin's surroundings as large.

    Parameters
    ----------
    camera
        One that looks at the origin.
    distance
        From the eye to the origin.
    """
    factor = distance / float(np.linalg.norm(camera.translation))
    return replace(camera, translation=factor * camera.translation, focal=factor * camera.focal)


def _spiral(count: int, top: float, bottom: float) -> FloatArray:
    """Return (count,3) directions whose heights go from `top` to `bottom`."""
    steps: NDArray[np.intp] = np.arange(_at_least_one(count))
    height = top + (bottom - top) * (steps + 0.5) / count
    away, turn = np.sqrt(1.0 - height**2), steps * _GOLDEN_ANGLE
    return np.stack([away * np.sin(turn), height, away * np.cos(turn)], axis=1)


def _at_least_one(count: int) -> int:
    if count < 1:
        raise ParameterError(f"{count} cameras see nothing", remedy="Ask for at least one.")
    return count


def _all_from(
    directions: FloatArray, distance: float, angle: float, size: tuple[int, int]
) -> tuple[Camera, ...]:
    return tuple(
        looking_from(direction, distance=distance, angle=angle, size=size)
        for direction in directions
    )
