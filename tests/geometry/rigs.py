"""Cameras around the origin and what they see, for tests of what several views tell."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.camera import Camera

UP = np.array([0.0, 1.0, 0.0])


def ring(count: int, distance: float = 2.5, height: float = 0.8) -> list[Camera]:
    """Cameras in a circle that look at the origin, 128 x 128 pixels, 37 degrees."""
    turns = np.arange(count) * 2.0 * np.pi / count
    eyes = distance * np.column_stack([np.sin(turns), np.full(count, height), np.cos(turns)])
    return [Camera.look_at(eye, np.zeros(3), UP, 37.0, (128, 128)) for eye in eyes]


def seen_by(cameras: list[Camera], points: FloatArray) -> FloatArray:
    """Return (v,k,2) pixels."""
    return np.stack([camera.project(points)[0] for camera in cameras])
