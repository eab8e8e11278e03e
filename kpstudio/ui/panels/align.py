"""The Align panel: deform the selected shape towards another one of its category."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton

from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.document.document import Change
from kpstudio.document.item import Item
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.form import form_layout
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.slider import Slider


class AlignPanel(Panel):
    """A target and an amount.

    Parameters
    ----------
    studio, themes
        See `Panel`.
    ask_files
        Lets the person choose files to open as targets.
    """

    name, title = "align", "Align"

    def __init__(self, studio: Studio, themes: Themes, ask_files: Callable[[], list[Path]]) -> None:
        super().__init__(studio, themes)
        self._ask_files = ask_files
        self._source_of_new: int | None = None
        self._new_target: int | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._back_to_source)
        self._frames = Coalescer(self._preview, parent=self)
        self.target, self.amount, self.percent = Choice(), Slider(), QLabel("0 %")
        self.amount.setToolTip("0 % = as detected, 100 % = the target's arrangement")
        self.open = QPushButton("Open target…")
        self.open.setToolTip("Open a mesh to align the selected shape to")
        self.hint = muted()
        self._build()
        self.target.currentIndexChanged.connect(self._show_amount)
        self.amount.moved.connect(self._moved)
        self.amount.released.connect(self._released)
        self.amount.cancelled.connect(self._cancelled)
        self.open.clicked.connect(self._open_target)
        studio.history.changed.connect(self._show_amount)
        studio.selection.changed.connect(self._show_amount)
        studio.rigs.ready.connect(lambda _: self.refresh())
        self.follow_selected()

    def _build(self) -> None:
        form = form_layout()
        form.addRow("Target", self.target)
        self.column.addLayout(form)
        row = QGridLayout()
        row.setHorizontalSpacing(8)
        self.percent.setFixedWidth(self.percent.fontMetrics().horizontalAdvance("100 % "))
        row.addWidget(QLabel("Amount"), 0, 0)
        row.addWidget(self.amount, 0, 1)
        row.addWidget(self.percent, 0, 2)
        self.column.addLayout(row)
        self.column.addWidget(self.hint)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        self.column.addStretch(1)

    # --- what there is to align to -------------------------------------------------------------

    def refresh(self) -> None:
        """List the shapes whose keypoints mean the same places as the selected shape's."""
        source = self.studio.selected
        chosen = self.target.currentData()
        targets = [
            item for item in self.studio.document if source is not None and _fits(source, item)
        ]
        self.target.blockSignals(True)
        self.target.clear()
        for item in targets:
            self.target.addItem(item.name, item.id)
        self.target.select_data(chosen)
        if any(item.id == self._new_target for item in targets):
            self.target.select_data(self._new_target)
            self._new_target = None
        self.target.blockSignals(False)
        ready = source is not None and self.studio.rigs.get(source.value) is not None
        self.target.setEnabled(bool(targets))
        self.amount.setEnabled(bool(targets) and ready)
        self.open.setEnabled(source is not None)
        self.hint.setText(_hint(source, bool(targets)))
        self.hint.setVisible(bool(self.hint.text()))

    def _document_changed(self, change: Change) -> None:
        if change.transient:
            return
        if change.before is None and self._source_of_new is not None:
            self._take_as_target(change.item_id)
        self.refresh()

    # --- the amount ----------------------------------------------------------------------------

    def _show_amount(self, *_: object) -> None:
        # The slider stands for the step that was just made; after any other it starts anew.
        if self.studio.history.undo_label != f"Align to {self.target.currentText()}":
            self.amount.set_value(0.0)
        self.percent.setText(f"{self.amount.value:.0%}".replace("%", " %"))

    def _moved(self, value: float) -> None:
        self.percent.setText(f"{value:.0%}".replace("%", " %"))
        self._frames.request()

    def _preview(self) -> None:
        self._align(final=False)

    def _released(self, _value: float) -> None:
        self._frames.stop()
        self._align(final=True)

    def _cancelled(self) -> None:
        self._frames.stop()
        if self.studio.selection.item_id is not None:
            self.studio.edits.restore(self.studio.selection.item_id)
        self._show_amount()

    def _align(self, *, final: bool) -> None:
        source, target = self.studio.selection.item_id, self.target.currentData()
        if source is not None and target is not None:
            self.studio.edits.align(source, target, self.amount.value, final=final)

    # --- opening a target ----------------------------------------------------------------------

    def _open_target(self) -> None:
        paths = self._ask_files()[:1]
        if paths:
            self._source_of_new = self.studio.selection.item_id
            self.studio.files.open(paths)

    def _take_as_target(self, item_id: int) -> None:
        if not self.studio.detecting.options.value.live:
            self.studio.detecting.run(item_id)
        self._new_target = item_id
        # Opening selects what was opened; the source is what the person works on.
        self._later.start()

    def _back_to_source(self) -> None:
        source, self._source_of_new = self._source_of_new, None
        self.studio.selection.select_item(source)


def _fits(source: Item, item: Item) -> bool:
    return item.id != source.id and _same_places(source.value, item.value)


def _same_places(a: Shape, b: Shape) -> bool:
    if a.keypoints is None or b.keypoints is None:
        return False
    ours, theirs = a.keypoints.schema, b.keypoints.schema
    return ours.ordered and theirs.ordered and ours.names == theirs.names


def _hint(source: Item | None, has_targets: bool) -> str:
    if source is None:
        return "Open the shape that is to be deformed first."
    if source.value.detection is None or source.value.detection.handling is None:
        return "Detect keypoints that move the mesh first."
    if not source.value.detection.keypoints.schema.ordered:
        return "These keypoints are other places on every shape: use a detector of ordered ones."
    return "" if has_targets else "Open another shape of the same category."
