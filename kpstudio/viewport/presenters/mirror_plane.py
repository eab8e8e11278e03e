"""The plane of symmetric editing, translucent, with a frame."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.app.moves import mirror_plane
from kpstudio.base.arrays import FloatArray
from kpstudio.data.shape import Shape
from kpstudio.rendering.vtk_arrays import cells_over, points_over
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.lines import Lines
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection

_OPACITY = 0.16
_MARGIN = 1.12  #: of the plane around the shape


class MirrorPlanePresenter:
    """Draws the mirror plane of one item.

    Parameters
    ----------
    stage
        Where it stands.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._polydata = vtkPolyData()
        mapper, self.actor = vtkPolyDataMapper(), vtkActor()
        mapper.SetInputData(self._polydata)
        self.actor.SetMapper(mapper)
        style = self.actor.GetProperty()
        style.SetOpacity(_OPACITY)
        style.SetLighting(False)
        stage.add(self.actor)
        self._frame = Lines(stage, 1.2)
        self._frame.set_segments(np.array([[0, 1], [1, 2], [2, 3], [3, 0]], np.int32), 4)
        self._seen: tuple[object, ...] | None = None
        #: (4,3) corners drawn, file coordinates.
        self.corners: FloatArray = np.zeros((4, 3))

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        shown = (
            look.active
            and look.item.visible
            and look.view.mirror_plane
            and look.shape.mesh.diagonal > 0.0
        )
        self.actor.SetVisibility(shown)
        self._frame.show(shown)
        shape = look.shape
        key = (shape.mesh, shape.orientation, look.palette)
        if not shown or key == self._seen:
            return
        self._seen = key
        self.corners, origin = _corners(shape), shape.mesh.origin
        self._polydata.SetPoints(points_over((self.corners - origin).astype(np.float32)))
        self._polydata.SetPolys(cells_over(np.array([[0, 1, 2], [0, 2, 3]], np.int32)))
        self.actor.SetPosition(*origin)
        self.actor.GetProperty().SetColor(*look.palette.plane)
        self._frame.set_points(self.corners, origin)
        self._frame.set_color(look.palette.plane)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the width of the frame."""
        self._frame.place(ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)
        self._frame.close()


def _corners(shape: Shape) -> FloatArray:
    """Return (4,3) corners of the mirror plane around the shape's box."""
    normal, offset = mirror_plane(shape)
    _, up, front = shape.orientation.rotation
    center = shape.mesh.origin
    center = center + (offset - center @ normal) * normal
    away = np.abs(shape.mesh.bounds - shape.mesh.origin).max(axis=0) * _MARGIN
    height, depth = np.abs(up) @ away, np.abs(front) @ away
    return np.array([center + a * height * up + b * depth * front
                     for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))])  # fmt: skip
