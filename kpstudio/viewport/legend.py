"""The legend of the compared detectors: whose keypoints look how, and how far they agree."""

from __future__ import annotations

import numpy as np

from kpstudio.app.comparing import Compared, compare
from kpstudio.app.options import ViewOptions
from kpstudio.base.arrays import FloatArray
from kpstudio.data.shape import Shape
from kpstudio.viewport.forms import DOT, Form, form_of
from kpstudio.viewport.palette import Color, Palette, detector_color
from kpstudio.viewport.sketch import Strokes, Text, rectangle
from kpstudio.viewport.stage import Stage

# Logical pixels.
_LEFT, _BOTTOM, _TOP = 14.0, 132.0, 36.0  # above the axes, or below the title of a view
_ROW, _PAD, _GAP = 20.0, 9.0, 9.0
_MARK = 5.0
_PLATE_OPACITY = 0.72


class Legend:
    """Draws a row for every detection that is seen, at the left of the view.

    Parameters
    ----------
    stage
        Where it is drawn.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._plate = Strokes(stage, _PLATE_OPACITY)
        self._marks = Strokes(stage)
        self._titles: list[Text] = []
        self._figures: list[Text] = []
        self._rows: tuple[Compared, ...] = ()
        self._seen: tuple[object, ...] | None = None
        self._palette: Palette | None = None
        self._placed: tuple[object, ...] | None = None
        self._at_top = False

    @property
    def texts(self) -> list[str]:
        """What it says, row by row from the top."""
        pairs = zip(self._titles, self._figures, strict=True)
        return [f"{title.text} {figure.text}" for title, figure in pairs]

    def set_at_top(self, at_top: bool) -> None:
        """Stand at the top, below the title of one of several views, or at the bottom."""
        self._at_top = at_top

    def update(self, shape: Shape | None, view: ViewOptions, palette: Palette) -> None:
        """Show the detections on the selected shape, or nothing when they are not compared."""
        if shape is None or not (view.compare and shape.others):
            self._clear()
            return
        key = (shape.detections, shape.keypoints, shape.current, palette, view.keypoints,
               view.left_out, view.agreement_radius)  # fmt: skip
        if key == self._seen:
            return
        self._clear()
        self._seen, self._palette = key, palette
        self._rows = tuple(row for row in compare(shape, view.agreement_radius)
                           if _is_seen(row, view))  # fmt: skip
        for row in self._rows:
            self._titles.append(self._text(row.title, palette.text, palette))
            figures = _figures(row, view.agreement_radius)
            self._figures.append(self._text(figures, _toned(palette), palette))
        self._plate.show(bool(self._rows))
        self._marks.show(bool(self._rows))

    def place(self, size: tuple[int, int], ratio: float) -> None:
        """Put it in the corner of a view of `size` device pixels."""
        key = (size, ratio, self._seen, self._at_top)
        if not self._rows or self._palette is None or key == self._placed:
            return
        self._placed = key
        left, bottom, row = (length * ratio for length in (_LEFT, _BOTTOM, _ROW))
        pad, gap, mark = (length * ratio for length in (_PAD, _GAP, _MARK))
        title_left = left + pad + 2.0 * mark + gap
        figure_left = title_left + max(title.width for title in self._titles) + 1.5 * gap
        right = figure_left + max(figure.width for figure in self._figures) + pad
        high = len(self._rows) * row + pad
        if self._at_top:
            bottom = size[1] - _TOP * ratio - high
        top = bottom + high
        plate = rectangle(left, bottom, right, top)
        self._plate.set_areas(plate[None], np.array([self._palette.plate]))
        heights = top - pad / 2.0 - row * (np.arange(len(self._rows)) + 0.5)
        for title, figure, height in zip(self._titles, self._figures, heights, strict=True):
            title.move(title_left, height)
            figure.move(figure_left, height)
        areas, colors = [], []
        for one, height in zip(self._rows, heights, strict=True):
            corners = _corners(_form(one), np.array([left + pad + mark, height]), mark)
            areas.append(corners)
            colors.append(np.tile(_color(one, self._palette), (len(corners), 1)))
        self._marks.set_areas(np.concatenate(areas), np.concatenate(colors))

    def close(self) -> None:
        """Leave the stage."""
        self._clear()
        self._plate.close()
        self._marks.close()

    def _text(self, text: str, color: Color, palette: Palette) -> Text:
        made = Text(self._stage, 11)
        made.set(text, color, palette)
        made.show(True)
        return made

    def _clear(self) -> None:
        for text in (*self._titles, *self._figures):
            text.close()
        self._titles, self._figures, self._rows = [], [], ()
        self._seen = self._placed = None
        self._plate.show(False)
        self._marks.show(False)


def _is_seen(row: Compared, view: ViewOptions) -> bool:
    return view.keypoints if row.edited else row.detector not in view.left_out


def _figures(row: Compared, radius: float) -> str:
    if row.agreement is None:
        return f"{row.summary}, being edited" if row.edited else row.summary
    return f"{row.summary} within {100.0 * radius:.2g} %"


def _form(row: Compared) -> Form:
    return DOT if row.edited else form_of(row.style)


def _color(row: Compared, palette: Palette) -> Color:
    return palette.text if row.edited else detector_color(row.style)


def _toned(palette: Palette) -> Color:
    """Return the colour of what matters less."""
    red, green, blue = (0.72 * t + 0.28 * p
                        for t, p in zip(palette.text, palette.plate, strict=True))  # fmt: skip
    return red, green, blue


def _corners(form: Form, center: FloatArray, radius: float) -> FloatArray:
    """Return the form as quadrilaterals (q,4,2), two corners of which are the same."""
    points, triangles = form.triangles()
    quads = np.concatenate([triangles, triangles[:, 2:]], axis=1)
    return np.asarray(center + radius * points[quads])
