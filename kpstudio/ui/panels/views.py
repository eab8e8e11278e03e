"""The Views panel: a shape from all sides, and what detectors see there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import QHBoxLayout, QPushButton

from kpstudio.app.looking import picture_detectors
from kpstudio.app.sights import PLAIN, SightSource, plain_source, sources_of
from kpstudio.app.studio import Studio
from kpstudio.base.arrays import ByteArray
from kpstudio.base.errors import KPStudioError
from kpstudio.data.shape import Shape
from kpstudio.geometry.camera import Camera
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.panels.photo_section import PhotoSection
from kpstudio.ui.panels.sight_grid import SightGrid
from kpstudio.ui.panels.sight_pair import SightPair
from kpstudio.ui.panels.this_view import ThisViewSection
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted

#: Views around a shape that no detector has looked at.
_PLAIN_VIEWS = 8
_JOB = "plain views"


@dataclass(frozen=True, eq=False)
class _Plain:
    """Rendered views and the shape that they show, or why there are none."""

    shape: Shape
    source: SightSource
    error: str = ""


class ViewsPanel(Panel):
    """The views of the selected shape in a grid; above them the viewport's and a photo, if wanted.

    Parameters
    ----------
    studio, themes
        See `Panel`.
    look_through
        Takes the viewport to where a camera stands, file coordinates.
    look_over
        Shows a picture behind the viewport, from the camera that took it, file coordinates.
    """

    name, title = "views", "Views"

    def __init__(
        self,
        studio: Studio,
        themes: Themes,
        look_through: Callable[[Camera], None],
        look_over: Callable[[ByteArray, Camera], None],
    ) -> None:
        super().__init__(studio, themes)
        self._plain: _Plain | None = None
        self._in_view = False
        self.live = ThisViewSection(studio, look_through)
        self.photo = PhotoSection(studio, themes, look_over)
        self.pair = SightPair(studio)
        self.source = Choice()
        self.views = SightGrid(studio, themes, look_through, self.pair)
        self.source.setToolTip("Who looked at the views")
        self.hint, self.run = muted(), QPushButton()
        self._build()
        self.source.currentIndexChanged.connect(self.refresh)
        self.run.clicked.connect(self._detect)
        self.photo.picture.picked.connect(self._pick_photo)
        studio.models.changed.connect(self.refresh)
        studio.looking.photo_changed.connect(self._drop_picks)
        self.follow_selected()

    def _build(self) -> None:
        self.column.addWidget(self.live)
        self.column.addWidget(self.photo)
        choices = QHBoxLayout()
        choices.setSpacing(8)
        choices.addWidget(self.source, 1)
        choices.addWidget(self.views.layer, 1)
        self.column.addLayout(choices)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.run)
        self.column.addWidget(self.views, 1)
        self.column.addWidget(self.pair.line)

    # --- what is shown -------------------------------------------------------------------------

    def set_in_view(self, in_view: bool) -> None:
        """Bring the views up to date, or render nothing while nobody sees them."""
        if in_view == self._in_view:
            return
        self._in_view = in_view
        if in_view:
            self.refresh()
        else:
            self.studio.jobs.cancel(_JOB)

    def refresh(self) -> None:
        """Show the views of the selected shape."""
        if not self._in_view:
            return
        self.photo.refresh()
        item = self.studio.selected
        shape = item.value if item is not None else None
        found = sources_of(shape) if shape is not None else ()
        self._fill_sources(found)
        key = self.source.currentData()
        source = next((one for one in found if one.key == key), None)
        if source is None and shape is not None:
            source = self._plain_of(shape)
        self._show_hint(shape, found, source)
        self.views.show_source(source, shape)
        self._drop_picks()

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
                lambda error: self._plain_arrived(
                    _Plain(shape, SightSource(PLAIN, "", (), None, shared=True), str(error))
                ),
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
        elif source is not None and not source.sights and self._plain is not None:
            text = self._plain.error
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

    # --- what a person does --------------------------------------------------------------------

    def _pick_photo(self) -> None:
        photo = self.studio.looking.photo
        if photo is not None:
            self.pair.toggle(self.photo.picture, photo.sight)

    def _drop_picks(self) -> None:
        photo = self.studio.looking.photo
        shown = [tile.sight for tile in self.views.tiles if tile.sight is not None]
        self.pair.keep(shown if photo is None else [*shown, photo.sight])

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
