"""Line segments in space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import Float32Array, FloatArray, IntArray
from kpstudio.rendering.vtk_arrays import cells_over, points_over
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import Color


class Lines:
    """Segments of one colour, their width in logical pixels.

    Parameters
    ----------
    stage
        Where they stand.
    width
        Logical pixels.
    overlay
        Draw them over everything.
    opacity
        1 for solid ones.
    """

    def __init__(
        self, stage: Ground, width: float = 1.5, *, overlay: bool = False, opacity: float = 1.0
    ) -> None:
        self._stage, self._width = stage, width
        self.actor, mapper = vtkActor(), vtkPolyDataMapper()
        self._polydata = vtkPolyData()
        mapper.SetInputData(self._polydata)
        self.actor.SetMapper(mapper)
        style = self.actor.GetProperty()
        style.SetLighting(False)
        style.SetOpacity(opacity)
        stage.add(self.actor, overlay=overlay)
        self._positions: Float32Array = np.zeros((0, 3), np.float32)
        self._points = points_over(self._positions)

    def show(self, visible: bool) -> None:
        """Show or hide them."""
        self.actor.SetVisibility(visible)

    def set_segments(self, segments: IntArray, count: int) -> None:
        """Say which of `count` points are joined: pairs (s,2)."""
        self._positions = np.zeros((count, 3), np.float32)
        self._points = points_over(self._positions)
        self._polydata.SetPoints(self._points)
        self._polydata.SetLines(cells_over(np.asarray(segments, np.int32).reshape(-1, 2)))

    def set_points(self, points: ArrayLike, origin: FloatArray) -> None:
        """Put the points (count,3) in place; single precision relative to `origin` (3,)."""
        self._positions[...] = np.asarray(points, float) - origin
        self.actor.SetPosition(*origin)
        self._points.Modified()
        self._polydata.Modified()

    def set_color(self, color: Color) -> None:
        """Take another colour."""
        self.actor.GetProperty().SetColor(*color)

    def place(self, ratio: float) -> None:
        """Set the width for `ratio` device pixels a logical pixel."""
        self.actor.GetProperty().SetLineWidth(self._width * ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)
