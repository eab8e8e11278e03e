"""The first tab of a collection: its shapes, and keypoints for them."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.collecting import Collecting, DetectRequest
from kpstudio.app.collection.arrange import Filter, Order, arranged
from kpstudio.app.collection.collection import Status
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.base.parameters import as_dict
from kpstudio.detectors.registry import detector_ids, get_detector
from kpstudio.geometry.orientation import AXES, Orientation
from kpstudio.ui.collection_grid import CollectionGrid
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice, IntegerBox
from kpstudio.ui.widgets.form import ParameterForm, form_layout
from kpstudio.ui.widgets.labels import heading, muted

_LEFT = 264  #: width of the form, logical pixels
_FIRST = "iss"


class CollectionShapes(QWidget):
    """Grid, filter, and detection on all shapes.

    Parameters
    ----------
    studio
        The application.
    themes
        The look.
    """

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self._collecting: Collecting = studio.collecting
        self.grid = CollectionGrid(self._collecting, themes)
        self.grid.opened.connect(self._collecting.edit)
        self.detector, self.form = Choice(), QWidget()
        for id in detector_ids():
            try:
                self.detector.addItem(get_detector(id).spec.title, id)
            except KPStudioError:  # a plugin that does not load is told of where they are listed
                continue
        self.workers = IntegerBox()
        self.workers.setRange(0, 64)
        self.workers.setSpecialValueText("This one")
        self.workers.setToolTip("Processes that share the work. More than a few shapes are worth 2")
        self.all_button = QPushButton("Detect on all")
        self.all_button.setProperty("primary", True)
        self.some_button = QPushButton("On selected")
        self.up, self.front = Choice(), Choice()
        for axis in AXES:
            self.up.addItem(axis, axis)
            self.front.addItem(axis, axis)
        self.text = QLineEdit()
        self.text.setPlaceholderText("Filter by name")
        self.text.setClearButtonEnabled(True)
        self.status, self.label, self.order = Choice(), Choice(), Choice()
        self.lacking = QCheckBox("lacking")
        self.lacking.setToolTip("The shapes on which the label is missing")
        self.count = muted("", wrap=False)
        self._fill_choices()
        self._lay_out()
        self.detector.currentIndexChanged.connect(self._show_form)
        self.detector.select_data(_FIRST)
        self._show_form()
        self.all_button.clicked.connect(lambda: self._collecting.detect(self.request))
        self.some_button.clicked.connect(
            lambda: self._collecting.detect(self.request, self.grid.chosen)
        )
        self.up.currentIndexChanged.connect(self._orient)
        self.front.currentIndexChanged.connect(self._orient)
        self.text.textChanged.connect(self.show_shapes)
        for choice in (self.status, self.label, self.order):
            choice.currentIndexChanged.connect(self.show_shapes)
        self.lacking.toggled.connect(self.show_shapes)
        selection = self.grid.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(self._show_buttons)

    @property
    def request(self) -> DetectRequest:
        """What the form says."""
        values = as_dict(self._parameters) if self._parameters is not None else {}
        return DetectRequest(self.detector.currentData(), values, self.workers.value())

    @property
    def filter(self) -> Filter:
        """Which shapes are wanted."""
        return Filter(
            self.text.text(),
            self.status.currentData(),
            self.label.currentData(),
            self.lacking.isChecked(),
            self.order.currentData(),
        )

    def show_collection(self) -> None:
        """Show what there is now."""
        collection = self._collecting.collection
        labelling = collection.labelling if collection is not None else None
        with QSignalBlocker(self.label):
            before = self.label.currentData()
            self.label.clear()
            self.label.addItem("Any label", None)
            for number, name in enumerate(labelling.names if labelling is not None else ()):
                self.label.addItem(name, number)
            self.label.select_data(before)
        self.lacking.setEnabled(labelling is not None)
        if collection is not None:
            self.up.select_data(collection.orientation.up)
            self.front.select_data(collection.orientation.front)
        self.show_shapes()

    def show_shapes(self) -> None:
        """Show the shapes that are wanted; what is selected stays so."""
        collection = self._collecting.collection
        chosen = self.grid.chosen
        entries = arranged(collection, self.filter) if collection is not None else ()
        self.grid.entries.show_entries(collection, entries)
        selection = self.grid.selectionModel()
        assert selection is not None
        for row, entry in enumerate(entries):
            if entry.name in chosen:
                selection.select(self.grid.entries.index(row), selection.SelectionFlag.Select)
        total = len(collection.entries) if collection is not None else 0
        self.count.setText(f"{len(entries)} of {total} shapes" if total else "")
        self._show_buttons()

    # --- inside --------------------------------------------------------------------------------

    def _fill_choices(self) -> None:
        self.status.addItem("Any status", None)
        for status in Status:
            self.status.addItem(status.value.capitalize(), status)
        self.label.addItem("Any label", None)
        for order in Order:
            self.order.addItem(order.value.capitalize(), order)
        for choice, least in ((self.status, 120), (self.label, 130), (self.order, 130)):
            choice.setMinimumWidth(least)

    def _lay_out(self) -> None:
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 6, 0)
        holder = QWidget()
        holder.setLayout(self._place)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(holder)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(heading("Axes of the files"))
        axes = form_layout()
        axes.addRow("Up", self.up)
        axes.addRow("Front", self.front)
        left.addLayout(axes)
        left.addWidget(heading("Keypoints"))
        left.addWidget(self.detector)
        left.addWidget(scroll, 1)
        work = form_layout()
        work.addRow("Processes", self.workers)
        left.addLayout(work)
        buttons = QHBoxLayout()
        buttons.addWidget(self.all_button)
        buttons.addWidget(self.some_button)
        left.addLayout(buttons)
        narrow = QWidget()
        narrow.setLayout(left)
        narrow.setFixedWidth(_LEFT)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.text, 1)
        for widget in (self.status, self.label, self.lacking, self.order):
            top.addWidget(widget)
        right = QVBoxLayout()
        right.addLayout(top)
        right.addWidget(self.grid, 1)
        right.addWidget(self.count)
        row = QHBoxLayout(self)
        row.setSpacing(12)
        row.addWidget(narrow)
        row.addLayout(right, 1)

    def _show_form(self) -> None:
        spec = get_detector(self.detector.currentData()).spec
        self._place.removeWidget(self.form)
        self.form.deleteLater()
        form = ParameterForm(spec.parameters)
        form.changed.connect(self._take_parameters)
        self.form, self._parameters = form, spec.parameters()
        self._place.insertWidget(0, form)
        if self._place.count() == 1:
            self._place.addStretch(1)

    def _take_parameters(self, parameters: Any) -> None:
        self._parameters = parameters

    def _orient(self) -> None:
        up, front = self.up.currentData(), self.front.currentData()
        if up[1] == front[1]:
            front = next(axis for axis in ("+z", "-y", "+x") if axis[1] != up[1])
            self.front.select_data(front)
        self._collecting.orient(Orientation(up, front))

    def _show_buttons(self) -> None:
        collection = self._collecting.collection
        able = collection is not None and not self._collecting.is_running
        self.all_button.setEnabled(able)
        self.some_button.setEnabled(able and bool(self.grid.chosen))
        self.up.setEnabled(able)
        self.front.setEnabled(able)
