"""The figures of a model card as a table: what was measured, what it should be."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from kpstudio.app.model_card import Figure
from kpstudio.ui.theme import Themes

_HEADINGS = ("Shapes", "Figure", "Measured", "Target")
_WORDS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FigureTable(QTableWidget):
    """One figure a row; those that reach their target are green.

    Parameters
    ----------
    themes
        The look.
    """

    def __init__(self, themes: Themes) -> None:
        super().__init__(0, len(_HEADINGS))
        self._themes = themes
        self._shown: tuple[Figure, ...] = ()
        self.setHorizontalHeaderLabels(_HEADINGS)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None
        assert columns is not None
        rows.hide()
        rows.setDefaultSectionSize(26)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        columns.setHighlightSections(False)
        for column, side in enumerate((_WORDS, _WORDS, _NUMBERS, _NUMBERS)):
            heading = self.horizontalHeaderItem(column)
            assert heading is not None
            heading.setTextAlignment(side)
        themes.changed.connect(self._color)

    @property
    def whole_height(self) -> int:
        """Height at which every row is seen, logical pixels."""
        header, rows = self.horizontalHeader(), self.verticalHeader()
        assert header is not None
        assert rows is not None
        return header.sizeHint().height() + self.rowCount() * rows.defaultSectionSize() + 6

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Fill the table."""
        self._shown = tuple(figures)
        self.setRowCount(len(self._shown))
        for row, figure in enumerate(self._shown):
            mark = "\N{CHECK MARK}" if figure.met else "\N{EN DASH}"
            texts = (
                figure.shapes,
                figure.text,
                f"{figure.value:.3f} {mark}",
                f"{figure.limit:.3g}",
            )
            for column, text in enumerate(texts):
                item = QTableWidgetItem(f" {text} ")
                item.setToolTip(figure.text)
                if column > 1:
                    item.setTextAlignment(_NUMBERS)
                self.setItem(row, column, item)
        self._color()

    def _color(self) -> None:
        theme = self._themes.current
        for row, figure in enumerate(self._shown):
            item = self.item(row, 2)
            if item is not None:
                item.setForeground(theme.color("good" if figure.met else "warning"))
