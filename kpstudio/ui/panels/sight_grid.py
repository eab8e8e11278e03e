"""Sights side by side: what is seen over their pictures, and how large they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtGui import QAction, QGuiApplication
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kpstudio.app.notices import Level, Notice
from kpstudio.app.options import ViewOptions
from kpstudio.app.sights import HEATMAP, PICTURE, SightSource, layers_of, side_of, window_of
from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.geometry.camera import Camera
from kpstudio.ui.panels.sight_pair import SightPair
from kpstudio.ui.panels.sight_view import SightView
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted, tool_button
from kpstudio.ui.widgets.slider import Slider
from kpstudio.ui.widgets.swatch import SWATCH, swatch
from kpstudio.ui.widgets.tile_grid import SIDES, TileGrid
from kpstudio.viewport.colormaps import colors_at
from kpstudio.viewport.sight_colors import SightColors

_SLIDER = 120  #: widest, logical pixels
_GESTURES = "Click or press Enter to look from here; with Ctrl, compare the pose with another view"


class SightGrid(QWidget):
    """A grid of sights with a legend; `layer` is the choice of what lies over the pictures.

    Parameters
    ----------
    studio
        Whose selection and colours it follows.
    themes
        Colours of the icons.
    look_through
        Takes the viewport to where a camera stands, file coordinates.
    pair
        Compares two views that are picked.
    """

    def __init__(
        self,
        studio: Studio,
        themes: Themes,
        look_through: Callable[[Camera], None],
        pair: SightPair,
    ) -> None:
        super().__init__()
        self._studio, self._look_through, self._pair = studio, look_through, pair
        self._source: SightSource | None = None
        self.layer, self.grid = Choice(), TileGrid()
        self.layer.setToolTip("What is seen over the pictures")
        low, high, usual = SIDES
        self.side = Slider(low, high, usual, 16.0)
        self.side.setToolTip("Size of the views (Ctrl+wheel); a double click brings back the usual")
        self.side.setAccessibleName("Size of the views")
        self.side.setMaximumWidth(_SLIDER)
        self.fit = tool_button("Show all views without scrolling", self)
        themes.set_icon(self.fit, "fa6s.expand", "muted")
        self.crop = tool_button("Cut off the empty margins of the pictures", self)
        themes.set_icon(self.crop, "fa6s.crop-simple", "muted")
        self.crop.setCheckable(True)
        self.crop.setChecked(True)
        self.ramp, self.low, self.high = QLabel(), muted(), muted()
        self._build()
        self.layer.currentIndexChanged.connect(self._show_layer)
        self.side.moved.connect(lambda side: self.grid.set_side(round(side)))
        self.grid.resized.connect(self.side.set_value)
        self.fit.clicked.connect(self.grid.fit)
        self.crop.toggled.connect(self._show_window)
        studio.selection.changed.connect(self._selection_changed)
        studio.selection.hover_changed.connect(self._show_selection)
        studio.view.changed.connect(self._view_changed)

    @property
    def tiles(self) -> tuple[SightView, ...]:
        """The sights that are shown."""
        return tuple(tile for tile in self.grid.tiles if isinstance(tile, SightView))

    def show_source(self, source: SightSource | None, shape: Shape | None) -> None:
        """Show the sights of a shape; none without either."""
        self._source = source
        sights = source.sights if source is not None else ()
        self.layer.setEnabled(bool(sights))
        self._fill_layers(layers_of(sights))
        tiles = list(self.tiles)[: len(sights)]
        while len(tiles) < len(sights):
            tiles.append(self._new_tile())
        for number, (tile, sight) in enumerate(zip(tiles, sights, strict=True), start=1):
            assert source is not None
            about = f"View {number} of {len(sights)}"
            if sight.camera is not None and shape is not None:
                about += f": {side_of(sight.camera, shape)}"
            tile.setAccessibleName(about)
            tile.show_sight(sight, source, f"{about}\n{_GESTURES}")
        self.grid.set_tiles(tiles)
        self._show_window()
        self._show_layer()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid, 1)
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.low, self.ramp, self.high):
            row.addWidget(widget)
        for label in (self.low, self.high):
            label.setWordWrap(False)
        row.addStretch(1)
        for control in (self.side, self.crop, self.fit):
            row.addWidget(control)
        column.addLayout(row)

    # --- what is shown -------------------------------------------------------------------------

    def _show_window(self) -> None:
        sights = self._source.sights if self._source is not None else ()
        window = window_of(sights if self.crop.isChecked() else ())
        for tile in self.tiles:
            tile.set_window(*window)

    def _fill_layers(self, layers: dict[str, str]) -> None:
        shown = [self.layer.itemData(index) for index in range(self.layer.count())]
        if list(layers) == shown:
            return
        with QSignalBlocker(self.layer):
            before = self.layer.currentData()
            self.layer.clear()
            for key, title in layers.items():
                self.layer.addItem(title, key)
            self.layer.select_data(before)

    def _show_layer(self) -> None:
        """Lay what is chosen over all pictures, in colours that mean the same on each."""
        source, layer = self._source, self.layer.currentData() or PICTURE
        sights = source.sights if source is not None else ()
        shared = source is not None and source.shared
        keypoint = self._studio.selection.active_keypoint if shared else None
        colors = SightColors(sights, layer, keypoint, self._studio.view.value.style)
        for tile in self.tiles:
            tile.set_colors(colors)
        scale, unselected = colors.scale, layer == HEATMAP and keypoint is None
        nothing = "Select a keypoint" if unselected else ""
        self.low.setText(f"{scale.low:.3g}" if scale is not None else nothing)
        self.high.setText(f"{scale.high:.3g}" if scale is not None else "")
        self.ramp.setVisible(scale is not None)
        if scale is not None:
            table = colors_at(scale, np.linspace(0.0, 1.0, SWATCH.width()))
            self.ramp.setPixmap(swatch(table).pixmap(SWATCH))

    def _show_selection(self) -> None:
        for tile in self.tiles:
            tile.show_selection()

    def _selection_changed(self) -> None:
        self._show_selection()
        if self.layer.currentData() == HEATMAP:
            self._show_layer()

    def _view_changed(self, new: ViewOptions, old: ViewOptions) -> None:
        if new.style.colormap is not old.style.colormap:
            self._show_layer()

    # --- what a person does --------------------------------------------------------------------

    def _new_tile(self) -> SightView:
        tile = SightView(self._studio.selection)
        tile.opened.connect(lambda: self._open(tile))
        tile.picked.connect(lambda: self._pick(tile))
        tile.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for text, act in (("Look from here", self._open), ("Compare pose", self._pick),
                          ("Copy picture", self._copy)):  # fmt: skip
            action = QAction(text, tile)
            action.triggered.connect(lambda _, act=act: act(tile))
            tile.addAction(action)
        return tile

    def _pick(self, tile: SightView) -> None:
        if tile.sight is not None:
            self._pair.toggle(tile, tile.sight)

    def _open(self, tile: SightView) -> None:
        if tile.sight is not None and tile.sight.camera is not None:
            self._look_through(tile.sight.camera)

    def _copy(self, tile: SightView) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setImage(tile.image())
            self._studio.notify(Notice(Level.INFO, "Copied the picture"))
