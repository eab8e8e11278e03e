"""From the world to the screen and back: plain numbers, no VTK.

A camera at eye e looks along f, with r to the right and u up. A point p has depth z = (p - e) . f
and lies at

    screen = size / 2 + ((p - e) . r, (p - e) . u) / s(z) * height / 2,

with s(z) = z tan(angle / 2) in perspective, and s = half the visible height in parallel
projection. Screen coordinates are device pixels from the bottom left, as VTK counts them. Working
with differences from the eye keeps all digits for shapes far away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.procrustes import Similarity


@dataclass(frozen=True)
class Ray:
    """A half line from `origin` (3,) along the unit vector `direction` (3,)."""

    origin: FloatArray
    direction: FloatArray

    def at(self, distance: float) -> FloatArray:
        """Return the point (3,) at a distance from the origin."""
        return self.origin + distance * self.direction

    def meet_plane(self, point: FloatArray, normal: FloatArray) -> FloatArray | None:
        """Return where the ray meets a plane (3,); None when it is parallel to it or behind."""
        slope = float(self.direction @ normal)
        if abs(slope) < 1e-9:
            return None
        distance = float((point - self.origin) @ normal) / slope
        return self.at(distance) if distance > 0.0 else None


@dataclass(frozen=True, eq=False)
class Projection:
    """How a camera maps the world to a picture.

    Parameters
    ----------
    eye
        (3,) where the camera is.
    right, up, forward
        (3,) orthonormal axes of the camera.
    half
        Tangent of half the vertical angle of view; in parallel projection half the visible
        height, world units.
    parallel
        Whether the projection is parallel.
    size
        Width and height of the picture, device pixels.
    """

    eye: FloatArray
    right: FloatArray
    up: FloatArray
    forward: FloatArray
    half: float
    parallel: bool
    size: tuple[int, int]

    def within(self, place: Similarity) -> Projection:
        """Return the same picture, taken in the coordinates of a shape that stands at a place.

        Parameters
        ----------
        place
            Carries the shape's coordinates into the world.
        """
        turn = place.rotation
        return replace(
            self,
            eye=(self.eye - place.translation) @ turn / place.scale,
            right=self.right @ turn,
            up=self.up @ turn,
            forward=self.forward @ turn,
            half=self.half / place.scale if self.parallel else self.half,
        )

    def depths(self, points: ArrayLike) -> FloatArray:
        """Return (n,) distances of points (n,3) from the eye along the view."""
        depths: FloatArray = (np.asarray(points, float) - self.eye) @ self.forward
        return depths

    def to_screen(self, points: ArrayLike) -> FloatArray:
        """Return (n,2) device pixels of points (n,3); NaN for those behind the eye."""
        away = np.asarray(points, float).reshape(-1, 3) - self.eye
        flat = np.stack([away @ self.right, away @ self.up], axis=1)
        center = np.array(self.size) / 2.0
        halves = self._half_heights(away @ self.forward)[:, None]
        screen: FloatArray = center + flat / halves * center[1]
        return screen

    def pixel_sizes(self, points: ArrayLike) -> FloatArray:
        """Return (n,) how long one device pixel is at points (n,3), world units."""
        depths = self.depths(np.asarray(points, float).reshape(-1, 3))
        return np.nan_to_num(self._half_heights(depths)) / (self.size[1] / 2.0)

    def ray(self, x: float, y: float) -> Ray:
        """Return the ray through a device pixel."""
        across = (x - self.size[0] / 2.0) / (self.size[1] / 2.0) * self.half
        along = (y - self.size[1] / 2.0) / (self.size[1] / 2.0) * self.half
        shift = across * self.right + along * self.up
        if self.parallel:
            return Ray(self.eye + shift, self.forward)
        direction = self.forward + shift
        return Ray(self.eye, direction / np.linalg.norm(direction))

    def _half_heights(self, depths: FloatArray) -> FloatArray:
        if self.parallel:
            return np.full(len(depths), self.half)
        return np.where(depths > 0.0, depths, np.nan) * self.half
