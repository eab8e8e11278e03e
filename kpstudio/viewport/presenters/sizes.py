"""How large what a detector found at its keypoints is."""

from __future__ import annotations

import numpy as np

from kpstudio.app.comparing import style_of
from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.viewport.circles import Circles
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import detector_color, keypoint_color
from kpstudio.viewport.presenters.keypoints import TOLERANCE
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.presenters.others import compared, places_now
from kpstudio.viewport.projection import Projection

_SEEN, _BEHIND = 0.9, 0.25


class SizePresenter:
    """Draws a circle of the found size around every keypoint of the selected shape.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._circles = Circles(stage, opacity=_SEEN)
        self._behind = Circles(stage, opacity=_BEHIND)
        self._stage = stage
        self._seen: tuple[object, ...] | None = None
        self._centers: FloatArray = np.zeros((0, 3))
        self._radii: FloatArray = np.zeros(0)
        self._tolerance = 0.0

    @property
    def circles(self) -> Circles:
        """The circles around keypoints that are seen, for tests."""
        return self._circles

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        wanted = look.active and look.item.visible and look.view.sizes
        if not wanted:
            self._seen = None
            self._show(False)
            return
        shape, view = look.shape, look.view
        key = (shape.keypoints, shape.detection, shape.current, view.keypoints, compared(look))
        if key == self._seen and look.positions is None:
            return
        self._seen = key if look.positions is None else None
        parts = [_edited(look), *_others(look)]
        self._centers = np.concatenate([centers for centers, _, _ in parts])
        self._radii = np.concatenate([radii for _, radii, _ in parts])
        colors = np.concatenate([colors for _, _, colors in parts])
        self._tolerance = TOLERANCE * shape.mesh.diagonal
        for circles in (self._circles, self._behind):
            circles.set(self._centers, shape.mesh.origin, colors, self._radii)
        self._show(True)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Find out which keypoints are seen, the surfaces being drawn."""
        if not len(self._radii) or not self._circles.actor.GetVisibility():
            return
        hidden: BoolArray = self._stage.occluded(self._centers, self._tolerance)
        self._circles.set_radii(np.where(hidden, 0.0, self._radii))
        self._behind.set_radii(np.where(hidden, self._radii, 0.0))
        for circles in (self._circles, self._behind):
            circles.place(view, ratio)

    def place(self, view: Projection, ratio: float) -> None:
        """Wait for `reveal`."""

    def close(self) -> None:
        """Leave the stage."""
        self._circles.close()
        self._behind.close()

    def _show(self, visible: bool) -> None:
        self._circles.show(visible)
        self._behind.show(visible)


_Part = tuple[FloatArray, FloatArray, FloatArray]  # centres (k,3), radii (k,), colours (k,3)


def _edited(look: Look) -> _Part:
    """Return the circles of the keypoints that are edited, where they are now."""
    keypoints, detection = look.shape.keypoints, look.shape.detection
    sizes = detection.sizes if detection is not None else None
    if keypoints is None or sizes is None or not look.view.keypoints:
        return np.zeros((0, 3)), np.zeros(0), np.zeros((0, 3))
    if len(sizes) != len(keypoints):
        return np.zeros((0, 3)), np.zeros(0), np.zeros((0, 3))
    colors = np.array([keypoint_color(index) for index in range(len(keypoints))]).reshape(-1, 3)
    there = keypoints.defined
    return keypoints.positions[there], sizes[there], colors[there]


def _others(look: Look) -> list[_Part]:
    parts = []
    for detection in compared(look):
        if detection.sizes is not None:
            sizes = detection.sizes[detection.keypoints.defined]
            color = detector_color(style_of(detection.provenance.detector))
            parts.append((places_now(look, detection), sizes, np.tile(color, (len(sizes), 1))))
    return parts
