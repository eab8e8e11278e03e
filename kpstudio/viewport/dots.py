"""Very many small dots, their size in logical pixels."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import FloatArray
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.projection import Projection

#: Opacity of the dots that a surface hides.
_BEHIND = 0.35
#: Device pixels: smaller dots are not seen in small pictures.
_SMALLEST = 2.0


class Dots:
    """Dots, each with its own colour and opacity; those that a surface hides shine through.

    Parameters
    ----------
    stage
        Where they stand.
    size
        Diameter, logical pixels.
    """

    def __init__(self, stage: Ground, size: float = 6.0) -> None:
        self._stage, self._size = stage, size
        self._polydata, mapper = vtkPolyData(), vtkPolyDataMapper()
        mapper.SetInputData(self._polydata)
        mapper.SetColorModeToDirectScalars()
        self.actor, self.behind = vtkActor(), vtkActor()
        for actor in (self.actor, self.behind):
            actor.SetMapper(mapper)
            actor.GetProperty().SetLighting(False)
            actor.GetProperty().SetRenderPointsAsSpheres(True)
        stage.add(self.actor)
        stage.add(self.behind, overlay=True)
        #: (p,4) red, green, blue and opacity drawn, 0..1.
        self.colors: FloatArray = np.zeros((0, 4))

    def set(self, centers: FloatArray, colors: FloatArray, origin: FloatArray) -> None:
        """Say what to draw.

        Parameters
        ----------
        centers
            (p,3) places in the world.
        colors
            (p,4) red, green, blue and opacity, 0..1.
        origin
            (3,) near them: positions go to single precision relative to it.
        """
        self.colors = colors
        count = len(centers)
        self._polydata.SetPoints(points_over((centers - origin).astype(np.float32)))
        self._polydata.SetVerts(cells_over(np.arange(count, dtype=np.int32).reshape(count, 1)))
        codes = np.rint(colors * 255.0).astype(np.uint8)
        self._polydata.GetPointData().SetScalars(shared(codes, "color"))
        for actor in (self.actor, self.behind):
            actor.SetPosition(*origin)

    def set_opacity(self, opacity: float) -> None:
        """Let all of them fade."""
        self.actor.GetProperty().SetOpacity(opacity)
        self.behind.GetProperty().SetOpacity(opacity * _BEHIND)

    def show(self, visible: bool) -> None:
        """Show or hide them."""
        for actor in (self.actor, self.behind):
            actor.SetVisibility(visible and len(self.colors) > 0)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the size on the screen."""
        for actor in (self.actor, self.behind):
            actor.GetProperty().SetPointSize(max(self._size * ratio, _SMALLEST))

    def close(self) -> None:
        """Leave the stage."""
        for actor in (self.actor, self.behind):
            self._stage.remove(actor)
