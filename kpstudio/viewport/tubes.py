"""Straight tubes in space, each with its own radius in world units."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import FloatArray
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import Color
from kpstudio.viewport.projection import Projection

_SIDES = 12
#: Opacity of the parts that a surface hides.
_BEHIND = 0.35


class Tubes:
    """Tubes of one colour; what a surface hides of them shines through.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._input, self._filter = vtkPolyData(), vtkTubeFilter()
        self._filter.SetInputData(self._input)
        self._filter.SetNumberOfSides(_SIDES)
        self._filter.SetCapping(True)
        self._filter.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(self._filter.GetOutputPort())
        mapper.SetScalarVisibility(False)
        self.actor, self.behind = vtkActor(), vtkActor()
        for actor in (self.actor, self.behind):
            actor.SetMapper(mapper)
            actor.GetProperty().SetBackfaceCulling(True)
        self.actor.GetProperty().SetAmbient(0.35)
        self.actor.GetProperty().SetDiffuse(0.75)
        self.behind.GetProperty().SetLighting(False)
        stage.add(self.actor)
        stage.add(self.behind, overlay=True)
        #: (l,) radii drawn, world units.
        self.radii: FloatArray = np.zeros(0)

    def set(
        self, starts: FloatArray, ends: FloatArray, radii: FloatArray, origin: FloatArray
    ) -> None:
        """Say what to draw.

        Parameters
        ----------
        starts, ends
            (l,3) places in the world.
        radii
            (l,) world units.
        origin
            (3,) near them: positions go to single precision relative to it.
        """
        self.radii = radii
        count = len(starts)
        ends_by_turn = np.stack([starts, ends], axis=1).reshape(-1, 3) - origin
        self._input.SetPoints(points_over(ends_by_turn.astype(np.float32)))
        self._input.SetLines(cells_over(np.arange(2 * count, dtype=np.int32).reshape(count, 2)))
        self._input.GetPointData().SetScalars(shared(np.repeat(radii, 2), "radius"))
        for actor in (self.actor, self.behind):
            actor.SetPosition(*origin)

    def set_color(self, color: Color, opacity: float = 1.0) -> None:
        """Take another colour."""
        for actor, share in ((self.actor, 1.0), (self.behind, _BEHIND)):
            actor.GetProperty().SetColor(*color)
            actor.GetProperty().SetOpacity(opacity * share)

    def show(self, visible: bool) -> None:
        """Show or hide them."""
        for actor in (self.actor, self.behind):
            actor.SetVisibility(visible and len(self.radii) > 0)

    def place(self, view: Projection, ratio: float) -> None:
        """Nothing of them has a size in pixels."""

    def close(self) -> None:
        """Leave the stage."""
        for actor in (self.actor, self.behind):
            self._stage.remove(actor)
