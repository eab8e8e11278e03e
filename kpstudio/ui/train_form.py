"""The left half of the training dialog: what is trained, on which shapes, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.training_options import TrainOptions, first_recipe, suggested_output
from kpstudio.base.errors import KPStudioError
from kpstudio.training.shapes import CATEGORIES
from kpstudio.training.system import System, get_system, system_ids
from kpstudio.ui.evaluate_form import FolderEdit
from kpstudio.ui.widgets.choice import Choice, IntegerBox
from kpstudio.ui.widgets.form import ParameterForm, form_layout
from kpstudio.ui.widgets.labels import heading, muted

_ANY = "Any shape"


class TrainForm(QWidget):
    """Editors for `TrainOptions`.

    Parameters
    ----------
    options
        What is shown to begin with.
    """

    def __init__(self, options: TrainOptions) -> None:
        super().__init__()
        self.system, self.category = Choice(), Choice()
        for system in _systems():
            self.system.addItem(system.title, system.id)
            self.system.setItemData(
                self.system.count() - 1, system.summary, Qt.ItemDataRole.ToolTipRole
            )
        self.summary = muted()
        self.category.setEditable(True)
        self.category.setToolTip("One of these, or a name of your own for the shapes you give.")
        self.folder = FolderEdit("Shapes that are open")
        self.count = IntegerBox()
        self.count.setRange(0, 100_000)
        self.count.setToolTip("Generated shapes to learn from as well; none of a new category.")
        self.output = FileEdit()
        self.recipe = ParameterForm(get_system(options.system).recipe)
        self._suggested = Path()
        self._lay_out()
        self.system.currentIndexChanged.connect(self._system_chosen)
        self.category.currentTextChanged.connect(self.suggest)
        self.show_options(options)

    @property
    def options(self) -> TrainOptions:
        """What the form says."""
        return TrainOptions(
            system=self.system.currentData(),
            category=self._category,
            folder=self.folder.path,
            count=self.count.value(),
            recipe=self.recipe.value,
            output=self.output.path,
        )

    def show_options(self, options: TrainOptions) -> None:
        """Show options; a recipe or a file that they do not name is proposed."""
        self.system.select_data(options.system)
        self._show_system(options.recipe)
        with QSignalBlocker(self.category):
            known = options.category.replace("_", " ") if options.category else _ANY
            self.category.setCurrentText(known)
        self.folder.line.setText(str(options.folder) if options.folder is not None else "")
        self.count.setValue(options.count)
        self.suggest()
        if options.output.suffix:
            self.output.line.setText(str(options.output))

    @property
    def _category(self) -> str:
        text = self.category.currentText().strip()
        return "" if text == _ANY else text.lower().replace(" ", "_")

    def _lay_out(self) -> None:
        form = form_layout()
        form.addRow("System", self.system)
        form.addRow(self.summary)
        form.addRow("Category", self.category)
        form.addRow("Meshes", self.folder)
        form.addRow("Generated", self.count)
        form.addRow("Model file", self.output)
        inside = QWidget()
        self._inside = QVBoxLayout(inside)
        self._inside.setContentsMargins(10, 8, 10, 8)
        self._inside.addWidget(heading("What and on which shapes"))
        self._inside.addLayout(form)
        self._inside.addSpacing(8)
        self._inside.addWidget(heading("How"))
        self._inside.addWidget(self.recipe)
        self._inside.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)

    def _system_chosen(self) -> None:
        self._show_system(None)
        self.suggest()

    def _show_system(self, recipe: Any) -> None:
        system = get_system(self.system.currentData())
        self.summary.setText(system.summary)
        form = ParameterForm(system.recipe)
        form.set_value(recipe if recipe is not None else first_recipe(system.recipe))
        self._inside.replaceWidget(self.recipe, form)
        self.recipe.deleteLater()
        self.recipe = form
        chosen = self.category.currentText()
        with QSignalBlocker(self.category):
            self.category.clear()
            self.category.addItems([] if system.per_category else [_ANY])
            self.category.addItems([name.replace("_", " ") for name in CATEGORIES])
            kept = chosen and (chosen != _ANY or not system.per_category)
            if system.per_category and kept:
                self.category.setCurrentText(chosen)

    def suggest(self) -> None:
        """Name the model file after what is trained, unless somebody named it already."""
        if self.output.path in (Path(), self._suggested):
            self._suggested = suggested_output(self.system.currentData(), self._category)
            self.output.line.setText(str(self._suggested))


class FileEdit(QWidget):
    """A line for the path of a model file to write, with a button that looks for a place."""

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        button = QPushButton("…")
        button.setToolTip("Choose a file")
        button.setFixedWidth(34)
        button.clicked.connect(self._look)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(button)

    @property
    def path(self) -> Path:
        """The file; an empty path for an empty line."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else Path()

    def _look(self) -> None:
        found, _ = QFileDialog.getSaveFileName(
            self, "Model file", self.line.text(), "Models (*.safetensors)"
        )
        if found:
            self.line.setText(str(Path(found).with_suffix(".safetensors")))


def _systems() -> list[System]:
    found = []
    for id in system_ids():
        try:
            found.append(get_system(id))
        except KPStudioError:  # a plugin that does not load cannot be trained
            continue
    return found
