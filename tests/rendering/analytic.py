"""Shapes that rays can be cast at with pencil and paper."""

from __future__ import annotations

import numpy as np

from kpstudio.geometry.camera import Camera


def rays_of(camera: Camera) -> np.ndarray:
    """Directions (h,w,3) of unit depth through the pixels' centres, world."""
    directions = camera.directions(camera.pixel_centres())
    return directions / (directions @ camera.forward)[..., None]


def sphere_depth(camera: Camera, radius: float) -> np.ndarray:
    """Depth (h,w) of a ball around the origin; infinite beside it."""
    d, eye = rays_of(camera), camera.position
    a, b, c = (d * d).sum(-1), d @ eye, eye @ eye - radius**2
    inside = b * b - a * c
    return np.where(inside > 0.0, (-b - np.sqrt(np.maximum(inside, 0.0))) / a, np.inf)


def box_depth(camera: Camera, size: tuple[float, float, float]) -> np.ndarray:
    """Depth (h,w) of an axis-aligned box around the origin; infinite beside it."""
    d, eye, half = rays_of(camera), camera.position, np.array(size) / 2.0
    with np.errstate(divide="ignore"):
        sides = np.stack([(-half - eye) / d, (half - eye) / d])
    enter, leave = sides.min(0).max(-1), sides.max(0).min(-1)
    return np.where((enter < leave) & (leave > 0.0), enter, np.inf)
