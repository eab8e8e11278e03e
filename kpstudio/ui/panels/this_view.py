"""What a detector sees in the viewport while the camera turns."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PyQt6.QtCore import QSignalBlocker, QTimer
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QWidget

from kpstudio.app.looking import LookOptions, Seen, picture_detectors
from kpstudio.app.notices import Notice
from kpstudio.app.sights import HEATMAPS, PICTURE, SightSource, window_of
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.geometry.camera import Camera
from kpstudio.ui.panels.sight_view import SightView
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.switch import Switch
from kpstudio.viewport.sight_colors import SightColors

_SIDE = 132  #: of the picture, logical pixels
#: Looks over which their rate is taken, and seconds after which the camera stands still.
_LOOKS, _REST = 12, 1.0


class ThisViewSection(QWidget):
    """A switch; while it is on, who looks, what is seen, and how often.

    Parameters
    ----------
    studio
        Whose viewport is looked at.
    look_through
        Takes the viewport to where a camera stands, file coordinates.
    """

    def __init__(self, studio: Studio, look_through: Callable[[Camera], None]) -> None:
        super().__init__()
        self._studio, self._look_through = studio, look_through
        self._times: deque[float] = deque(maxlen=_LOOKS)
        self._seconds = 0.0
        self.on = Switch("This view")
        self.on.setToolTip("Look at what the viewport shows while the camera turns (V)")
        self.picture, self.detector, self.rate = SightView(studio.selection), Choice(), muted()
        self.picture.setFixedSize(_SIDE, _SIDE)
        self.picture.setAccessibleName("What is seen in the viewport")
        self.detector.setToolTip("Who looks at the viewport")
        self.heat = QCheckBox("Heatmaps")
        self.heat.setToolTip("Show where the detector sees keypoints, in their colours")
        self.heat.setChecked(True)
        self.trained = QCheckBox("As in its training")
        self.trained.setToolTip(
            "Look from the camera's side, but from the distance and through the lens that the\n"
            "detector knows: elsewhere it sees less well"
        )
        self.rest = QTimer(self)
        self.rest.setSingleShot(True)
        self.rest.setInterval(round(1000 * _REST))
        self._build()
        self.rest.timeout.connect(self._show_rate)
        self.on.toggled.connect(lambda on: studio.looking.options.update(this_view=on))
        self.trained.toggled.connect(lambda on: studio.looking.options.update(as_trained=on))
        self.detector.currentIndexChanged.connect(self._choose)
        self.heat.toggled.connect(self._show_heat)
        self.picture.opened.connect(self._open)
        studio.looking.options.changed.connect(self._show_options)
        studio.looking.seen.connect(self._show_seen)
        studio.selection.changed.connect(self.picture.show_selection)
        studio.selection.hover_changed.connect(self.picture.show_selection)
        studio.models.changed.connect(self._fill)
        self._fill()

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        for row, widget in enumerate((self.on, self.detector, self.trained, self.heat, self.rate)):
            grid.addWidget(widget, row, 1)
        grid.setRowStretch(5, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.picture, 0, 0, 6, 1)

    # --- what is shown -------------------------------------------------------------------------

    def _fill(self) -> None:
        try:
            able = picture_detectors()
        except KPStudioError as error:
            able = ()
            self._studio.notify(Notice.of(error))
        with QSignalBlocker(self.detector):
            self.detector.clear()
            for spec in able:
                self.detector.addItem(spec.title, spec.id)
        self.on.setEnabled(bool(able))
        options = self._studio.looking.options
        if able and options.value.detector not in [spec.id for spec in able]:
            options.update(detector=able[0].id, parameters=None)
        self._show_options(options.value, None)

    def _show_options(self, new: LookOptions, old: LookOptions | None) -> None:
        for box, on in ((self.on, new.this_view), (self.trained, new.as_trained)):
            with QSignalBlocker(box):
                box.setChecked(on)
            box.update()
        self.detector.select_data(new.detector)
        for widget in (self.picture, self.detector, self.heat, self.trained, self.rate):
            widget.setVisible(new.this_view)
        if old is None or old.this_view != new.this_view:
            self._times.clear()
            self.rate.setText("Looking\N{HORIZONTAL ELLIPSIS}" if new.this_view else "")

    def _show_seen(self, seen: Seen | None) -> None:
        item = self._studio.selected
        if seen is None or item is None or seen.item_id != item.id:
            return
        keypoints = item.value.keypoints
        shared = keypoints is not None and keypoints.schema.names == seen.schema.names
        source = SightSource(seen.detector, "This view", (seen.sight,), seen.schema, shared)
        self.picture.show_sight(seen.sight, source, "What the detector is shown")
        self.picture.set_window(*window_of((seen.sight,)))
        self._show_heat()
        self._times.append(time.monotonic())
        self._seconds = seen.seconds
        self._show_rate()
        self.rest.start()

    def _show_rate(self) -> None:
        if len(self._times) == 0:
            return
        look = f"{1000 * self._seconds:.0f}\N{NO-BREAK SPACE}ms a look"
        turning = time.monotonic() - self._times[-1] < _REST
        recent = [moment for moment in self._times if self._times[-1] - moment < 2.0 * _REST]
        if turning and len(recent) > 1:
            rate = (len(recent) - 1) / max(recent[-1] - recent[0], 1e-3)
            look = f"{rate:.1f} looks a second, {look}"
        self.rate.setText(look)

    def _show_heat(self) -> None:
        sight = self.picture.sight
        if sight is not None:
            layer = HEATMAPS if self.heat.isChecked() else PICTURE
            style = self._studio.view.value.style
            self.picture.set_colors(SightColors((sight,), layer, None, style))

    # --- what a person does --------------------------------------------------------------------

    def _choose(self) -> None:
        detector = self.detector.currentData()
        if detector is not None:
            self._studio.looking.options.update(detector=detector, parameters=None)

    def _open(self) -> None:
        sight = self.picture.sight
        if sight is not None and sight.camera is not None:
            self._look_through(sight.camera)
