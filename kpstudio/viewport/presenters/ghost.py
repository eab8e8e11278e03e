"""The ghost: the shape as it was loaded, translucent, while the shape is edited."""

from __future__ import annotations

from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.viewport.ground import Ground
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.surface import Surface
from kpstudio.viewport.surfaces import Surfaces

_OPACITY = 0.22


class GhostPresenter:
    """Draws the rest shape of one item.

    Parameters
    ----------
    stage
        Where it stands.
    surfaces
        The surfaces that all views draw.
    """

    def __init__(self, stage: Ground, surfaces: Surfaces) -> None:
        self._stage, self._surfaces = stage, surfaces
        self._mapper, self.actor = vtkPolyDataMapper(), vtkActor()
        self.actor.SetMapper(self._mapper)
        style = self.actor.GetProperty()
        style.SetOpacity(_OPACITY)
        style.SetBackfaceCulling(True)
        style.SetAmbient(0.45)
        style.SetDiffuse(0.6)
        stage.add(self.actor)
        self._surface: Surface | None = None

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        shown = look.active and look.item.visible and look.view.ghost and look.edited
        self.actor.SetVisibility(shown)
        if not shown:
            return
        mesh = look.shape.mesh
        if self._surface is None or not self._surface.is_of(mesh, look.coarse):
            self._surface = self._surfaces.of("ghost", look.item.id, mesh, look.coarse)
            self.actor.SetPosition(*self._surface.origin)
            self._mapper.SetInputData(self._surface.polydata)
        self.actor.GetProperty().SetColor(*look.palette.ghost)

    def place(self, view: Projection, ratio: float) -> None:
        """Nothing of it has a size in pixels."""

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)
