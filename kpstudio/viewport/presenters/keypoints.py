"""Keypoint handles: coloured by index, ringed by state, found even behind the surface."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.data.keypoints import KeypointSet
from kpstudio.viewport.glyphs import Glyphs
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.presenters.look import Look, mask
from kpstudio.viewport.projection import Projection

#: Radii times the handle size: rings by state, handles under the cursor, behind a surface, and
#: of the other shapes.
_RING, _CHOSEN_RING, _GROWN = 1.28, 1.5, 1.18
BEHIND, _OTHERS = 0.75, 0.55
BEHIND_OPACITY = 0.6
#: Among matched keypoints those without a partner are smaller and paler.
_ALONE, _DIM = 0.62, 0.72
#: A keypoint may lie this far inside the surface and still be on it, in diagonals.
TOLERANCE = 0.015


class KeypointPresenter:
    """Draws the handles of one item, whole where they are seen and faint behind a surface.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        # On the overlay no surface cuts a handle in half; `reveal` finds out what is behind one.
        self._handles = Glyphs(stage, overlay=True)
        self._rings = Glyphs(stage, overlay=True, hull=True)
        self._behind = Glyphs(stage, overlay=True, opacity=BEHIND_OPACITY)
        self._layers = (self._handles, self._rings, self._behind)
        self._seen: tuple[object, ...] | None = None
        self._positions: FloatArray = np.zeros((0, 3))
        self._radii = self._ring_radii = np.zeros(0)
        self._marked: BoolArray = np.zeros(0, bool)
        self._tolerance = 0.0
        #: (k,) which keypoints a surface hid in the last frame.
        self.hidden: BoolArray = np.zeros(0, bool)

    @property
    def handles(self) -> Glyphs:
        """The markers of the keypoints that are seen, for tests."""
        return self._handles

    @property
    def rings(self) -> Glyphs:
        """The rings around them, for tests."""
        return self._rings

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        keypoints = look.shape.keypoints
        shown = look.item.visible and look.view.keypoints and keypoints is not None
        if keypoints is None or not shown:
            for layer in self._layers:
                layer.show(False)
            self._seen = None
            return
        size = look.view.handle_size
        matched = None if look.matched is None else look.matched.tobytes()
        key = (keypoints, look.chosen, look.hovered, look.palette, look.active, size, matched)
        if key != self._seen:
            self._seen = key
            self._draw(look, keypoints)
        for layer in self._layers:
            layer.show(True)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Find out which keypoints are seen, the surfaces being drawn, and keep their size."""
        if self._seen is None:
            return
        self.hidden = self._stage.occluded(self._positions, self._tolerance)
        self._handles.set_radii(np.where(self.hidden, 0.0, self._radii))
        rings = np.where(self._marked, BEHIND * self._ring_radii, 0.0)
        self._rings.set_radii(np.where(self.hidden, rings, self._ring_radii))
        self._behind.set_radii(np.where(self.hidden, BEHIND * self._radii, 0.0))
        for layer in self._layers:
            layer.place(view, ratio)

    def place(self, view: Projection, ratio: float) -> None:
        """Wait for `reveal`: handles are sized when the surfaces are drawn."""

    def close(self) -> None:
        """Leave the stage."""
        for layer in self._layers:
            layer.close()

    def _draw(self, look: Look, keypoints: KeypointSet) -> None:
        assert keypoints.locked is not None
        assert keypoints.defined is not None
        count, palette = len(keypoints), look.palette
        chosen = mask(count, look.chosen)
        hovered = mask(count, () if look.hovered is None else (look.hovered,))
        colors: FloatArray = np.array([keypoint_color(i) for i in range(count)]).reshape(-1, 3)
        colors[keypoints.locked] = 0.45 * colors[keypoints.locked] + 0.55 * np.array(palette.locked)
        rings = np.tile(palette.outline, (count, 1))
        rings[hovered] = palette.hovered
        rings[chosen] = palette.selected
        in_play = look.active or look.matched is not None
        size = look.view.handle_size * (1.0 if in_play else _OTHERS)
        self._radii = np.where(keypoints.defined, size, 0.0) * np.where(hovered, _GROWN, 1.0)
        if look.matched is not None and len(look.matched) == count:
            alone = ~(look.matched | hovered | chosen)
            colors[alone] += _DIM * (np.array(palette.dimmed) - colors[alone])
            self._radii = self._radii * np.where(alone, _ALONE, 1.0)
        self._ring_radii = self._radii * np.where(chosen, _CHOSEN_RING, _RING)
        self._marked = chosen | hovered  # ringed behind a surface as well
        self._positions = keypoints.positions
        self._tolerance = TOLERANCE * look.shape.mesh.diagonal
        place = self._positions, look.shape.mesh.origin
        self._handles.set(*place, colors, self._radii, keypoints.locked)
        self._rings.set(*place, rings, self._ring_radii, keypoints.locked)
        self._behind.set(*place, colors, self._radii, keypoints.locked)
