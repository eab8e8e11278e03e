"""Several cameras as arrays: what triangulation asks of all of them at once.

Pixels (v,k,2) and weights (v,k) are those of k points in v views; a weight of 0 is no view.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.geometry.camera import Camera


class CameraArray:
    """v cameras in one world.

    Parameters
    ----------
    cameras
        At least one.

    Raises
    ------
    InputError
        There are none.
    """

    def __init__(self, cameras: Sequence[Camera]) -> None:
        if not cameras:
            raise InputError("there are no cameras to triangulate with")
        self.rotation = np.stack([camera.rotation for camera in cameras])  # (v,3,3)
        self.translation = np.stack([camera.translation for camera in cameras])
        self.focal = np.array([camera.focal for camera in cameras])
        self.centre = np.stack([camera.centre for camera in cameras])
        self.position = np.stack([camera.position for camera in cameras])
        #: Middle and size of the rig: the linear system is solved in its frame, where it is
        #: balanced.
        self.middle = self.position.mean(axis=0)
        self.spread = float(np.linalg.norm(self.position - self.middle, axis=1).max())

    def seen(self, points: FloatArray) -> FloatArray:
        """Return points (...,k,3) in the axes of each camera (...,v,k,3)."""
        turned = np.einsum("vij,...kj->...vki", self.rotation, points)
        return turned + self.translation[:, None]

    def errors(self, points: FloatArray, pixels: FloatArray) -> FloatArray:
        """Return (...,v,k) errors in pixels of points (...,k,3); infinite behind a camera."""
        seen = self.seen(points)
        with np.errstate(divide="ignore", invalid="ignore"):
            places = self.focal[:, None, None] * seen[..., :2] / seen[..., 2:]
            errors = np.linalg.norm(places + self.centre[:, None] - pixels, axis=-1)
        return np.where(seen[..., 2] <= 0.0, np.inf, errors)

    def flat(self, pixels: FloatArray) -> FloatArray:
        """Return pixels (v,k,2) on the plane at depth 1 of each camera."""
        return (pixels - self.centre[:, None]) / self.focal[:, None, None]

    def rays(self, pixels: FloatArray) -> FloatArray:
        """Return unit vectors (v,k,3) along which pixels are seen, world."""
        flat = self.flat(pixels)
        ahead = np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=2)
        turned = np.einsum("vji,vkj->vki", self.rotation, ahead)
        unit: FloatArray = turned / np.linalg.norm(turned, axis=2, keepdims=True)
        return unit

    def cost(self, pixels: FloatArray, w: FloatArray, points: FloatArray) -> FloatArray:
        """Return (k,) weighted squared errors; infinite behind a camera that sees the point."""
        errors = np.where(w > 0.0, self.errors(points, pixels), 0.0)
        cost: FloatArray = (w * errors**2).sum(axis=0)
        return cost

    def equations(self, pixels: FloatArray, w: FloatArray) -> FloatArray:
        """Return the normal matrices (v,k,4,4) of what each view says of (X, 1) in the rig's frame.

        Two equations a view, x r3 - r1 = 0 and y r3 - r2 = 0, with rows of [R | t].
        """
        scale = self.spread or 1.0
        shift = self.translation + np.einsum("vij,j->vi", self.rotation, self.middle)
        rows = np.concatenate([self.rotation, shift[:, :, None] / scale], axis=2)[:, None]
        equations = self.flat(pixels)[..., None] * rows[:, :, 2:] - rows[:, :, :2]
        lens = w * (self.focal**2)[:, None]
        return np.einsum("vk,vkai,vkaj->vkij", lens, equations, equations)

    def information(
        self, pixels: FloatArray, w: FloatArray, points: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return J^T W J (k,3,3) and J^T W r (k,3) of the reprojection at points (k,3)."""
        seen = self.seen(points)
        with np.errstate(divide="ignore", invalid="ignore"):
            lens = self.focal[:, None] / seen[..., 2]
            flat = seen[..., :2] / seen[..., 2:]
        J = self.rotation[:, None, :2] - flat[..., None] * self.rotation[:, None, 2:]
        J = lens[..., None, None] * J
        r = pixels - self.centre[:, None] - self.focal[:, None, None] * flat
        counted = (w > 0.0) & (seen[..., 2] > 0.0)
        J, r = np.where(counted[..., None, None], J, 0.0), np.where(counted[..., None], r, 0.0)
        return np.einsum("vk,vkai,vkaj->kij", w, J, J), np.einsum("vk,vkai,vka->ki", w, J, r)
