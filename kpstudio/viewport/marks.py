"""Flat markers that face the viewer, of constant size on the screen."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.billboards import Billboards
from kpstudio.viewport.forms import Form
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import Color
from kpstudio.viewport.projection import Projection

#: The rim lies behind the form by so much of the radius.
_BEHIND = 0.3


class Marks(Billboards):
    """Markers of one form, over everything.

    Parameters
    ----------
    stage
        Where they stand.
    form
        The form of each.
    opacity
        1 for solid ones.
    lift
        How far they come towards the viewer, in radii: of two at one place, the one that is
        lifted more is drawn over the other.
    """

    def __init__(
        self, stage: Ground, form: Form, *, opacity: float = 1.0, lift: float = 2.0
    ) -> None:
        self._lift = lift
        (rim, rim_cells), (fill, fill_cells) = form.rim(), form.triangles()
        self._flat: FloatArray = np.concatenate([rim, fill])
        self._depth = np.where(np.arange(len(self._flat)) < len(rim), _BEHIND, 0.0)
        self._is_rim = self._depth > 0.0
        cells = np.concatenate([rim_cells, len(rim) + fill_cells])
        super().__init__(stage, len(self._flat), cells, opacity)

    def set(
        self,
        centers: FloatArray,
        origin: FloatArray,
        color: Color | FloatArray,
        rim: Color,
        radius: float | FloatArray,
    ) -> None:
        """Say what to draw.

        Parameters
        ----------
        centers
            (k,3) places in the world.
        origin
            (3,) near them: positions go to single precision relative to it.
        color, rim
            Of the form, one for all or (k,3), and of what lies around it.
        radius
            Logical pixels, one for all or (k,).
        """
        count = len(centers)
        fill = np.broadcast_to(np.asarray(color, float), (count, 3))
        two = np.where(self._is_rim[:, None], np.array(rim), fill[:, None])
        radii = np.broadcast_to(np.asarray(radius, float), (count,))
        self._put(centers, origin, two.reshape(-1, 3), radii)

    def place(self, view: Projection, ratio: float) -> None:
        """Turn them to the camera, with `ratio` device pixels a logical pixel."""
        if not self.actor.GetVisibility():
            return
        sizes = self._radii * ratio * view.pixel_sizes(self._centers)
        nearer = self._centers + (self._lift * sizes)[:, None] * _towards(view, self._centers)
        across = np.outer(self._flat[:, 0], view.right) + np.outer(self._flat[:, 1], view.up)
        corner = across + np.outer(self._depth, view.forward)
        self._move((nearer - self._origin)[:, None] + sizes[:, None, None] * corner)


def _towards(view: Projection, points: FloatArray) -> FloatArray:
    """Return (k,3) unit vectors from points to the eye."""
    if view.parallel:
        return np.broadcast_to(-view.forward, points.shape)
    away = view.eye - points
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1), 1e-300)[:, None])
