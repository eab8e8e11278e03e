"""Paint and light for rendered views, at random: networks shall go by shape, not by shading."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.data.views import View
from kpstudio.rendering.shading import random_lighting, shade

#: Share of the views that stay as they are.
_PLAIN = 0.4
#: Most waves of paint of a view.
_WAVES = 3
#: Largest number of waves of paint along the shape's longest side.
_FINEST = 4.0


def random_look(view: View, rng: np.random.Generator) -> ByteArray:
    """Return (h,w,3) uint8 a view in random colours under random lights, black around it.

    Paint is a colour and a few plane waves of others through space. A share of the views keep the
    look in which detectors see meshes.

    Parameters
    ----------
    view
        A view of a shape whose longest side is 1.
    rng
        Source of chance.
    """
    colour: ByteArray = np.zeros_like(view.colour)
    mask = view.mask
    if rng.uniform() < _PLAIN:
        colour[mask] = view.colour[mask]
        return colour
    camera = view.camera
    pixels = camera.pixel_centres()[mask]
    paint = 255.0 * _paint(camera.unproject(pixels, view.depth[mask].astype(float)), rng)
    rays = camera.directions(pixels) @ camera.rotation.T
    normals = view.normals[mask].astype(float)
    lit = shade(random_lighting(rng), normals, rays, camera.rotation, paint)
    colour[mask] = lit.astype(np.uint8)
    return colour


def _paint(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return (n,3) colours 0..1 of points (n,3): mostly greyish, now and then vivid."""
    grey, vivid = rng.uniform(0.3, 1.0), rng.uniform() ** 2
    paint = np.full((len(points), 3), grey) + vivid * rng.uniform(-0.4, 0.4, 3)
    for _ in range(rng.integers(_WAVES + 1)):
        wave = rng.normal(0.0, 1.0, 3)
        wave *= 2.0 * np.pi * rng.uniform(0.5, _FINEST) / max(float(np.linalg.norm(wave)), 1e-9)
        height = np.sin(points @ wave + rng.uniform(0.0, 2.0 * np.pi))
        paint += height[:, None] * rng.uniform(-0.2, 0.2, 3)
    return np.clip(paint, 0.05, 1.0)
