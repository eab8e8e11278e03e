"""The cage as a wireframe that moves with the drag; vertices nobody controls are marked."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.data.detection import Handling
from kpstudio.deformation.influence import uncontrolled
from kpstudio.viewport.glyphs import Glyphs
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.lines import Lines
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection

_RADIUS, _LOOSE_RADIUS = 2.0, 4.5  #: of the markers, logical pixels


class CagePresenter:
    """Draws the cage of one item.

    Parameters
    ----------
    stage
        Where it stands.
    """

    def __init__(self, stage: Ground) -> None:
        self._lines = Lines(stage, 1.4)
        # The part behind the shape shines through: the whole cage is seen, and what is in front.
        self._behind = Lines(stage, 1.0, overlay=True, opacity=0.22)
        self._markers = Glyphs(stage)
        self._handling: Handling | None = None
        self._loose = np.zeros(0, bool)
        self._seen: tuple[object, ...] | None = None
        #: (c,3) vertices drawn, file coordinates.
        self.vertices: FloatArray = np.zeros((0, 3))

    @property
    def loose(self) -> np.ndarray:
        """(c,) True for vertices marked as controlled by no keypoint."""
        return self._loose

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        detection = look.shape.detection
        handling = detection.handling if detection is not None else None
        shown = look.active and look.item.visible and look.view.cage and handling is not None
        for layer in (self._lines, self._behind, self._markers):
            layer.show(shown)
        if handling is None or not shown:
            return
        if handling is not self._handling:
            self._bind(handling)
        key = (handling, look.shape.keypoints, look.palette)
        if key != self._seen:
            self._seen = key
            self._draw(look, handling)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the sizes on the screen."""
        self._lines.place(ratio)
        self._behind.place(ratio)
        self._markers.place(view, ratio)

    def close(self) -> None:
        """Leave the stage."""
        for layer in (self._lines, self._behind, self._markers):
            layer.close()

    def _bind(self, handling: Handling) -> None:
        self._handling = handling
        self._loose = uncontrolled(handling.influence)
        segments = _edges(handling.cage.faces)
        for lines in (self._lines, self._behind):
            lines.set_segments(segments, len(handling.cage.vertices))

    def _draw(self, look: Look, handling: Handling) -> None:
        offsets = look.keypoint_offsets()
        self.vertices = handling.cage.vertices
        if offsets is not None and len(offsets) == handling.influence.shape[1]:
            self.vertices = self.vertices + handling.influence @ offsets
        origin = look.shape.mesh.origin
        for lines in (self._lines, self._behind):
            lines.set_points(self.vertices, origin)
            lines.set_color(look.palette.cage)
        loose = self._loose[:, None]
        colors = np.where(loose, look.palette.uncontrolled, look.palette.cage)
        radii = np.where(self._loose, _LOOSE_RADIUS, _RADIUS)
        self._markers.set(self.vertices, origin, colors, radii, self._loose)
        self._markers.show(True)


def _edges(faces: IntArray) -> IntArray:
    """Return the edges (e,2) of triangles, each once."""
    sides = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    return np.unique(sides, axis=0)
