"""What actors stand on."""

from __future__ import annotations

from typing import Protocol

from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderer

from kpstudio.base.arrays import BoolArray, FloatArray


class Ground(Protocol):
    """What actors can stand on: the stage itself, or a podium on it."""

    @property
    def overlay(self) -> vtkRenderer:
        """The renderer of what is drawn over everything."""

    def add(self, prop: vtkProp, *, overlay: bool = False) -> None:
        """Put an actor there, hidden until its presenter shows it."""

    def remove(self, prop: vtkProp) -> None:
        """Take an actor away."""

    def occluded(self, points: FloatArray, tolerance: float) -> BoolArray:
        """Return (k,) whether the main layer hides points (k,3)."""
