"""The left half of the evaluation dialog: what is compared, where and how."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.evaluating import DISTURBANCES, EvaluateOptions
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.detectors.registry import detector_ids, get_detector
from kpstudio.ui.widgets.choice import IntegerBox
from kpstudio.ui.widgets.form import form_layout
from kpstudio.ui.widgets.labels import heading


class EvaluateForm(QWidget):
    """Editors for `EvaluateOptions`.

    Parameters
    ----------
    studio
        Whose options are shown to begin with.
    parent
        Qt parent.
    """

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        options = studio.evaluating.options.value
        chosen = options.detectors or (studio.detecting.options.value.detector,)
        # The list is longer than its room: what is ticked is to be seen.
        ticked_first = sorted(_known_detectors(), key=lambda known: known[0] not in chosen)
        self.detectors = _checks(ticked_first, chosen)
        known = [(name, title) for name, (title, _) in DISTURBANCES.items()]
        self.disturbances = _checks(known, options.disturbances)
        self.disturbances.setMaximumHeight(170)
        self.disturbances.setToolTip(
            "What is done to the shapes before detectors look at them again.\n"
            "Noise: its standard deviation, as a share of the diagonal"
        )
        self.folder = FolderEdit("Shapes that are open", options.folder)
        self.truth = FolderEdit("None, or beside the meshes", options.truth)
        self.count, self.seed = IntegerBox(), IntegerBox()
        self.count.setRange(1, 1024)
        self.count.setValue(options.count)
        self.count.setToolTip("Keypoints asked of every detector that lets itself be asked.")
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setValue(options.seed)
        form = form_layout()
        form.addRow("Meshes", self.folder)
        form.addRow("Annotated", self.truth)
        form.addRow("Keypoints", self.count)
        form.addRow("Seed", self.seed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(heading("Detectors"))
        column.addWidget(self.detectors, 1)
        column.addWidget(heading("Shapes"))
        column.addLayout(form)
        column.addWidget(heading("Disturbances"))
        column.addWidget(self.disturbances)

    @property
    def options(self) -> EvaluateOptions:
        """What the form says."""
        return EvaluateOptions(
            tuple(_ticked(self.detectors)),
            self.folder.path,
            self.truth.path,
            self.count.value(),
            self.seed.value(),
            tuple(_ticked(self.disturbances)),
        )


class FolderEdit(QWidget):
    """A line for the path of a folder, with a button that looks for one.

    Parameters
    ----------
    placeholder
        What an empty line means.
    path
        The first path.
    """

    def __init__(self, placeholder: str, path: Path | None = None) -> None:
        super().__init__()
        self.line = QLineEdit("" if path is None else str(path))
        self.line.setPlaceholderText(placeholder)
        self.line.setClearButtonEnabled(True)
        button = QPushButton("…")
        button.setToolTip("Choose a folder")
        button.setFixedWidth(34)
        button.clicked.connect(self._look)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(button)

    @property
    def path(self) -> Path | None:
        """The folder; None for an empty line."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

    def _look(self) -> None:
        found = QFileDialog.getExistingDirectory(self, "Choose a folder", self.line.text())
        if found:
            self.line.setText(found)


def _known_detectors() -> list[tuple[str, str]]:
    known = []
    for id in detector_ids():
        try:
            known.append((id, get_detector(id).spec.title))
        except KPStudioError:  # a plugin that does not load is told of where detectors are listed
            continue
    return known


def _checks(entries: Iterable[tuple[str, str]], chosen: Iterable[str]) -> QListWidget:
    ticked = set(chosen)
    box = QListWidget()
    box.setUniformItemSizes(True)
    for id, title in entries:
        item = QListWidgetItem(title)
        item.setData(Qt.ItemDataRole.UserRole, id)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        state = Qt.CheckState.Checked if id in ticked else Qt.CheckState.Unchecked
        item.setCheckState(state)
        box.addItem(item)
    return box


def _ticked(box: QListWidget) -> list[str]:
    items = [box.item(row) for row in range(box.count())]
    return [
        item.data(Qt.ItemDataRole.UserRole)
        for item in items
        if item is not None and item.checkState() == Qt.CheckState.Checked
    ]
