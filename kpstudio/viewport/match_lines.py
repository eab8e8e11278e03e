"""Lines between the matched keypoints of two shapes, in the colours of their confidence."""

from __future__ import annotations

import numpy as np

from kpstudio.app.corresponding import Corresponding
from kpstudio.app.field_scale import FieldScale
from kpstudio.app.options import Colormap, ViewOptions
from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.procrustes import Similarity
from kpstudio.viewport.colormaps import colors_at
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.sketch import Strokes
from kpstudio.viewport.stage import Stage

# Logical pixels.
_WIDTH, _HIGHLIGHTED, _RIM = 1.6, 3.2, 2.4
_GAP = 2.0  #: between a handle and the end of its line
_OPACITY = 0.85
#: All the others while one is highlighted.
_FAINT = 0.3


class MatchLines:
    """Draws the matches over everything, flat on the screen: they belong to no surface.

    Parameters
    ----------
    stage
        Where they are drawn.
    """

    def __init__(self, stage: Stage) -> None:
        self._lines = Strokes(stage, _OPACITY)
        self._rims = Strokes(stage, 0.9)
        self._bright = Strokes(stage)
        self._starts = self._ends = np.zeros((0, 3))
        self._colors: FloatArray = np.zeros((0, 3))
        self._highlighted = np.zeros(0, bool)
        self._outline: FloatArray = np.zeros(3)
        self._inset = 0.0

    @property
    def colors(self) -> FloatArray:
        """(m,3) colours of the lines, for tests."""
        return self._colors

    @property
    def highlighted(self) -> IntArray:
        """Which lines stand out, for tests."""
        return np.flatnonzero(self._highlighted).astype(np.int32)

    def update(
        self,
        corresponding: Corresponding,
        keypoints: dict[int, FloatArray],
        places: dict[int, Similarity],
        options: ViewOptions,
        palette: Palette,
    ) -> None:
        """Take what is to be seen.

        Parameters
        ----------
        corresponding
            The matches.
        keypoints
            Per item (k,3) its keypoints as they are seen, file coordinates.
        places
            Per item where it is shown.
        options, palette
            Handles and colour map; colours of the theme.
        """
        matches, items = corresponding.shown, corresponding.items
        self._starts = self._ends = np.zeros((0, 3))
        self._highlighted = np.zeros(0, bool)
        self._colors = np.zeros((0, 3))
        if matches is None or items is None or not options.keypoints:
            return
        a, b = (keypoints.get(item.id, np.zeros((0, 3))) for item in items)
        if len(matches) and (matches.pairs >= (len(a), len(b))).any():
            return  # newer ones are on their way
        self._starts = places[items[0].id].apply(a[matches.first])
        self._ends = places[items[1].id].apply(b[matches.second])
        scale = FieldScale(0.0, 1.0, _colormap(options))
        self._colors = colors_at(scale, matches.confidence)
        self._highlighted = np.zeros(len(matches), bool)
        self._highlighted[list(corresponding.highlighted)] = True
        self._outline = np.array(palette.outline)
        self._inset = options.handle_size + _GAP

    def place(self, view: Projection, ratio: float) -> None:
        """Draw them between where the keypoints are seen."""
        ends = np.stack([view.to_screen(self._starts), view.to_screen(self._ends)], axis=1)
        along = ends[:, 1] - ends[:, 0]
        length = np.linalg.norm(along, axis=1)
        inset = self._inset * ratio
        # Behind the eye there is nothing to join, and handles that touch are joined already.
        seen = np.isfinite(length) & (length > 2.0 * inset)
        share = (along / np.where(seen, length, 1.0)[:, None]) * inset
        ends = np.stack([ends[:, 0] + share, ends[:, 1] - share], axis=1)
        bright = seen & self._highlighted
        quiet = seen & ~self._highlighted
        self._lines.actor.GetProperty().SetOpacity(_FAINT if bright.any() else _OPACITY)
        self._lines.set_lines(ends[quiet], self._colors[quiet], _WIDTH * ratio)
        rims = np.tile(self._outline, (int(bright.sum()), 1))
        self._rims.set_lines(ends[bright], rims, (_HIGHLIGHTED + _RIM) * ratio)
        self._bright.set_lines(ends[bright], self._colors[bright], _HIGHLIGHTED * ratio)
        self._lines.show(bool(quiet.any()))
        for part in (self._rims, self._bright):
            part.show(bool(bright.any()))

    def nearest(self, view: Projection, cursor: tuple[float, float], reach: float) -> int | None:
        """Return the match whose line is under the cursor, at most `reach` device pixels away."""
        if len(self._starts) == 0:
            return None
        start, end = view.to_screen(self._starts), view.to_screen(self._ends)
        along, away = end - start, np.asarray(cursor) - start
        squared = np.maximum(np.einsum("md,md->m", along, along), 1e-9)
        share = np.clip(np.einsum("md,md->m", away, along) / squared, 0.0, 1.0)
        distances = np.linalg.norm(away - share[:, None] * along, axis=1)
        distances[np.isnan(distances)] = np.inf
        row = int(distances.argmin())
        return row if distances[row] <= reach else None

    def close(self) -> None:
        """Leave the stage."""
        for part in (self._lines, self._rims, self._bright):
            part.close()


def _colormap(options: ViewOptions) -> Colormap:
    """Return the map of fields that are amounts."""
    chosen = options.style.colormap
    signed = chosen in (Colormap.AUTO, Colormap.COOLWARM)
    return Colormap.VIRIDIS if signed else chosen
