"""The table of an evaluation in the dialog: the same as in the report."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QPainter
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from kpstudio.app.evaluating import DISTURBANCES
from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.result import Evaluation
from kpstudio.evaluation.table import Cell, Column, Row, caption, columns, rows
from kpstudio.ui.theme import Themes

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CELL = Qt.ItemDataRole.UserRole
_PADDING = 7
#: Size of the baselines' numbers as a share of that of the detector's.
_SMALL = 0.82


class EvaluateTable(QTableWidget):
    """A detector in each row, a figure in each column; baselines small beneath it.

    Parameters
    ----------
    themes
        The look.
    """

    def __init__(self, themes: Themes) -> None:
        super().__init__()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setItemDelegate(CellDelegate(themes, self))
        header = self.verticalHeader()
        assert header is not None
        header.hide()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def show_evaluation(self, evaluation: Evaluation) -> str:
        """Fill the table; return what is to be known to read it."""
        shown = columns(evaluation)
        table = rows(evaluation, shown)
        self.setRowCount(len(table))
        self.setColumnCount(len(shown) + 1)
        self.setHorizontalHeaderLabels(["Detector", *map(_title, shown)])
        for index, column in enumerate(shown):
            heading = self.horizontalHeaderItem(index + 1)
            assert heading is not None
            heading.setToolTip(_explained(column))
        for place, row in enumerate(table):
            self.setItem(place, 0, _item(row.entrant.title, None, row))
            for index, cell in enumerate(row.cells):
                self.setItem(place, index + 1, _item(cell.text, cell, row))
        self.resizeColumnsToContents()
        return caption(evaluation)


class CellDelegate(QStyledItemDelegate):
    """Draws a number, and beneath it, small, those of the baselines.

    Parameters
    ----------
    themes
        The look.
    parent
        The table.
    """

    def __init__(self, themes: Themes, parent: QTableWidget) -> None:
        super().__init__(parent)
        self._themes = themes

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw a cell in the colours of the theme at hand."""
        assert painter is not None
        cell, is_baseline = _content(index)
        best = cell is not None and cell.best
        painter.save()
        painter.setFont(_bold(option.font) if best else option.font)
        role = "good" if best else "muted" if is_baseline else "text"
        painter.setPen(self._themes.current.color(role))
        area = option.rect.adjusted(_PADDING, _PADDING // 2, -_PADDING, -_PADDING // 2)
        upper = QRect(area)
        if _beside(cell):
            upper.setHeight(QFontMetrics(option.font).height())
        painter.drawText(upper, _LEFT if cell is None else _RIGHT, index.data() or "")
        if _beside(cell):
            painter.setFont(_small(option.font))
            painter.setPen(self._themes.current.color("muted"))
            lower = QRect(area)
            lower.setTop(upper.bottom() + 1)
            painter.drawText(lower, _RIGHT, _beside(cell))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the room that both lines take."""
        cell = _content(index)[0]
        upper, lower = QFontMetrics(_bold(option.font)), QFontMetrics(_small(option.font))
        width = max(
            upper.horizontalAdvance(index.data() or ""), lower.horizontalAdvance(_beside(cell))
        )
        return QSize(width + 2 * _PADDING, upper.height() + lower.height() + _PADDING + 2)


def _content(index: QModelIndex) -> tuple[Cell | None, bool]:
    """Return the cell, and whether its row is a baseline's; while the table is filled, nothing."""
    return index.data(_CELL) or (None, False)


def _beside(cell: Cell | None) -> str:
    return " \N{MIDDLE DOT} ".join(cell.baselines) if cell is not None else ""


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _small(font: QFont) -> QFont:
    small = QFont(font)
    if font.pixelSize() > 0:  # the stylesheet gives sizes in pixels
        small.setPixelSize(round(_SMALL * font.pixelSize()))
    else:
        small.setPointSizeF(_SMALL * font.pointSizeF())
    return small


def _item(text: str, cell: Cell | None, row: Row) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setData(_CELL, (cell, row.entrant.baseline))
    return item


def _title(column: Column) -> str:
    """Return the heading of a column: a disturbance is called what the form calls it."""
    if column.disturbance in DISTURBANCES:
        return DISTURBANCES[column.disturbance][0]
    return column.title[:1].upper() + column.title[1:]


def _explained(column: Column) -> str:
    metric = METRICS[column.metric]
    at = "" if column.threshold is None else f" Here at {column.threshold:g}."
    return f"{metric.title}. {metric.definition}{at}"
