"""Overlays of a detection: skeletons, reconstructions, planes, as far as they are switched on."""

from __future__ import annotations

import numpy as np

from kpstudio.app.options import Colormap
from kpstudio.base.arrays import FloatArray
from kpstudio.data.detection import Detection
from kpstudio.data.overlay import Overlay
from kpstudio.viewport.colormaps import colors
from kpstudio.viewport.dots import Dots
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.sheets import Sheet
from kpstudio.viewport.tubes import Tubes

#: Radius of a line of strength 1, and of lines that are all alike; shares of the diagonal.
_THICK, _PLAIN = 0.0075, 0.002
#: Weaker lines are not drawn: with all pairs of keypoints they would hide the others.
WEAKEST = 0.05
#: Opacity of a dot of value 0.
_FAINTEST = 0.04
#: All of it, while it stands beside the shape it belongs to.
_GHOSTLY = 0.4


class OverlaysPresenter:
    """Draws the chosen overlays of the edited detection of one item.

    They say what a detector saw in the shape at rest. While the shape is deformed they would lie
    beside it, so they are seen only where that shape is: with the ghost, and as faintly.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._layers: dict[str, _Layer] = {}
        self._seen: tuple[object, ...] | None = None

    @property
    def layers(self) -> dict[str, _Layer]:
        """What is drawn, by the overlay's name."""
        return self._layers

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        shown = chosen(look)
        key = (shown, look.palette, look.edited, look.shape.mesh)
        if key == self._seen:
            return
        self._seen = key
        for name in set(self._layers) - {overlay.name for overlay in shown}:
            self._layers.pop(name).close()
        for overlay in shown:
            layer = self._layers.get(overlay.name)
            if layer is None or layer.overlay is not overlay:
                if layer is not None:
                    layer.close()
                layer = self._layers[overlay.name] = _Layer(self._stage, overlay, look)
            layer.paint(look.palette, _GHOSTLY if look.edited else 1.0)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the sizes on the screen."""
        for layer in self._layers.values():
            layer.place(view, ratio)

    def close(self) -> None:
        """Leave the stage."""
        for layer in self._layers.values():
            layer.close()
        self._layers.clear()


class _Layer:
    """One overlay: its lines, its faces, or its points where it has neither."""

    def __init__(self, stage: Ground, overlay: Overlay, look: Look) -> None:
        self.overlay, self._origin = overlay, look.shape.mesh.origin
        self.points = places(overlay, look.shape.detection)
        self.tubes = Tubes(stage) if overlay.lines is not None else None
        self.sheet = Sheet(stage) if overlay.faces is not None else None
        plain = self.tubes is None and self.sheet is None
        self.dots = Dots(stage) if plain else None
        if self.tubes is not None:
            self._set_lines(self.tubes, look.shape.mesh.diagonal)
        if self.sheet is not None:
            assert overlay.faces is not None
            self.sheet.set(self.points, overlay.faces, self._origin)

    @property
    def parts(self) -> tuple[Tubes | Sheet | Dots, ...]:
        """What is on the stage."""
        return tuple(one for one in (self.tubes, self.sheet, self.dots) if one is not None)

    def paint(self, palette: Palette, opacity: float) -> None:
        """Take the colours of a theme, and show."""
        if self.tubes is not None:
            self.tubes.set_color(palette.overlay_lines, opacity)
        if self.sheet is not None:
            self.sheet.set_color(palette.plane, opacity)
        if self.dots is not None:
            self.dots.set(self.points, dot_colors(self.overlay, palette), self._origin)
            self.dots.set_opacity(opacity)
        for part in self.parts:
            part.show(True)

    def place(self, view: Projection, ratio: float) -> None:
        for part in self.parts:
            part.place(view, ratio)

    def close(self) -> None:
        for part in self.parts:
            part.close()

    def _set_lines(self, tubes: Tubes, diagonal: float) -> None:
        overlay = self.overlay
        assert overlay.lines is not None
        strengths = overlay.values
        lines, radii = overlay.lines, np.full(len(overlay.lines), _PLAIN)
        if strengths is not None:
            kept = strengths >= WEAKEST
            lines, radii = lines[kept], _THICK * strengths[kept]
        starts, ends = self.points[lines[:, 0]], self.points[lines[:, 1]]
        tubes.set(starts, ends, diagonal * radii, self._origin)


def chosen(look: Look) -> tuple[Overlay, ...]:
    """Return the overlays that are to be seen."""
    detection = look.shape.detection
    if detection is None or not (look.active and look.item.visible):
        return ()
    if look.edited and not look.view.ghost:
        return ()
    return tuple(one for one in detection.overlays if one.name in look.view.overlays)


def places(overlay: Overlay, detection: Detection | None) -> FloatArray:
    """Return (p,3) where an overlay's points are drawn.

    Lines between the keypoints themselves end where these were snapped to, not where the network
    put them: they say which belong together.
    """
    if detection is None or overlay.lines is None or detection.raw is None:
        return overlay.points
    if np.array_equal(overlay.points, detection.raw):
        return detection.keypoints.positions
    return overlay.points


def dot_colors(overlay: Overlay, palette: Palette) -> FloatArray:
    """Return (p,4) red, green, blue and opacity of an overlay's points: more of either by value."""
    if overlay.values is None or overlay.lines is not None:
        return np.tile((*palette.overlay_points, 1.0), (len(overlay.points), 1))
    values = np.clip(overlay.values, 0.0, 1.0)
    table = colors(Colormap.VIRIDIS)
    rgb = table[np.rint(values * (len(table) - 1)).astype(int)]
    opacity = _FAINTEST + (1.0 - _FAINTEST) * values
    return np.column_stack([rgb, opacity])
