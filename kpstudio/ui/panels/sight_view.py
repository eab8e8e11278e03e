"""One sight: its picture, what is seen over it, and its keypoints."""

from __future__ import annotations

import numpy as np
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QWidget

from kpstudio.app.sights import SightSource
from kpstudio.data.views import Sight
from kpstudio.ui.widgets.picture_view import PictureMarks, PictureView
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.sight_colors import SightColors


class SightView(PictureView):
    """Shows a sight; what a person does with it, its signals tell.

    Parameters
    ----------
    parent
        Qt parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sight: Sight | None = None
        self._source: SightSource | None = None
        self._colors: SightColors | None = None
        self._about = ""
        self.describe = self._tell

    def show_sight(self, sight: Sight, source: SightSource, about: str = "") -> None:
        """Show a sight.

        Parameters
        ----------
        sight
            The sight.
        source
            Whose it is; says what the keypoints are.
        about
            What the tooltip says of it.
        """
        self._source, self._about = source, about
        if sight is not self.sight:
            self.sight = sight
            self.set_picture(sight.picture)
            self.set_over(None)
            self._colors = None
        self.set_marks(marks_of(sight, source))

    def set_colors(self, colors: SightColors) -> None:
        """Lay a layer over it."""
        if colors is not self._colors:
            self._colors = colors
            self.set_over(lambda: None if self.sight is None else colors.over(self.sight))

    def _tell(self, index: int) -> str:
        if self.sight is None or self._source is None:
            return ""
        if index < 0:
            return self._about
        lines = [self._source.name(index), f"confidence {self.sight.confidence[index]:.2f}"]
        value = self._colors.value_at(self.sight, index) if self._colors is not None else None
        if value is not None:
            lines.append(f"value {value:.3g}")
        return "\n".join(lines)


def marks_of(sight: Sight, source: SightSource) -> PictureMarks:
    """Return dots at the keypoints of a sight, and lines as bold as its edges score."""
    height, width = sight.picture.shape[:2]
    colors = tuple(QColor.fromRgbF(*keypoint_color(index)) for index in range(len(sight.pixels)))
    edges = source.schema.edges if source.schema is not None else ()
    lines: tuple[tuple[int, int, float], ...] = ()
    if sight.edges is not None and len(sight.edges) == len(edges):
        scores = np.clip(sight.edges, 0.0, 1.0)
        lines = tuple((*edge, float(score)) for edge, score in zip(edges, scores, strict=True))
    confidence = np.clip(sight.confidence, 0.0, 1.0)
    return PictureMarks(sight.pixels / (width, height), colors, confidence, lines)
