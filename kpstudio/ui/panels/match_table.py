"""The table of matches: one a row, in step with what is highlighted in the viewport."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QItemSelectionModel, QSignalBlocker, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from kpstudio.app.field_scale import FieldScale
from kpstudio.app.studio import Studio
from kpstudio.viewport.colormaps import colors_at

_HEADINGS = ("", "", "Conf.")
_DOT = 10  # logical pixels
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class MatchTable(QTableWidget):
    """Names of both keypoints and the confidence; Delete cuts the chosen rows.

    Parameters
    ----------
    studio
        What is matched.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(0, len(_HEADINGS))
        self.studio = studio
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(_DOT, _DOT))
        self.setMinimumHeight(150)
        self.setAccessibleName("Matches")
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None
        assert columns is not None
        rows.hide()
        rows.setDefaultSectionSize(26)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(_LEFT)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(2, self.fontMetrics().horizontalAdvance("by hand") + 40)
        self.itemSelectionChanged.connect(self._chosen)

    @property
    def chosen(self) -> tuple[int, ...]:
        """Rows that are selected."""
        model = self.selectionModel()
        assert model is not None
        return tuple(sorted(index.row() for index in model.selectedRows()))

    def show_matches(self) -> None:
        """Fill the table."""
        corresponding = self.studio.corresponding
        matches, items = corresponding.matches, corresponding.items
        names = [item.name for item in items] if items is not None else ["Source", "Target"]
        self.setHorizontalHeaderLabels([*names, "Conf."])
        with QSignalBlocker(self):
            self.clearSelection()
            self.setRowCount(len(matches) if matches is not None else 0)
            for row in range(self.rowCount()):
                self._fill(row)

    def show_highlighted(self) -> None:
        """Mark the row under the cursor of the viewport, and keep it in view."""
        rows = self.studio.corresponding.highlighted
        hovered = [row for row in rows if row not in self.chosen]
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                item = self.item(row, column)
                if item is not None:
                    font = item.font()
                    font.setBold(row in hovered)
                    item.setFont(font)
        if hovered and not self.underMouse():
            self.scrollTo(self.model().index(hovered[-1], 0))  # type: ignore[union-attr]

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Cut the chosen rows with Delete."""
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.cut_chosen()
            return
        super().keyPressEvent(event)

    def cut_chosen(self) -> None:
        """Take the chosen matches away; the row that follows is chosen then."""
        rows = self.chosen
        if rows:
            self.studio.corresponding.cut(rows)
            self._select(min(rows[0], self.rowCount() - 1))

    def _fill(self, row: int) -> None:
        corresponding = self.studio.corresponding
        matches = corresponding.matches
        assert matches is not None
        confidence = float(matches.confidence[row])
        drawn = corresponding.is_drawn(row)
        texts = (*corresponding.names(row), "by hand" if drawn else f"{confidence:.2f}")
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            item.setTextAlignment(_LEFT)
            if column == 2:
                item.setIcon(_dot(confidence))
            self.setItem(row, column, item)

    def _select(self, row: int) -> None:
        model, data = self.selectionModel(), self.model()
        if row >= 0 and model is not None and data is not None:
            flags = QItemSelectionModel.SelectionFlag
            model.setCurrentIndex(data.index(row, 0), flags.ClearAndSelect | flags.Rows)

    def _chosen(self) -> None:
        self.studio.corresponding.choose(self.chosen)


def _dot(confidence: float) -> QIcon:
    pixmap = QPixmap(2 * _DOT, 2 * _DOT)
    color = colors_at(FieldScale(0.0, 1.0), np.array([confidence]))[0]
    pixmap.fill(QColor.fromRgbF(*(float(part) for part in color)))
    return QIcon(pixmap)
