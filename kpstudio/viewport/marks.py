"""Flat markers that face the viewer, of constant size on the screen."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.viewport.arrays import cells_over, points_over, shared
from kpstudio.viewport.forms import Form
from kpstudio.viewport.palette import Color
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.stage import Stage

#: The rim lies behind the form by so much of the radius.
_BEHIND = 0.3


class Marks:
    """Markers of one form and colour, over everything.

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
        self, stage: Stage, form: Form, *, opacity: float = 1.0, lift: float = 2.0
    ) -> None:
        self._stage, self._lift = stage, lift
        (rim, rim_cells), (fill, fill_cells) = form.rim(), form.triangles()
        self._flat: FloatArray = np.concatenate([rim, fill])
        self._depth = np.where(np.arange(len(self._flat)) < len(rim), _BEHIND, 0.0)
        self._is_rim = self._depth > 0.0
        self._cells = np.concatenate([rim_cells, len(rim) + fill_cells])
        self.actor, mapper = vtkActor(), vtkPolyDataMapper()
        self._polydata = vtkPolyData()
        mapper.SetInputData(self._polydata)
        mapper.SetColorModeToDirectScalars()
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().SetLighting(False)
        self.actor.GetProperty().SetOpacity(opacity)
        stage.add(self.actor, overlay=True)
        self._centers: FloatArray = np.zeros((0, 3))
        self._radii: FloatArray = np.zeros(0)
        self._origin: FloatArray = np.zeros(3)
        self._allocate(0)

    @property
    def centers(self) -> FloatArray:
        """(k,3) where they are."""
        return self._centers

    @property
    def radii(self) -> FloatArray:
        """(k,) logical pixels."""
        return self._radii

    def show(self, visible: bool) -> None:
        """Show or hide them all."""
        self.actor.SetVisibility(visible and len(self._centers) > 0)

    def set(
        self, centers: FloatArray, origin: FloatArray, color: Color, rim: Color, radius: float
    ) -> None:
        """Say what to draw.

        Parameters
        ----------
        centers
            (k,3) places in the world.
        origin
            (3,) near them: positions go to single precision relative to it.
        color, rim
            Of the form, and of what lies around it.
        radius
            Logical pixels.
        """
        if len(centers) != len(self._centers):
            self._allocate(len(centers))
        self._centers, self._origin = centers, origin
        self._radii = np.full(len(centers), radius)
        self.actor.SetPosition(*origin)
        two = np.where(self._is_rim[:, None], np.array(rim), np.array(color))
        self._colors[...] = np.round(np.tile(two, (len(centers), 1)) * 255.0)
        self._polydata.GetPointData().GetScalars().Modified()

    def set_radii(self, radii: FloatArray) -> None:
        """Take other radii (k,), logical pixels, 0 for none; `place` applies them."""
        self._radii = radii

    def place(self, view: Projection, ratio: float) -> None:
        """Turn them to the camera, with `ratio` device pixels a logical pixel."""
        if not self.actor.GetVisibility():
            return
        sizes = self._radii * ratio * view.pixel_sizes(self._centers)
        nearer = self._centers + (self._lift * sizes)[:, None] * _towards(view, self._centers)
        across = np.outer(self._flat[:, 0], view.right) + np.outer(self._flat[:, 1], view.up)
        corner = across + np.outer(self._depth, view.forward)
        places = (nearer - self._origin)[:, None] + sizes[:, None, None] * corner
        self._positions[...] = places.reshape(-1, 3)
        self._points.Modified()
        self._polydata.Modified()

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)

    def _allocate(self, count: int) -> None:
        size = len(self._flat)
        self._centers = np.zeros((count, 3))
        self._positions: Float32Array = np.zeros((count * size, 3), np.float32)
        self._colors: ByteArray = np.zeros((count * size, 3), np.uint8)
        self._points = points_over(self._positions)
        cells = self._cells[None] + size * np.arange(count, dtype=np.int32)[:, None, None]
        self._polydata.Initialize()
        self._polydata.SetPoints(self._points)
        self._polydata.SetPolys(cells_over(cells.reshape(-1, 3)))
        self._polydata.GetPointData().SetScalars(shared(self._colors, "color"))


def _towards(view: Projection, points: FloatArray) -> FloatArray:
    """Return (k,3) unit vectors from points to the eye."""
    if view.parallel:
        return np.broadcast_to(-view.forward, points.shape)
    away = view.eye - points
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1), 1e-300)[:, None])
