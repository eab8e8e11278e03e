"""The Views panel: a shape from all sides, and what detectors see there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtGui import QAction, QGuiApplication, QHideEvent, QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from kpstudio.app.looking import picture_detectors
from kpstudio.app.notices import Level, Notice
from kpstudio.app.options import ViewOptions
from kpstudio.app.sights import (
    HEATMAP,
    PICTURE,
    PLAIN,
    SightSource,
    layers_of,
    plain_source,
    side_of,
    sources_of,
    window_of,
)
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.data.shape import Shape
from kpstudio.geometry.camera import Camera
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.panels.sight_view import SightView
from kpstudio.ui.panels.this_view import ThisViewSection
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted, tool_button
from kpstudio.ui.widgets.slider import Slider
from kpstudio.ui.widgets.swatch import SWATCH, swatch
from kpstudio.ui.widgets.tile_grid import SIDES, TileGrid
from kpstudio.viewport.colormaps import colors_at
from kpstudio.viewport.sight_colors import SightColors

#: Views around a shape that no detector has looked at.
_PLAIN_VIEWS = 8
_JOB = "plain views"


@dataclass(frozen=True, eq=False)
class _Plain:
    """Rendered views and the shape that they show."""

    shape: Shape
    source: SightSource


class ViewsPanel(Panel):
    """The views of the selected shape in a grid; above them what the viewport shows, if wanted.

    Parameters
    ----------
    studio, themes
        See `Panel`.
    look_through
        Takes the viewport to where a camera stands, file coordinates.
    """

    name, title, scrolls = "views", "Views", True

    def __init__(
        self, studio: Studio, themes: Themes, look_through: Callable[[Camera], None]
    ) -> None:
        super().__init__(studio, themes)
        self._look_through = look_through
        self._source: SightSource | None = None
        self._plain: _Plain | None = None
        self._colors: SightColors | None = None
        self._stale = True
        self.source, self.layer, self.grid = Choice(), Choice(), TileGrid()
        self.source.setToolTip("Who looked at the views")
        self.layer.setToolTip("What is seen over the pictures")
        self.hint, self.run = muted(), QPushButton()
        self.tile_size = Slider(SIDES[0], SIDES[1], SIDES[2], 16.0)
        self.tile_size.setToolTip(
            "Size of the views (Ctrl+wheel); a double click brings back the usual"
        )
        self.tile_size.setAccessibleName("Size of the views")
        self.tile_size.set_value(SIDES[2])
        self.fit = tool_button("Show all views without scrolling", self)
        themes.set_icon(self.fit, "fa6s.expand", "muted")
        self.crop = tool_button("Cut off the empty margins of the pictures", self)
        themes.set_icon(self.crop, "fa6s.crop-simple", "muted")
        self.crop.setCheckable(True)
        self.crop.setChecked(True)
        self.ramp, self.low, self.high = QLabel(), muted(), muted()
        self.live = ThisViewSection(studio, look_through)
        self._build()
        self.source.currentIndexChanged.connect(self.refresh)
        self.layer.currentIndexChanged.connect(self._show_layer)
        self.run.clicked.connect(self._detect)
        self.tile_size.moved.connect(lambda side: self.grid.set_side(round(side)))
        self.grid.resized.connect(self.tile_size.set_value)
        self.fit.clicked.connect(self.grid.fit)
        self.crop.toggled.connect(self._show_window)
        studio.selection.changed.connect(self._show_chosen)
        studio.selection.hover_changed.connect(self._show_hovered)
        studio.view.changed.connect(self._view_changed)
        studio.models.changed.connect(self.refresh)
        self.follow_selected()

    @property
    def tiles(self) -> tuple[SightView, ...]:
        """The views that are shown."""
        return tuple(tile for tile in self.grid.tiles if isinstance(tile, SightView))

    def _build(self) -> None:
        self.column.addWidget(self.live)
        choices = QHBoxLayout()
        choices.setSpacing(8)
        choices.addWidget(self.source, 1)
        choices.addWidget(self.layer, 1)
        self.column.addLayout(choices)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.run)
        self.column.addWidget(self.grid, 1)
        row = QHBoxLayout()
        row.setSpacing(6)
        for label in (self.low, self.high):
            label.setWordWrap(False)
        for widget in (self.low, self.ramp, self.high):
            row.addWidget(widget)
        row.addStretch(1)
        self.tile_size.setMaximumWidth(120)
        row.addWidget(self.tile_size)
        row.addWidget(self.crop)
        row.addWidget(self.fit)
        self.column.addLayout(row)

    # --- what is shown -------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Bring the views up to date: nobody saw them until now."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Render nothing that nobody sees."""
        super().hideEvent(event)
        self.studio.jobs.cancel(_JOB)

    def refresh(self) -> None:
        """Show the views of the selected shape."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        item = self.studio.selected
        shape = item.value if item is not None else None
        found = sources_of(shape) if shape is not None else ()
        self._fill_sources(found)
        key = self.source.currentData()
        source = next((one for one in found if one.key == key), None)
        if source is None and shape is not None:
            source = self._plain_of(shape)
        self._show_hint(shape, found, source)
        self._show_source(shape, source)

    def _fill_sources(self, found: tuple[SightSource, ...]) -> None:
        wanted = [(one.title, one.key) for one in found] + [("Rendered views", PLAIN)]
        shown = [(self.source.itemText(i), self.source.itemData(i))
                 for i in range(self.source.count())]  # fmt: skip
        if wanted == shown:
            return
        with QSignalBlocker(self.source):
            before = self.source.currentData()
            news = bool(found) and found[0].key not in [key for _, key in shown]
            self.source.clear()
            for title, key in wanted:
                self.source.addItem(title, key)
            # What a detector has just seen is what the person waits for.
            self.source.select_data(found[0].key if news else before)

    def _plain_of(self, shape: Shape) -> SightSource | None:
        """Return rendered views of a shape: those there are while newer ones are on their way."""
        made = self._plain
        same = made is not None and (made.shape.current, made.shape.keypoints) == (
            shape.current, shape.keypoints
        ) and made.shape.orientation == shape.orientation  # fmt: skip
        if not same:
            self.studio.jobs.submit(
                _JOB,
                "Rendering views",
                lambda ctx: _Plain(shape, plain_source(shape, _PLAIN_VIEWS, ctx)),
                self._plain_arrived,
                lambda error: self.studio.notify(Notice.of(error)),
                quiet=True,
            )
        if made is None or made.shape.mesh is not shape.mesh:
            return None
        return made.source

    def _plain_arrived(self, plain: _Plain) -> None:
        self._plain = plain
        self.refresh()

    def _show_hint(
        self, shape: Shape | None, found: tuple[SightSource, ...], source: SightSource | None
    ) -> None:
        text, ready = "", None
        if shape is None:
            text = "Open a shape to see it from all sides."
        elif source is not None and source.key != PLAIN and shape.is_deformed:
            text = "Seen before the shape was edited."
        elif not found:
            text, ready = _advice()
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        self.run.setVisible(ready is not None)
        if ready is not None:
            title, detector = ready
            self.run.setText(f"Look with {title}")
            self.run.setProperty("detector", detector)
            self.run.setToolTip(f"Detect keypoints with {title} on the selected shape")

    def _show_source(self, shape: Shape | None, source: SightSource | None) -> None:
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
            tile.show_sight(sight, source, f"{about}\nClick or press Enter to look from here")
        self.grid.set_tiles(tiles)
        self._show_window()
        self._show_layer()
        self._show_chosen()

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
        sights = self._source.sights if self._source is not None else ()
        layer = self.layer.currentData() or PICTURE
        keypoint = self.studio.selection.active_keypoint if self._shared else None
        self._colors = SightColors(sights, layer, keypoint, self.studio.view.value.style)
        for tile in self.tiles:
            tile.set_colors(self._colors)
        scale, unselected = self._colors.scale, layer == HEATMAP and keypoint is None
        self.low.setText(f"{scale.low:.3g}" if scale is not None else
                         "Select a keypoint" if unselected else "")  # fmt: skip
        self.high.setText(f"{scale.high:.3g}" if scale is not None else "")
        self.ramp.setVisible(scale is not None)
        if scale is not None:
            table = colors_at(scale, np.linspace(0.0, 1.0, SWATCH.width()))
            self.ramp.setPixmap(swatch(table).pixmap(SWATCH))

    @property
    def _shared(self) -> bool:
        return self._source is not None and self._source.shared

    def _show_chosen(self) -> None:
        chosen = self.studio.selection.keypoints if self._shared else ()
        for tile in self.tiles:
            tile.set_chosen(chosen)
        if self.layer.currentData() == HEATMAP:
            self._show_layer()

    def _show_hovered(self) -> None:
        hovered = self.studio.selection.hovered
        for tile in self.tiles:
            tile.set_hovered(hovered if self._shared and hovered is not None else -1)

    def _view_changed(self, new: ViewOptions, old: ViewOptions) -> None:
        if new.style.colormap is not old.style.colormap:
            self._show_layer()

    # --- what a person does --------------------------------------------------------------------

    def _new_tile(self) -> SightView:
        tile = SightView()
        tile.marked.connect(self._choose)
        tile.hovered.connect(self._hover)
        tile.opened.connect(lambda: self._open(tile))
        tile.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        look, copy = QAction("Look from here", tile), QAction("Copy picture", tile)
        look.triggered.connect(lambda: self._open(tile))
        copy.triggered.connect(lambda: self._copy(tile))
        tile.addActions([look, copy])
        return tile

    def _choose(self, index: int, add: bool) -> None:
        if not self._shared:
            return
        selection = self.studio.selection
        if add:
            selection.toggle_keypoint(index)
        else:
            selection.select_keypoints((index,))

    def _hover(self, index: int) -> None:
        if self._shared:
            self.studio.selection.hover(index if index >= 0 else None)

    def _open(self, tile: SightView) -> None:
        if tile.sight is not None and tile.sight.camera is not None:
            self._look_through(tile.sight.camera)

    def _copy(self, tile: SightView) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setImage(tile.image())
            self.studio.notify(Notice(Level.INFO, "Copied the picture"))

    def _detect(self) -> None:
        self.studio.detecting.choose(self.run.property("detector"))
        self.studio.detecting.run()


def _advice() -> tuple[str, tuple[str, str] | None]:
    """Return what to do where no detector has looked, and who could: title and id."""
    try:
        able = picture_detectors()
    except KPStudioError as error:
        return str(error), None
    if not able:
        return ("No detector that looks at pictures has a model: train one with Tools > Train a "
                "model, or import one with Tools > Models."), None  # fmt: skip
    first = able[0]
    return ("The shape from all sides. Run a detector that looks at pictures to see what it "
            "sees."), (first.title, first.id)  # fmt: skip
