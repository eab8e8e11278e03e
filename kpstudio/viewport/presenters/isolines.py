"""Lines of equal value on the mesh."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkFiltersCore import vtkContourFilter
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.app.field_scale import FieldScale
from kpstudio.viewport.colormaps import colors_at
from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.presenters.mesh import MeshPresenter
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.skin import Skin

#: With more faces lines wait for the end of a drag: 30 ms a line and million faces.
_LIVE_FACES = 100_000
_WIDTH = 1.2  # logical pixels
_OPACITY = 0.7
#: Ink on dark and on light colours, and the luminance that parts them.
_WHITE, _BLACK, _MIDDLE = 0.96, 0.06, 0.4
_LUMINANCE = (0.2126, 0.7152, 0.0722)


class IsolinePresenter:
    """Draws what the field of one item calls for, on the surface that shows the field.

    Parameters
    ----------
    stage
        Where they stand.
    mesh
        What draws the surface; it is to be updated before.
    """

    def __init__(self, stage: Ground, mesh: MeshPresenter) -> None:
        self._stage, self._mesh = stage, mesh
        self._contour, self.actor = vtkContourFilter(), vtkActor()
        self._contour.SetComputeNormals(False)
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetInputConnection(self._contour.GetOutputPort())
        self._mapper.SetUseLookupTableScalarRange(True)
        # Lines lie in the faces: without an offset every other pixel of them would be lost.
        self._mapper.SetResolveCoincidentTopologyToPolygonOffset()
        self._mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, -4.0)
        self.actor.SetMapper(self._mapper)
        style = self.actor.GetProperty()
        style.SetLighting(False)
        style.SetOpacity(_OPACITY)
        stage.add(self.actor)
        self._skin: Skin | None = None
        self._drawn: tuple[FieldScale, int] | None = None

    def update(self, look: Look) -> None:
        """Draw the lines of the field as it is shown now."""
        field, skin = self._mesh.field, self._mesh.skin
        wanted = field is not None and field.isolines > 0 and field.colors is None
        if field is None or skin is None or not (wanted and look.item.visible):
            self.actor.SetVisibility(False)
            return
        slow = skin.polydata.GetNumberOfPolys() > _LIVE_FACES
        self.actor.SetVisibility(not (look.moving and slow))
        if skin is not self._skin:
            self._skin = skin
            self._contour.SetInputData(skin.polydata)
            self.actor.SetPosition(*skin.surface.origin)
        if (field.scale, field.isolines) != self._drawn:
            self._drawn = field.scale, field.isolines
            self._set_levels(field)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the width."""
        self.actor.GetProperty().SetLineWidth(_WIDTH * ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)

    def _set_levels(self, field: ShownField) -> None:
        levels = isoline_levels(field.scale, field.isolines)
        self._contour.SetNumberOfContours(len(levels))
        for place, level in enumerate(levels):
            self._contour.SetValue(place, level)
        self._mapper.SetLookupTable(_inks(field.scale))


def isoline_levels(scale: FieldScale, count: int) -> list[float]:
    """Return `count` levels evenly within the range of a scale, in what the scale measures."""
    first, last = scale.ends
    return [float(level) for level in np.linspace(first, last, count + 2)[1:-1]]


def _inks(scale: FieldScale) -> vtkLookupTable:
    """Return white where the colours of a scale are dark, and black where they are light."""
    table = vtkLookupTable()
    table.SetNumberOfTableValues(64)
    luminance = colors_at(scale, np.linspace(0.0, 1.0, 64)) @ np.array(_LUMINANCE)
    for step, light in enumerate(luminance):
        ink = _BLACK if light > _MIDDLE else _WHITE
        table.SetTableValue(step, ink, ink, ink, 1.0)
    table.SetRange(*scale.ends)
    table.Build()
    return table
