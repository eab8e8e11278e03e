"""The Keypoints panel: every keypoint's name, place, confidence and lock."""

from __future__ import annotations

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt
from PyQt6.QtGui import QColor, QKeyEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from kpstudio.app.studio import Studio
from kpstudio.ui.panels.keypoint_model import CONFIDENCE, INDEX, LABEL, LOCK, NUMBERS, KeypointModel
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted
from kpstudio.viewport.palette import keypoint_color


class KeypointsPanel(Panel):
    """The table, in step with what is selected in the viewport."""

    name, title, scrolls = "keypoints", "Keypoints", True

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.column.setContentsMargins(4, 4, 4, 4)
        self.model = KeypointModel(studio, themes, _color, self)
        self.table = _Table(self)
        self.table.setModel(self.model)
        self.table.set_widths()
        self.summary = muted(wrap=False)
        self.summary.setContentsMargins(8, 0, 8, 4)
        self.column.addWidget(self.table)
        self.column.addWidget(self.summary)
        self._syncing = False
        selection = self.table.selectionModel()
        assert selection is not None
        self._rows = selection
        self._rows.selectionChanged.connect(self._picked)
        self.table.clicked.connect(self._clicked)
        self.model.modelReset.connect(self._show_selection)
        studio.selection.changed.connect(self._show_selection)
        themes.changed.connect(self.model.recolour)
        self.follow_selected()

    def refresh(self) -> None:
        """Say how many keypoints there are and how many of them a person has moved."""
        item = self.studio.selected
        keypoints = item.value.keypoints if item is not None else None
        if keypoints is None:
            self.summary.setText("No keypoints yet" if item is not None else "No shape selected")
            return
        edited = sum(origin != "detected" for origin in keypoints.origin)
        locked = int(keypoints.locked.sum())
        parts = [f"{len(keypoints)} keypoints"]
        parts += [f"{edited} edited"] if edited else []
        parts += [f"{locked} locked"] if locked else []
        self.summary.setText(", ".join(parts))

    def _picked(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        if self._syncing:
            return
        # The order of choosing matters: the last one is the active keypoint.
        rows = {index.row() for index in self._rows.selectedRows()}
        kept = [index for index in self.studio.selection.keypoints if index in rows]
        self.studio.selection.select_keypoints([*kept, *sorted(rows.difference(kept))])

    def _show_selection(self) -> None:
        wanted = set(self.studio.selection.keypoints)
        if wanted == {index.row() for index in self._rows.selectedRows()}:
            return
        selection = QItemSelection()
        for row in wanted:
            if row < self.model.rowCount():
                selection.select(self.model.index(row, 0), self.model.index(row, LOCK))
        self._syncing = True
        self._rows.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._syncing = False
        active = self.studio.selection.active_keypoint
        if active is not None:
            self.table.scrollTo(self.model.index(active, 0))

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == LOCK:
            self.model.toggle_lock(index.row())


class _Table(QTableView):
    """The view; Enter edits the current cell, Space locks its keypoint."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # left … tip
        self.setIconSize(QSize(12, 12))
        self.setMinimumHeight(120)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        assert rows is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(26)

    def set_widths(self) -> None:
        """Give the numbers the room they need and the names the rest."""
        columns = self.horizontalHeader()
        assert columns is not None
        columns.setMinimumSectionSize(24)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionResizeMode(LABEL, QHeaderView.ResizeMode.Stretch)
        room = self.fontMetrics().horizontalAdvance
        numbers = dict.fromkeys(NUMBERS, room("-0.0000") + 6)
        widths = {INDEX: room("00") + 26, **numbers, CONFIDENCE: room("Conf.") + 12, LOCK: 26}
        for column, width in widths.items():
            self.setColumnWidth(column, width)

    def sizeHint(self) -> QSize:
        """Return room for a dozen keypoints."""
        return QSize(372, 340)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Edit or lock from the keyboard."""
        index = self.currentIndex()
        if event is not None and index.isValid() and self.state() is not self.State.EditingState:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.edit(index)
                return
            if event.key() == Qt.Key.Key_Space:
                model = self.model()
                assert isinstance(model, KeypointModel)
                model.toggle_lock(index.row())
                return
        super().keyPressEvent(event)


def _color(index: int) -> QColor:
    return QColor.fromRgbF(*keypoint_color(index))
