"""Dense maps in the Match panel: compute one, bring things over, find places."""

from __future__ import annotations

from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kpstudio.app.mapping import PLACES
from kpstudio.app.notices import Notice
from kpstudio.app.studio import Studio
from kpstudio.app.transfers import What
from kpstudio.base.errors import KPStudioError
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.switch import Switch

_WHAT = {"keypoints": "Keypoints", "fields": "Fields", "colors": "Colours"}


class DenseSection(QWidget):
    """Where every vertex of one shape is on the other, and what that is good for.

    Parameters
    ----------
    studio
        What is mapped.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.run, self.transfer = QPushButton("Compute dense map"), QPushButton("Transfer")
        self.run.setToolTip("Where every vertex of one shape is on the other; the matches help")
        self.transfer.setToolTip("Bring what is on the source onto the target, as one step")
        self.info = muted()
        self.what: dict[str, QCheckBox] = {}
        self.finding = Switch("Click to find places")
        self.finding.setToolTip(
            "A click on either shape shows where on the other such a place is:\n"
            "by the dense map if there is one, else by the descriptors"
        )
        self._build()
        self.run.clicked.connect(lambda: studio.mapping.run())
        self.transfer.clicked.connect(self._transfer)
        self.finding.toggled.connect(self._set_finding)
        studio.mapping.changed.connect(self.refresh)
        studio.jobs.changed.connect(self.refresh)
        studio.view.changed.connect(self._view_changed)
        self.refresh()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.run)
        column.addWidget(self.info)
        boxes = QHBoxLayout()
        boxes.setSpacing(12)
        for name, text in _WHAT.items():
            box = QCheckBox(text)
            box.setChecked(True)
            self.what[name] = box
            boxes.addWidget(box)
        boxes.addStretch(1)
        column.addLayout(boxes)
        column.addWidget(self.transfer)
        column.addWidget(self.finding)

    def refresh(self) -> None:
        """Show whether there is a map."""
        mapping, items = self.studio.mapping, self.studio.corresponding.items
        ready, running = mapping.maps is not None, mapping.is_running
        self.run.setEnabled(items is not None and not running)
        self.run.setText("Compute dense map" if not ready else "Compute dense map again")
        for widget in (self.transfer, *self.what.values()):
            widget.setEnabled(ready)
        self.finding.setEnabled(items is not None)
        if running:
            text = "Computing…"
        elif mapping.maps is not None and items is not None:
            sure = 100.0 * float((mapping.maps.there.confidence > 0.5).mean())
            text = f"{sure:.0f} % of the vertices of {items[0].name} come back to where they were."
        else:
            text = "For shapes of which one bends into the other, such as poses of one body."
        self.info.setText(text)

    def _transfer(self) -> None:
        what = What(**{name: box.isChecked() for name, box in self.what.items()})
        try:
            self.studio.mapping.transfer(what)
        except KPStudioError as error:
            self.studio.notify(Notice.of(error))

    def _set_finding(self, on: bool) -> None:
        studio = self.studio
        studio.mapping.set_finding(on)
        shown = studio.view.value.shown_field
        wanted = PLACES if on else "" if shown == PLACES else shown
        studio.view.set(studio.inspecting.showing(studio.selected, studio.view.value, wanted))

    def _view_changed(self, *_: object) -> None:
        # Another field was chosen: clicks mean the shapes again.
        view = self.studio.view.value
        fields = [view.field_of(pane) for pane in range(view.layout.panes)]
        if self.finding.isChecked() and PLACES not in fields:
            self.finding.setChecked(False)
