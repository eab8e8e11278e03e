"""The mouse on matches: lines and partners light up, and pairs are drawn by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.app.corresponding import Corresponding
from kpstudio.document.item import Item
from kpstudio.viewport.match_lines import MatchLines
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.picking import nearest_handle
from kpstudio.viewport.sketch import Strokes
from kpstudio.viewport.tools.context import ToolContext

#: Reach around a line, logical pixels.
_REACH = 5.0


@dataclass(frozen=True)
class Taken:
    """A keypoint that waits for its partner."""

    item_id: int
    keypoint: int


class Matching:
    """Highlights what is under the cursor; in drawing, two clicks make a pair.

    Parameters
    ----------
    context
        What it works on.
    lines
        The lines as they are drawn.
    """

    def __init__(self, context: ToolContext, lines: MatchLines) -> None:
        self._context, self._lines = context, lines
        self._rubber = Strokes(context.stage)
        self._palette: Palette | None = None
        #: The first keypoint of the pair that is being drawn.
        self.taken: Taken | None = None

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette

    @property
    def drawing(self) -> bool:
        """Whether clicks on keypoints make pairs."""
        return self._corresponding.shown is not None and self._corresponding.state.value.drawing

    def hover(self, cursor: tuple[float, float]) -> str:
        """Light up the match under the cursor; what the status bar says of it, if anything."""
        if self._corresponding.shown is None:
            self.release()
            return ""
        found = self._keypoint_at(cursor)
        if found is not None:
            row = self._corresponding.row_of(found.item_id, found.keypoint)
        else:
            reach = self._context.logical(_REACH)
            row = self._lines.nearest(self._context.view, cursor, reach)
        self._corresponding.hover(row)
        self._pull(cursor)
        if self.taken is not None:
            return "Click the keypoint that corresponds · Esc cancels"
        if row is not None:
            return self._text(row)
        return "Click a keypoint, then the one that corresponds" if self.drawing else ""

    def press(self, cursor: tuple[float, float]) -> bool:
        """Take a keypoint, or make it the partner of the one taken; False where there is none."""
        found = self._keypoint_at(cursor) if self.drawing else None
        items = self._corresponding.items
        if found is None or items is None:
            return False
        if self.taken is None or self.taken.item_id == found.item_id:
            self.taken = found
        else:
            pair = {self.taken.item_id: self.taken.keypoint, found.item_id: found.keypoint}
            self.release()
            self._corresponding.draw(pair[items[0].id], pair[items[1].id])
        self._pull(cursor)
        return True

    def release(self) -> bool:
        """Let go of the keypoint that was taken; whether there was one."""
        had, self.taken = self.taken is not None, None
        self._rubber.show(False)
        if had:
            self._context.request()
        return had

    def close(self) -> None:
        """Leave the stage."""
        self._rubber.close()

    @property
    def _corresponding(self) -> Corresponding:
        return self._context.studio.corresponding

    def _text(self, row: int) -> str:
        matches = self._corresponding.matches
        assert matches is not None
        first, second = self._corresponding.names(row)
        how = "drawn by hand" if self._corresponding.is_drawn(row) else (
            f"confidence {matches.confidence[row]:.2f}")  # fmt: skip
        return f"match {first} \N{EN DASH} {second} · {how}"

    def _keypoint_at(self, cursor: tuple[float, float]) -> Taken | None:
        """Return the keypoint of either shape under the cursor."""
        for item in self._corresponding.items or ():
            index = self._on(item, cursor)
            if index is not None:
                return Taken(item.id, index)
        return None

    def _on(self, item: Item, cursor: tuple[float, float]) -> int | None:
        keypoints, options = item.value.keypoints, self._context.studio.view.value
        if keypoints is None or not (item.visible and options.keypoints):
            return None
        view = self._context.view_of(item)
        reach = self._context.logical(1.2 * options.handle_size)
        seen = np.zeros(len(keypoints), bool)
        return nearest_handle(view, keypoints.positions, cursor, reach, keypoints.defined, seen)

    def _pull(self, cursor: tuple[float, float]) -> None:
        """Draw a line from the keypoint that was taken to the cursor."""
        taken = self.taken
        item = self._context.studio.document.find(taken.item_id) if taken is not None else None
        keypoints = item.value.keypoints if item is not None else None
        if taken is None or item is None or keypoints is None or taken.keypoint >= len(keypoints):
            self.release()
            return
        assert self._palette is not None
        start = self._context.view_of(item).to_screen(keypoints.positions[taken.keypoint])[0]
        ends = np.array([[start, cursor]])
        color = np.array([self._palette.rubber])
        self._rubber.set_lines(ends, color, self._context.logical(2.0))
        self._rubber.show(bool(np.isfinite(start).all()))
        self._context.request()
