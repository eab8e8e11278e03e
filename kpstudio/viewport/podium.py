"""A podium: where one shape stands on the stage. On it, coordinates are those of its file."""

from __future__ import annotations

from vtkmodules.vtkCommonTransforms import vtkTransform
from vtkmodules.vtkRenderingCore import vtkProp, vtkProp3D, vtkRenderer

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.geometry.procrustes import IDENTITY, Similarity
from kpstudio.viewport.stage import Stage


class Podium:
    """Carries the actors of one shape to the place where the shape is shown.

    Parameters
    ----------
    stage
        Where it stands.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._transform = vtkTransform()
        #: Carries what stands on it into the world.
        self.place: Similarity = IDENTITY

    @property
    def overlay(self) -> vtkRenderer:
        """The renderer of what is drawn over everything."""
        return self._stage.overlay

    def move(self, place: Similarity) -> None:
        """Carry everything that stands on it to another place."""
        if place is not self.place:
            self.place = place
            self._transform.SetMatrix(place.matrix.ravel().tolist())

    def add(self, prop: vtkProp, *, overlay: bool = False) -> None:
        """Put an actor on it, hidden until its presenter shows it."""
        if isinstance(prop, vtkProp3D):  # what is drawn flat on the screen stands nowhere
            prop.SetUserTransform(self._transform)
        self._stage.add(prop, overlay=overlay)

    def remove(self, prop: vtkProp) -> None:
        """Take an actor off the stage."""
        self._stage.remove(prop)

    def occluded(self, points: FloatArray, tolerance: float) -> BoolArray:
        """Return (k,) whether the main layer hides points (k,3); see `Stage.occluded`.

        Parameters
        ----------
        points
            File coordinates.
        tolerance
            File units.
        """
        return self._stage.occluded(self.place.apply(points), self.place.scale * tolerance)
