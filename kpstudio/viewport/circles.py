"""Circles in space that face the viewer, each with its radius in world units."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.billboards import Billboards
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.projection import Projection

_CORNERS = 64
_STEPS = np.arange(_CORNERS, dtype=np.int32)
_ANGLES = 2.0 * np.pi * _STEPS / _CORNERS
_LINES = np.stack([_STEPS, (_STEPS + 1) % _CORNERS], axis=1)


class Circles(Billboards):
    """Circles over everything: the outlines of spheres.

    Parameters
    ----------
    stage
        Where they stand.
    width
        Of the line, logical pixels.
    opacity
        1 for solid ones.
    """

    def __init__(self, stage: Ground, width: float = 1.5, opacity: float = 1.0) -> None:
        super().__init__(stage, _CORNERS, _LINES, opacity)
        self._width = width

    def set(
        self, centers: FloatArray, origin: FloatArray, colors: FloatArray, radii: FloatArray
    ) -> None:
        """Say what to draw.

        Parameters
        ----------
        centers
            (k,3) places in the world.
        origin
            (3,) near them: positions go to single precision relative to it.
        colors
            (k,3) 0..1.
        radii
            (k,) world units; 0 for one that is not drawn.
        """
        self._put(centers, origin, np.repeat(colors, _CORNERS, axis=0), radii)

    def place(self, view: Projection, ratio: float) -> None:
        """Turn them to the camera."""
        if not self.actor.GetVisibility():
            return
        self.actor.GetProperty().SetLineWidth(self._width * ratio)
        circle = np.outer(np.cos(_ANGLES), view.right) + np.outer(np.sin(_ANGLES), view.up)
        self._move((self._centers - self._origin)[:, None] + self._radii[:, None, None] * circle)
