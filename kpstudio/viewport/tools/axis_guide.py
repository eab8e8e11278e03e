"""The line that shows along which axis, or across which, a drag is held."""

from __future__ import annotations

import numpy as np

from kpstudio.document.item import Item
from kpstudio.geometry.procrustes import Similarity
from kpstudio.viewport.lines import Lines
from kpstudio.viewport.palette import AXES
from kpstudio.viewport.podium import Podium
from kpstudio.viewport.stage import Stage
from kpstudio.viewport.tools.gesture import Gesture, Mode

#: Half its length, in diagonals of the shape.
_REACH = 20.0


class AxisGuide:
    """Draws the axes that a constraint leaves free.

    Parameters
    ----------
    stage
        Where it is drawn.
    """

    def __init__(self, stage: Stage) -> None:
        self._podium = Podium(stage)
        self._lines = [Lines(self._podium, 1.6, overlay=True, opacity=0.85) for _ in range(3)]
        for line, color in zip(self._lines, AXES, strict=True):
            line.set_segments(np.array([[0, 1]], np.int32), 2)
            line.set_color(color)

    @property
    def axes(self) -> list[int]:
        """The axes drawn."""
        return [axis for axis, line in enumerate(self._lines) if line.actor.GetVisibility()]

    def show(self, gesture: Gesture | None, item: Item | None, place: Similarity) -> None:
        """Draw the free axes through the grabbed point, or the centre of a turn or a scaling.

        Parameters
        ----------
        gesture, item
            The drag, and what is dragged.
        place
            Where that is shown.
        """
        self._podium.move(place)
        constraint = gesture.constraint if gesture is not None else None
        for axis, line in enumerate(self._lines):
            free = constraint is not None and (axis == constraint.axis) != constraint.across
            line.show(free)
            if not free or gesture is None or item is None:
                continue
            mesh = item.value.mesh
            middle = gesture.anchor if gesture.mode is Mode.MOVE else gesture.center
            away = _REACH * mesh.diagonal * np.eye(3)[axis]
            line.set_points(np.stack([middle - away, middle + away]), mesh.origin)

    def hide(self) -> None:
        """Draw nothing."""
        for line in self._lines:
            line.show(False)

    def place(self, ratio: float) -> None:
        """Keep the width."""
        for line in self._lines:
            line.place(ratio)

    def close(self) -> None:
        """Leave the stage."""
        for line in self._lines:
            line.close()
