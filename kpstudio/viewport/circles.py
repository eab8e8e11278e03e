"""Circles in space that face the viewer, each with its radius in world units."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.viewport.arrays import cells_over, points_over, shared
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.stage import Stage

_CORNERS = 64
_ANGLES = 2.0 * np.pi * np.arange(_CORNERS) / _CORNERS


class Circles:
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

    def __init__(self, stage: Stage, width: float = 1.5, opacity: float = 1.0) -> None:
        self._stage, self._width = stage, width
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
    def radii(self) -> FloatArray:
        """(k,) world units."""
        return self._radii

    def show(self, visible: bool) -> None:
        """Show or hide them all."""
        self.actor.SetVisibility(visible and len(self._centers) > 0)

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
        if len(centers) != len(self._centers):
            self._allocate(len(centers))
        self._centers, self._origin, self._radii = centers, origin, radii
        self.actor.SetPosition(*origin)
        self._colors[...] = np.round(np.repeat(colors, _CORNERS, axis=0) * 255.0)
        self._polydata.GetPointData().GetScalars().Modified()

    def set_radii(self, radii: FloatArray) -> None:
        """Take other radii (k,), world units; `place` applies them."""
        self._radii = radii

    def place(self, view: Projection, ratio: float) -> None:
        """Turn them to the camera."""
        if not self.actor.GetVisibility():
            return
        self.actor.GetProperty().SetLineWidth(self._width * ratio)
        circle = np.outer(np.cos(_ANGLES), view.right) + np.outer(np.sin(_ANGLES), view.up)
        places = (self._centers - self._origin)[:, None] + self._radii[:, None, None] * circle
        self._positions[...] = places.reshape(-1, 3)
        self._points.Modified()
        self._polydata.Modified()

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)

    def _allocate(self, count: int) -> None:
        self._centers = np.zeros((count, 3))
        self._positions: Float32Array = np.zeros((count * _CORNERS, 3), np.float32)
        self._colors: ByteArray = np.zeros((count * _CORNERS, 3), np.uint8)
        self._points = points_over(self._positions)
        here = np.arange(_CORNERS)
        ring = np.stack([here, (here + 1) % _CORNERS], axis=1)
        cells = ring[None] + _CORNERS * np.arange(count)[:, None, None]
        self._polydata.Initialize()
        self._polydata.SetPoints(self._points)
        self._polydata.SetLines(cells_over(cells.reshape(-1, 2)))
        self._polydata.GetPointData().SetScalars(shared(self._colors, "color"))
