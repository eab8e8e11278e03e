"""The second tab of a collection: keypoints matched on all shapes, and names for them."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.collecting import Collecting
from kpstudio.app.collection.labelling import MatchBy, MatchOptions
from kpstudio.app.collection.labels import TOLERANCE, Labelling
from kpstudio.app.studio import Studio
from kpstudio.ui.widgets.choice import Choice, IntegerBox, NumberBox
from kpstudio.ui.widgets.form import form_layout
from kpstudio.ui.widgets.labels import heading, muted
from kpstudio.ui.widgets.matrix_view import MatrixView
from kpstudio.ui.widgets.swatch import SWATCH
from kpstudio.viewport.palette import keypoint_color

_LEFT = 380  #: width of the form and the table, logical pixels
#: Columns of the table, and what they mean.
_COLUMNS = {
    "Label": "Double-click to give it another name",
    "On": "On so many shapes",
    "Off by": "Median distance from the mean of all aligned shapes, in their size",
}
_CYCLES, _RIGHT = "cycles", "right"


class CollectionLabels(QWidget):
    """Matching, how good it is, and the table of names.

    Parameters
    ----------
    studio
        The application.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._collecting: Collecting = studio.collecting
        self.by = Choice()
        for by in MatchBy:
            self.by.addItem(by.value.capitalize(), by)
        self.by.setToolTip("Names: keypoints of the same name are the same.\n"
                           "Place: shapes must stand in the same pose.\n"
                           "Signatures look at the surface around a keypoint.")  # fmt: skip
        self.features = IntegerBox()
        self.features.setRange(0, 200)
        self.features.setSpecialValueText("As usual")
        self.features.setToolTip("Number of labels; as usual: as many as most shapes have")
        self.geometry_weight = NumberBox()
        self.geometry_weight.setRange(0.0, 100.0)
        self.geometry_weight.setValue(1.0)
        self.geometry_weight.setToolTip("How much it counts that all shapes are alike")
        self.match_button = QPushButton("Match all")
        self.match_button.setProperty("primary", True)
        self.match_button.clicked.connect(lambda: self._collecting.match(self.options))
        self.table = QTableWidget(0, len(_COLUMNS))
        self.measure = Choice()
        self.before, self.after = MatrixView("Before"), MatrixView("After")
        self.caption = muted()
        self._lay_out()
        self.measure.currentIndexChanged.connect(self._show_matrices)
        self.table.itemChanged.connect(self._renamed)

    @property
    def options(self) -> MatchOptions:
        """What the form says."""
        return MatchOptions(
            self.by.currentData(), self.features.value(), self.geometry_weight.value()
        )

    def show_collection(self) -> None:
        """Show what there is now."""
        collection = self._collecting.collection
        enough = collection is not None and len(collection.with_keypoints) > 1
        self.match_button.setEnabled(enough and not self._collecting.is_running)
        self._show_table()
        self._show_matrices()

    # --- inside --------------------------------------------------------------------------------

    @property
    def _labelling(self) -> Labelling | None:
        collection = self._collecting.collection
        return collection.labelling if collection is not None else None

    def _lay_out(self) -> None:
        form = form_layout()
        form.addRow("Match by", self.by)
        form.addRow("Labels", self.features)
        form.addRow("Geometry", self.geometry_weight)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(heading("Matching"))
        left.addLayout(form)
        left.addWidget(self.match_button)
        left.addWidget(heading("Names, for all shapes at once"))
        left.addWidget(self.table, 1)
        self._set_up_table()
        narrow = QWidget()
        narrow.setLayout(left)
        narrow.setFixedWidth(_LEFT)
        self.measure.addItem("Agreement of matches by way of other shapes", _CYCLES)
        self.measure.addItem(f"Matches within {TOLERANCE:g} of the truth (PCK)", _RIGHT)
        plots = QHBoxLayout()
        plots.addWidget(self.before)
        plots.addWidget(self.after)
        right = QVBoxLayout()
        right.addWidget(heading("Each two shapes"))
        right.addWidget(self.measure)
        right.addLayout(plots, 1)
        right.addWidget(self.caption)
        row = QHBoxLayout(self)
        row.setSpacing(12)
        row.addWidget(narrow)
        row.addLayout(right, 1)

    def _set_up_table(self) -> None:
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        for column, told in enumerate(_COLUMNS.values()):
            heading_item = self.table.horizontalHeaderItem(column)
            assert heading_item is not None
            heading_item.setToolTip(told)
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setIconSize(SWATCH)
        rows, columns = self.table.verticalHeader(), self.table.horizontalHeader()
        assert rows is not None
        assert columns is not None
        rows.hide()
        rows.setDefaultSectionSize(28)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _show_table(self) -> None:
        labelling = self._labelling
        self.table.blockSignals(True)
        self.table.setRowCount(labelling.universe.size if labelling is not None else 0)
        if labelling is not None:
            there = (labelling.universe.places >= 0).sum(axis=0)
            for label, name in enumerate(labelling.names):
                away = labelling.residuals[:, label]
                some = away[~np.isnan(away)]
                off = f"{100.0 * float(np.median(some)):.1f} %" if len(some) else ""
                self._put(label, 0, name).setData(
                    Qt.ItemDataRole.DecorationRole, QColor.fromRgbF(*keypoint_color(label))
                )
                for column, text in ((1, str(there[label])), (2, off)):
                    item = self._put(label, column, text)
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
        self.table.blockSignals(False)

    def _put(self, row: int, column: int, text: str) -> QTableWidgetItem:
        item = self.table.item(row, column)
        if item is None:  # the one that is there may be the one that tells of its new name
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        item.setText(text)
        return item

    def _renamed(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self._collecting.rename(item.row(), item.text())

    def _show_matrices(self) -> None:
        labelling = self._labelling
        figures = labelling.figures if labelling is not None else None
        nothing = np.zeros((0, 0))
        if labelling is None or figures is None:
            self.before.show_matrix(nothing, ())
            self.after.show_matrix(nothing, ())
            self.caption.setText("")
            return
        right = self.measure.currentData() == _RIGHT
        pair = (figures.before, figures.after)
        if right:
            pair = (figures.correct_before, figures.correct_after)
        for view, values in zip((self.before, self.after), pair, strict=True):
            view.show_matrix(values, labelling.shapes)
        before, after = figures.cycle_error
        text = f"By {labelling.how}. Cycle error {before:.3f} before, {after:.3f} after."
        if len(figures.thresholds):
            at = int(np.abs(figures.thresholds - TOLERANCE).argmin())
            was, now = 100.0 * figures.correct[:, at]
            text += f" PCK at {TOLERANCE:g}: {was:.1f} % before, {now:.1f} % after."
        elif right:
            text += " Nothing tells which matches are right: no keypoints share names."
        self.caption.setText(text)
