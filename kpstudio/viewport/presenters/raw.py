"""Raw keypoints: where the detector put them, joined to where they were snapped."""

from __future__ import annotations

import numpy as np

from kpstudio.viewport.glyphs import Glyphs
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.lines import Lines
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection

_RADIUS = 3.0  #: logical pixels


class RawPresenter:
    """Draws the raw keypoints of one item.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._dots = Glyphs(stage, overlay=True, opacity=0.9)
        self._lines = Lines(stage, 1.2, overlay=True, opacity=0.8)
        self._seen: tuple[object, ...] | None = None

    @property
    def dots(self) -> Glyphs:
        """The markers, for tests."""
        return self._dots

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        detection = look.shape.detection
        raw = detection.raw if detection is not None else None
        shown = look.active and look.item.visible and look.view.raw and raw is not None
        self._dots.show(shown)
        self._lines.show(shown)
        key = (detection, look.palette)
        if not shown or raw is None or detection is None or key == self._seen:
            return
        self._seen = key
        count, origin = len(raw), look.shape.mesh.origin
        colors = np.array([keypoint_color(index) for index in range(count)]).reshape(-1, 3)
        self._dots.set(raw, origin, colors, np.full(count, _RADIUS))
        self._dots.show(True)
        pairs = np.arange(2 * count, dtype=np.int32).reshape(2, count).T
        self._lines.set_segments(pairs, 2 * count)
        self._lines.set_points(np.concatenate([raw, detection.keypoints.positions]), origin)
        self._lines.set_color(look.palette.text)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the sizes on the screen."""
        self._dots.place(view, ratio)
        self._lines.place(ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._dots.close()
        self._lines.close()
