"""The probed point, and on other shapes the place most like it."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.forms import CIRCLE, DOT
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.marks import Marks
from kpstudio.viewport.presenters.keypoints import TOLERANCE
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection

# Logical pixels.
_RING, _NEAREST_RING, _DOT = 8.5, 6.5, 3.0
_HIDDEN = 0.4
_LIFT = 4.0  #: over the keypoints of all detectors


class ProbePresenter:
    """Draws a target where the probe is, and an empty ring at the place nearest to it elsewhere.

    Parameters
    ----------
    stage
        Where it stands.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._ring = Marks(stage, CIRCLE, lift=_LIFT)
        self._dot = Marks(stage, DOT, lift=_LIFT)
        self._tolerance = 0.0

    @property
    def ring(self) -> Marks:
        """The ring, for tests."""
        return self._ring

    @property
    def dot(self) -> Marks:
        """What fills it where the probe is, for tests."""
        return self._dot

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        mark, mesh = look.mark, look.shape.mesh
        if mark is None or not look.item.visible or mark.vertex >= len(mesh.vertices):
            self._ring.show(False)
            self._dot.show(False)
            return
        at = _position(look, mark.vertex)[None]
        palette = look.palette
        size = _RING if mark.probed else _NEAREST_RING
        self._ring.set(at, mesh.origin, palette.selected, palette.outline, size)
        self._dot.set(at, mesh.origin, palette.selected, palette.outline, _DOT)
        self._tolerance = TOLERANCE * mesh.diagonal
        self._ring.show(True)
        self._dot.show(mark.probed)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Step back when a surface, drawn by now, hides it."""
        if not self._ring.actor.GetVisibility():
            return
        hidden = bool(self._stage.occluded(self._ring.centers, self._tolerance)[0])
        for marks in (self._ring, self._dot):
            marks.actor.GetProperty().SetOpacity(_HIDDEN if hidden else 1.0)
            marks.place(view, ratio)

    def place(self, view: Projection, ratio: float) -> None:
        """Wait for `reveal`."""

    def close(self) -> None:
        """Leave the stage."""
        self._ring.close()
        self._dot.close()


def _position(look: Look, vertex: int) -> FloatArray:
    """Return where a vertex is (3,), in the middle of a drag as well."""
    if look.positions is not None:
        return np.asarray(look.positions[vertex] + look.shape.mesh.origin)
    return np.asarray(look.shape.current.vertices[vertex])
