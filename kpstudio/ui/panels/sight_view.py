"""One sight: its picture, what is seen over it, and its keypoints."""

from __future__ import annotations

import numpy as np
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QWidget

from kpstudio.app.selection import Selection
from kpstudio.app.sights import SightSource
from kpstudio.data.views import Sight
from kpstudio.ui.widgets.picture_marks import PictureMarks
from kpstudio.ui.widgets.picture_view import PictureView
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.sight_colors import SightColors


class SightView(PictureView):
    """Shows a sight; choosing a dot selects the keypoint, if it is one of the edited ones.

    Parameters
    ----------
    selection
        What is selected. Whoever owns the widget calls `show_selection` when it changes: tiles
        come and go, and a signal must not reach one that is gone.
    parent
        Qt parent.
    """

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self.marked.connect(self._choose)
        self.hovered.connect(self._hover)
        self.sight: Sight | None = None
        self._source: SightSource | None = None
        self._colors: SightColors | None = None
        self._about = ""
        self.describe = self._tell

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the keypoints."""
        schema = self._source.schema if self._source is not None else None
        return schema.names if schema is not None else ()

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
        self.show_selection()

    def show_selection(self) -> None:
        """Mark the keypoints that are selected and pointed at."""
        hovered = self._selection.hovered
        self.set_chosen(self._selection.keypoints if self._shared else ())
        self.set_hovered(hovered if self._shared and hovered is not None else -1)

    def set_colors(self, colors: SightColors) -> None:
        """Lay a layer over it."""
        if colors is not self._colors:
            self._colors = colors
            self.set_over(lambda: None if self.sight is None else colors.over(self.sight))

    @property
    def _shared(self) -> bool:
        return self._source is not None and self._source.shared

    def _choose(self, index: int, add: bool) -> None:
        if self._shared and add:
            self._selection.toggle_keypoint(index)
        elif self._shared:
            self._selection.select_keypoints((index,))

    def _hover(self, index: int) -> None:
        if self._shared:
            self._selection.hover(index if index >= 0 else None)

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
