"""Selecting keypoints with a frame."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.sketch import Strokes, rectangle
from kpstudio.viewport.tools.context import ToolContext

_OPACITY = 0.15


class BoxSelection:
    """A frame from the press to the cursor; what it holds at the release is selected.

    Parameters
    ----------
    context
        What it works on.
    """

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._area, self._frame = Strokes(context.stage, _OPACITY), Strokes(context.stage)
        self._palette: Palette | None = None
        self._start = self._end = (0.0, 0.0)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette

    def begin(self, cursor: tuple[float, float]) -> None:
        """Put the first corner down."""
        self._start = self._end = cursor

    def move(self, cursor: tuple[float, float]) -> None:
        """Pull the other corner."""
        self._end = cursor
        assert self._palette is not None
        corners = self._corners()
        color = np.array([self._palette.rubber])
        self._area.set_areas(corners[None], color)
        sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
        self._frame.set_lines(sides, np.repeat(color, 4, axis=0), self._context.logical(1.2))
        self._show(True)

    def commit(self, *, add: bool) -> None:
        """Select what is inside, or add it to the selection."""
        self.cancel()
        selection = self._context.studio.selection
        inside = self._inside()
        selection.select_keypoints((*selection.keypoints, *inside) if add else inside)

    def cancel(self) -> None:
        """Take the frame away."""
        self._show(False)

    def close(self) -> None:
        """Leave the stage."""
        self._area.close()
        self._frame.close()

    def _inside(self) -> tuple[int, ...]:
        item = self._context.studio.selected
        keypoints = item.value.keypoints if item is not None else None
        if item is None or keypoints is None or not item.visible:
            return ()
        assert keypoints.defined is not None
        low, high = self._corners()[0], self._corners()[2]
        screen = self._context.view_of(item).to_screen(keypoints.positions)
        within = ((screen >= low) & (screen <= high)).all(axis=1) & keypoints.defined
        return tuple(int(index) for index in np.flatnonzero(within))

    def _corners(self) -> FloatArray:
        low, high = np.minimum(self._start, self._end), np.maximum(self._start, self._end)
        return rectangle(low[0], low[1], high[0], high[1])

    def _show(self, visible: bool) -> None:
        self._area.show(visible)
        self._frame.show(visible)
        self._context.request()
