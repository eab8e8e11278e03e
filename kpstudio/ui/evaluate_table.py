"""The table of an evaluation in the dialog: the same as in the report."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.result import Evaluation
from kpstudio.evaluation.table import Cell, Column, Row, caption, columns, rows
from kpstudio.ui.theme import Themes

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class EvaluateTable(QTableWidget):
    """A detector in each row, a figure in each column.

    Parameters
    ----------
    themes
        The look.
    """

    def __init__(self, themes: Themes) -> None:
        super().__init__()
        self._themes = themes
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
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
        self.setHorizontalHeaderLabels(["Detector", *(column.title for column in shown)])
        for index, column in enumerate(shown):
            heading = self.horizontalHeaderItem(index + 1)
            assert heading is not None
            heading.setToolTip(_explained(column))
        for place, row in enumerate(table):
            self.setItem(place, 0, self._item(row.entrant.title, row))
            for index, cell in enumerate(row.cells):
                self.setItem(place, index + 1, self._number(cell, row))
        self.resizeColumnsToContents()
        return caption(evaluation)

    def _number(self, cell: Cell, row: Row) -> QTableWidgetItem:
        lines = [cell.text, " \N{MIDDLE DOT} ".join(cell.baselines)]
        item = self._item("\n".join(line for line in lines if line), row)
        item.setTextAlignment(_RIGHT)
        if cell.best:
            font = QFont(item.font())
            font.setBold(True)
            item.setFont(font)
            item.setForeground(QColor(self._themes.current.colors["good"]))
        return item

    def _item(self, text: str, row: Row) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        if row.entrant.baseline:
            item.setForeground(QColor(self._themes.current.colors["muted"]))
        return item


def _explained(column: Column) -> str:
    metric = METRICS[column.metric]
    at = "" if column.threshold is None else f" Here at {column.threshold:g}."
    return f"{metric.title}. {metric.definition}{at}"
