"""A pinhole camera: from points to pixels and back. All conventions of pictures stand here.

World to camera: x = R p + t. The camera's axes are those of computer vision: x to the right of the
picture, y down, z forward, into the scene. A point at depth z > 0 is seen at

    u = f x / z + w / 2,    v = f y / z + h / 2,

in pixels from the upper left corner of the picture, so that the first pixel's centre is at
(0.5, 0.5) and row r, column c of an array has its centre at (c + 0.5, r + 0.5). Depth is the
distance along the axis z, not along the ray.

OpenGL, in which KeypointNet and others are written, has y up and z backwards (depths are negative)
and rows from below: its camera axes are diag(1, -1, -1) times ours. Networks see unit coordinates:
-1..1 along the longer side, (0, 0) in the middle, y down as here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kpstudio.base.arrays import FloatArray, freeze
from kpstudio.base.errors import InputError

#: From the camera axes here to those of OpenGL, and back.
OPENGL_AXES: FloatArray = np.diag([1.0, -1.0, -1.0])
#: How near the up direction may be to the direction of view: the sine of the angle.
_PARALLEL = 1e-6


@dataclass(frozen=True, eq=False)
class Camera:
    """Where a picture was taken from, and with which lens.

    Parameters
    ----------
    rotation
        (3,3) proper rotation from world to camera axes.
    translation
        (3,) the world's origin in camera coordinates, world units.
    focal
        Focal length in pixels.
    size
        Width and height of the picture, pixels.

    Raises
    ------
    InputError
        No rotation, or a lens or a picture of no size.
    """

    rotation: FloatArray
    translation: FloatArray
    focal: float
    size: tuple[int, int]

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        rotation = freeze(self.rotation, (3, 3), float, "camera rotation")
        if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-6 or np.linalg.det(rotation) < 0.0:
            raise InputError("the camera's axes are no rotation")
        if not 0.0 < self.focal < np.inf or min(self.size) < 1:
            raise InputError(f"no picture of size {self.size} with focal length {self.focal}")
        fill = object.__setattr__
        fill(self, "rotation", rotation)
        fill(self, "translation", freeze(self.translation, (3,), float, "camera translation"))
        fill(self, "focal", float(self.focal))
        fill(self, "size", (int(self.size[0]), int(self.size[1])))

    @classmethod
    def look_at(
        cls,
        eye: FloatArray,
        target: FloatArray,
        up: FloatArray,
        angle: float,
        size: tuple[int, int],
    ) -> Camera:
        """Return the camera at `eye` (3,) that has `target` (3,) in the middle of its picture.

        Parameters
        ----------
        eye, target
            Two places.
        up
            (3,) direction that points upwards in the picture; any other one is taken when it
            lies along the view.
        angle
            Angle of view along the longer side, degrees.
        size
            Width and height of the picture, pixels.

        Raises
        ------
        InputError
            Eye and target coincide, or the angle is not between 0 and 180 degrees.
        """
        forward = np.asarray(target, float) - np.asarray(eye, float)
        distance = float(np.linalg.norm(forward))
        if not distance > 0.0 or not 0.0 < angle < 180.0:
            raise InputError(f"no camera looks at its own place, or with an angle of {angle}")
        forward = forward / distance
        right = np.cross(forward, up)
        if np.linalg.norm(right) < _PARALLEL * max(float(np.linalg.norm(up)), 1e-300):
            right = np.cross(forward, np.eye(3)[np.abs(forward).argmin()])
        right /= np.linalg.norm(right)
        rotation = np.stack([right, np.cross(forward, right), forward])
        focal = max(size) / 2.0 / np.tan(np.deg2rad(angle) / 2.0)
        return cls(rotation, -rotation @ np.asarray(eye, float), float(focal), size)

    @property
    def position(self) -> FloatArray:
        """(3,) where the camera is, world."""
        return -self.rotation.T @ self.translation

    @property
    def forward(self) -> FloatArray:
        """(3,) unit vector along which it looks, world."""
        return self.rotation[2]

    @property
    def centre(self) -> FloatArray:
        """(2,) the middle of the picture, pixels."""
        return np.array(self.size) / 2.0

    @property
    def matrix(self) -> FloatArray:
        """(3,4) P with (u z, v z, z) = P (p, 1)."""
        lens = np.array([[self.focal, 0.0, self.centre[0]], [0.0, self.focal, self.centre[1]],
                         [0.0, 0.0, 1.0]])  # fmt: skip
        return lens @ np.column_stack([self.rotation, self.translation])

    def to_camera(self, points: FloatArray) -> FloatArray:
        """Return points (...,3) of the world in camera coordinates."""
        return np.asarray(points, float) @ self.rotation.T + self.translation

    def to_world(self, points: FloatArray) -> FloatArray:
        """Return points (...,3) of the camera in world coordinates."""
        return (np.asarray(points, float) - self.translation) @ self.rotation

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return pixels (...,2) and depths (...,) of points (...,3); NaN pixels behind the eye."""
        seen = self.to_camera(points)
        depth = seen[..., 2]
        ahead = np.where(depth > 0.0, depth, np.nan)
        return self.focal * seen[..., :2] / ahead[..., None] + self.centre, depth

    def unproject(self, pixels: FloatArray, depth: FloatArray) -> FloatArray:
        """Return the points (...,3) seen at pixels (...,2) in depths (...,)."""
        depth = np.asarray(depth, float)
        flat = (np.asarray(pixels, float) - self.centre) / self.focal * depth[..., None]
        return self.to_world(np.concatenate([flat, depth[..., None]], axis=-1))

    def directions(self, pixels: FloatArray) -> FloatArray:
        """Return unit vectors (...,3) from the eye through pixels (...,2), world."""
        flat = (np.asarray(pixels, float) - self.centre) / self.focal
        rays = np.concatenate([flat, np.ones((*flat.shape[:-1], 1))], axis=-1) @ self.rotation
        unit: FloatArray = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
        return unit

    def pixel_centres(self) -> FloatArray:
        """Return (h,w,2) the centres of all pixels."""
        columns, rows = np.meshgrid(np.arange(self.size[0]) + 0.5, np.arange(self.size[1]) + 0.5)
        return np.stack([columns, rows], axis=2)

    def to_unit(self, pixels: FloatArray) -> FloatArray:
        """Return pixels (...,2) in unit coordinates, -1..1 along the longer side."""
        unit: FloatArray = (np.asarray(pixels, float) - self.centre) / (max(self.size) / 2.0)
        return unit

    def from_unit(self, places: FloatArray) -> FloatArray:
        """Return unit coordinates (...,2) in pixels."""
        pixels: FloatArray = np.asarray(places, float) * (max(self.size) / 2.0) + self.centre
        return pixels

    def resized(self, size: tuple[int, int]) -> Camera:
        """Return the camera of the same picture with other numbers of pixels.

        Raises
        ------
        InputError
            The picture would be stretched.
        """
        factor = size[0] / self.size[0]
        if abs(self.size[1] * factor - size[1]) > 0.5:
            raise InputError(f"a picture of {self.size} cannot be made {size} without stretching")
        return replace(self, focal=self.focal * factor, size=size)

    def moved(self, rotation: FloatArray, scale: float, translation: FloatArray) -> Camera:
        """Return the same camera where the world became s R p + t.

        It takes the same picture of the moved world; depths become s times as large.

        Parameters
        ----------
        rotation
            (3,3) R.
        scale
            s.
        translation
            (3,) t.
        """
        turned = self.rotation @ np.asarray(rotation, float).T
        shift = scale * self.translation - turned @ np.asarray(translation, float)
        return replace(self, rotation=turned, translation=shift)
