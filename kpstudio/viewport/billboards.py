"""Copies of one flat outline, over everything, that face the viewer."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray, IntArray
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared
from kpstudio.viewport.ground import Ground


class Billboards:
    """What `Circles` and `Marks` share: an actor, its buffers, written in place.

    Parameters
    ----------
    stage
        Where they stand.
    corners
        Points of one copy.
    cells
        (m,2) lines or (m,3) triangles of one copy.
    opacity
        1 for solid ones.
    """

    def __init__(self, stage: Ground, corners: int, cells: IntArray, opacity: float) -> None:
        self._stage, self._corners, self._cells = stage, corners, cells
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
        """(k,) their sizes."""
        return self._radii

    def show(self, visible: bool) -> None:
        """Show or hide them all."""
        self.actor.SetVisibility(visible and len(self._centers) > 0)

    def set_radii(self, radii: FloatArray) -> None:
        """Take other radii (k,), 0 for none; `place` applies them."""
        self._radii = radii

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)

    def _put(
        self, centers: FloatArray, origin: FloatArray, colors: FloatArray, radii: FloatArray
    ) -> None:
        """Take centers (k,3), colors of all their corners (k*c,3) 0..1 and radii (k,)."""
        if len(centers) != len(self._centers):
            self._allocate(len(centers))
        self._centers, self._origin, self._radii = centers, origin, radii
        self.actor.SetPosition(*origin)
        self._colors[...] = np.round(colors * 255.0)
        self._polydata.GetPointData().GetScalars().Modified()

    def _move(self, places: FloatArray) -> None:
        """Take the corners (k,c,3), relative to the origin."""
        self._positions[...] = places.reshape(-1, 3)
        self._points.Modified()
        self._polydata.Modified()

    def _allocate(self, count: int) -> None:
        size, sides = self._corners, self._cells.shape[1]
        self._centers = np.zeros((count, 3))
        self._positions: Float32Array = np.zeros((count * size, 3), np.float32)
        self._colors: ByteArray = np.zeros((count * size, 3), np.uint8)
        self._points = points_over(self._positions)
        copies = self._cells[None] + size * np.arange(count, dtype=np.int32)[:, None, None]
        cells = cells_over(copies.reshape(-1, sides))
        self._polydata.Initialize()
        self._polydata.SetPoints(self._points)
        if sides == 2:
            self._polydata.SetLines(cells)
        else:
            self._polydata.SetPolys(cells)
        self._polydata.GetPointData().SetScalars(shared(self._colors, "color"))
