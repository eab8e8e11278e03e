"""Keypoints as a table model: during a drag only the cells that change are told."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QColor, QIcon, QPixmap

from kpstudio.app.notices import Level, Notice
from kpstudio.app.studio import Studio
from kpstudio.data.keypoints import KeypointSet, Origin
from kpstudio.document.document import Change
from kpstudio.ui.theme import Themes

HEADERS = ("#", "Label", "x", "y", "z", "Conf.", "")
INDEX, LABEL, X, Y, Z, CONFIDENCE, LOCK = range(len(HEADERS))
NUMBERS = (X, Y, Z)
_ROLE = Qt.ItemDataRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter


class KeypointModel(QAbstractTableModel):
    """The keypoints of the selected shape.

    Parameters
    ----------
    studio
        Where they come from and where edits go.
    themes
        Colours of the icons.
    color_of
        Colour of a keypoint by its index.
    parent
        Qt parent.
    """

    def __init__(
        self,
        studio: Studio,
        themes: Themes,
        color_of: Callable[[int], QColor],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._studio, self._themes, self._color_of = studio, themes, color_of
        self._item_id: int | None = None
        self._keypoints: KeypointSet | None = None
        self._decimals = 3
        studio.selection.changed.connect(self._selection_changed)
        studio.document.changed.connect(self._document_changed)
        self._selection_changed()

    # --- what the view asks --------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of keypoints."""
        return 0 if self._keypoints is None else len(self._keypoints)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of columns."""
        return len(HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> Any:
        """Return the titles of the columns."""
        if orientation is Qt.Orientation.Horizontal:
            if role == _ROLE.DisplayRole:
                return HEADERS[section]
            if role == _ROLE.TextAlignmentRole and section in (*NUMBERS, CONFIDENCE):
                return _RIGHT
            if role == _ROLE.ToolTipRole and section == CONFIDENCE:
                return self._confidence_explained()
        return None

    def _confidence_explained(self) -> str:
        item = self._studio.selected
        detection = item.value.detection if item is not None else None
        if detection is None or detection.candidates is None:
            return "Confidence: how sure the detector is, 0 to 1"
        return "Relative response: as a share of the strongest candidate's"

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in (LABEL, *NUMBERS) else flags

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        """Return text, icon, alignment or explanation of a cell."""
        keypoints = self._keypoints
        if keypoints is None or not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role in (_ROLE.DisplayRole, _ROLE.EditRole):
            return self._text(keypoints, row, column, exact=role == _ROLE.EditRole)
        if role == _ROLE.DecorationRole:
            return self._icon(keypoints, row, column)
        if role == _ROLE.TextAlignmentRole:
            return _CENTRE if column == LOCK else _RIGHT if column > LABEL else None
        if role == _ROLE.ToolTipRole:
            return _explanation(keypoints, row, column)
        if role == _ROLE.ForegroundRole and keypoints.locked[row]:
            return self._themes.current.color("muted")
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = _ROLE.EditRole) -> bool:
        """Take a name or a number a person typed."""
        if self._item_id is None or self._keypoints is None or role != _ROLE.EditRole:
            return False
        if index.column() == LABEL:
            self._studio.edits.rename_keypoint(self._item_id, index.row(), str(value))
            return True
        return self._place(index.row(), index.column() - X, str(value))

    def toggle_lock(self, row: int) -> None:
        """Lock a keypoint, or free it."""
        if self._item_id is not None and self._keypoints is not None:
            locked = bool(self._keypoints.locked[row])
            self._studio.edits.set_lock(self._item_id, row, not locked)

    def recolour(self) -> None:
        """Draw all icons again in the theme's colours."""
        if self.rowCount():
            last = self.index(self.rowCount() - 1, len(HEADERS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # --- what the studio tells -----------------------------------------------------------------

    def _selection_changed(self) -> None:
        if self._studio.selection.item_id != self._item_id:
            self._item_id = self._studio.selection.item_id
            self._take_selected()

    def _document_changed(self, change: Change) -> None:
        if change.item_id != self._item_id:
            return
        if change.after is None:
            self._reset(None)
        else:
            self._show(change.after.value.keypoints)

    def _take_selected(self) -> None:
        item = self._studio.selected
        if item is not None:
            size = max(item.value.mesh.diagonal, 1e-12)
            self._decimals = min(max(4 - math.ceil(math.log10(size)), 0), 9)
        self._reset(item.value.keypoints if item is not None else None)

    def _reset(self, keypoints: KeypointSet | None) -> None:
        self.beginResetModel()
        self._keypoints = keypoints
        self.endResetModel()

    def _show(self, keypoints: KeypointSet | None) -> None:
        old, count = self._keypoints, None if keypoints is None else len(keypoints)
        if old is None or keypoints is None or len(old) != count:
            if keypoints is not old:
                self._reset(keypoints)
            return
        self._keypoints = keypoints
        moved = np.flatnonzero((old.positions != keypoints.positions).any(axis=1))
        self._tell(moved, X, Z)
        self._tell(np.flatnonzero(old.confidence != keypoints.confidence), CONFIDENCE, CONFIDENCE)
        self._tell(np.flatnonzero(old.locked != keypoints.locked), INDEX, LOCK)
        if old.schema is not keypoints.schema:
            self._tell(np.arange(len(keypoints)), LABEL, LABEL)

    def _tell(self, rows: np.ndarray, first: int, last: int) -> None:
        for row in rows.tolist():
            self.dataChanged.emit(self.index(row, first), self.index(row, last))

    # --- cells ---------------------------------------------------------------------------------

    def _text(self, keypoints: KeypointSet, row: int, column: int, *, exact: bool) -> str | None:
        if column == INDEX:
            return str(row)
        if column == LABEL:
            return keypoints.schema.names[row]
        if column in NUMBERS:
            value = float(keypoints.positions[row, column - X])
            return f"{value:.10g}" if exact else f"{value:.{self._decimals}f}"
        if column == CONFIDENCE:
            assert keypoints.confidence is not None
            return f"{float(keypoints.confidence[row]):.2f}"
        return None

    def _icon(self, keypoints: KeypointSet, row: int, column: int) -> QIcon | None:
        if column == INDEX:
            swatch = QPixmap(10, 10)
            swatch.fill(self._color_of(row))
            icon = QIcon(swatch)
            icon.addPixmap(swatch, QIcon.Mode.Selected)  # the same colour in a selected row
            return icon
        if column == LOCK:
            locked = bool(keypoints.locked[row])
            return self._themes.current.icon(
                "fa6s.lock" if locked else "fa6s.lock-open", "accent" if locked else "disabled"
            )
        return None

    def _place(self, row: int, axis: int, text: str) -> bool:
        keypoints, item_id = self._keypoints, self._item_id
        assert keypoints is not None
        assert item_id is not None
        try:
            number = float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            self._studio.notify(Notice(Level.WARNING, f"{text!r} is not a number"))
            return False
        if text == self._text(keypoints, row, X + axis, exact=True):
            return True  # the editor was opened and closed
        if keypoints.locked[row]:
            self._studio.notify(Notice(Level.WARNING, f"Keypoint {row} is locked"))
            return False
        target = keypoints.positions[row].copy()
        target[axis] = number
        before = self._studio.document.find(item_id)
        self._studio.edits.set_position(item_id, row, target)
        if self._studio.document.find(item_id) is before:
            self._studio.notify(Notice(Level.INFO, "The shape is still being prepared"))
        return True


def _explanation(keypoints: KeypointSet, row: int, column: int) -> str | None:
    if column == LOCK:
        locked = keypoints.locked[row]
        return "Locked: nothing moves it. Click to free it." if locked else "Click to lock it."
    if column == CONFIDENCE:
        return f"{keypoints.origin[row].capitalize()}; how sure the detector was, 0 to 1"
    edited = "" if keypoints.origin[row] is Origin.DETECTED else f" ({keypoints.origin[row]})"
    return f"{row}: {keypoints.schema.names[row]}{edited}"
