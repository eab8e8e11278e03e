"""A translucent surface with a line along its border."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.normals import vertex_normals
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.lines import Lines
from kpstudio.viewport.palette import Color
from kpstudio.viewport.projection import Projection

#: Opacity of an open surface, and of a closed one: of that, one side is seen and not two.
_OPEN, _CLOSED = 0.16, 0.32


class Sheet:
    """Triangles of one colour; an open surface has its border drawn.

    Parameters
    ----------
    stage
        Where it stands.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._polydata, mapper, self.actor = vtkPolyData(), vtkPolyDataMapper(), vtkActor()
        mapper.SetInputData(self._polydata)
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().SetAmbient(0.5)
        self.actor.GetProperty().SetDiffuse(0.6)
        stage.add(self.actor)
        self.border = Lines(stage, 1.2)
        self._open = False

    def set(self, points: FloatArray, faces: IntArray, origin: FloatArray) -> None:
        """Say what to draw.

        Parameters
        ----------
        points
            (p,3) places in the world.
        faces
            (f,3) triangles.
        origin
            (3,) near them: positions go to single precision relative to it.
        """
        places = points - origin
        self._polydata.SetPoints(points_over(places.astype(np.float32)))
        self._polydata.SetPolys(cells_over(faces))
        normals = vertex_normals(places, faces).astype(np.float32)
        self._polydata.GetPointData().SetNormals(shared(normals, "normals"))
        self.actor.SetPosition(*origin)
        sides = border(faces)
        self._open = len(sides) > 0
        # Only a closed surface has an inside that is better not drawn.
        self.actor.GetProperty().SetBackfaceCulling(not self._open)
        self.border.set_segments(sides, len(points))
        self.border.set_points(points, origin)

    def set_color(self, color: Color, opacity: float = 1.0) -> None:
        """Take another colour; fainter than usual with an opacity below 1."""
        self.actor.GetProperty().SetColor(*color)
        self.actor.GetProperty().SetOpacity(opacity * (_OPEN if self._open else _CLOSED))
        self.border.set_color(color)
        self.border.actor.GetProperty().SetOpacity(opacity)

    def show(self, visible: bool) -> None:
        """Show or hide it."""
        self.actor.SetVisibility(visible)
        self.border.show(visible and self._open)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the width of the border."""
        self.border.place(ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)
        self.border.close()


def border(faces: IntArray) -> IntArray:
    """Return the sides (b,2) that belong to one of the triangles (f,3) only."""
    sides = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, counts = np.unique(sides, axis=0, return_counts=True)
    return np.asarray(unique[counts == 1], np.int32)
