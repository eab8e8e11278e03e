"""What tells views apart: a line between them, a title, a mark on the one at hand."""

from __future__ import annotations

import numpy as np

from kpstudio.app.inspecting import INFLUENCE, named, title_of
from kpstudio.data.shape import Shape
from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.sketch import Strokes, Text, rectangle
from kpstudio.viewport.stage import Stage

# Logical pixels.
_LINE, _MARK = 1.0, 2.0
_TITLE = (12.0, 18.0)  #: of the title's left end, from the top left
_TITLE_SIZE = 12
_RESTING = 0.6  #: opacity of the titles of the views that are not at hand
PLAIN = "Plain"


class PaneFrame:
    """Draws the edges of a view and its title; nothing while there is only one view.

    Parameters
    ----------
    stage
        The view.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lines, self._mark = Strokes(stage), Strokes(stage)
        self._title = Text(stage, _TITLE_SIZE, plate=True)
        self._palette: Palette | None = None

    @property
    def title(self) -> str:
        """What the title says; empty when there is none."""
        return self._title.text.strip() if self._title.actor.GetVisibility() else ""

    @property
    def is_marked(self) -> bool:
        """Whether it shows that the view is at hand."""
        return bool(self._mark.actor.GetVisibility())

    def hide(self) -> None:
        """Draw nothing: there is only one view."""
        for part in (self._lines, self._mark, self._title):
            part.show(False)

    def update(self, title: str, palette: Palette, *, marked: bool) -> None:
        """Say what the view shows.

        Parameters
        ----------
        title
            What it shows; empty for no title.
        palette
            Colours of the theme.
        marked
            Whether it is the view at hand, and that is to be seen.
        """
        self._palette = palette
        self._title.set(title, palette.text, palette)
        self._title.set_opacity(1.0 if marked else _RESTING)
        self._title.show(bool(title))
        self._lines.show(True)
        self._mark.show(marked)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep to the edges."""
        if self._palette is None or not self._lines.actor.GetVisibility():
            return
        width, height = view.size
        left, _, _, top = self._stage.area
        line, mark = max(round(_LINE * ratio), 1), max(round(_MARK * ratio), 1)
        # The line between two views belongs to the one on the right or below.
        edges = [rectangle(0, 0, line if left > 0.0 else 0, height),
                 rectangle(0, height - (line if top < 1.0 else 0), width, height)]  # fmt: skip
        self._lines.set_areas(np.stack(edges), np.tile(self._palette.plate, (2, 1)))
        bar = rectangle(0, height - mark, width, height)
        self._mark.set_areas(bar[None], np.array([self._palette.rubber]))
        x, y = _TITLE
        self._title.move(x * ratio, height - y * ratio)

    def close(self) -> None:
        """Leave the stage."""
        for part in (self._lines, self._mark, self._title):
            part.close()


def title_for(key: str, field: ShownField | None, shape: Shape | None) -> str:
    """Return what a view is called.

    Parameters
    ----------
    key
        The field that is asked for; empty for none.
    field
        The field that is shown.
    shape
        The selected shape; without one there is nothing to name.
    """
    if shape is None:
        return ""
    if not key:
        return PLAIN
    if field is not None:
        return field.heading
    detection = shape.detection
    of_keypoints = detection.keypoint_fields if detection is not None else {}
    why = "no keypoint selected" if key == INFLUENCE or key in of_keypoints else "not on this shape"
    title = title_of(key, shape) or named(key.rpartition(":")[2])
    return f"{title} · {why}"
