"""Dialogs that ask the person something."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.settings import Settings
from kpstudio.ui.widgets.choice import Choice, IntegerBox
from kpstudio.ui.widgets.form import form_layout

_SUFFIX = re.compile(r"\*(\.[\w.]+)")
#: Width and height of pictures people ask for, by name; the first one is the viewport's.
SIZES = {"As shown": None, "Full HD": (1920, 1080), "4K": (3840, 2160), "Square": (2048, 2048)}
MOST_PIXELS = 8192


class Keep(Enum):
    """What to do with unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    BACK = "back"


def ask_open(parent: QWidget, settings: Settings, title: str, filters: str) -> list[Path]:
    """Return the files a person chose, none if they changed their mind."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, settings.get("folder", ""), filters)
    paths = [Path(name) for name in names]
    if paths:
        settings.put("folder", str(paths[0].parent))
    return paths


def ask_save(
    parent: QWidget, settings: Settings, title: str, filters: str, suggestion: Path
) -> Path | None:
    """Return the file a person wants to write, with a suffix of the chosen filter."""
    start = suggestion
    if not suggestion.is_absolute():
        start = Path(settings.get("folder", "")) / suggestion.name
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(start), filters)
    if not name:
        return None
    path = with_known_suffix(Path(name), filters, chosen)
    if path.name != Path(name).name and path.exists() and not _may_replace(parent, path):
        return None
    settings.put("folder", str(path.parent))
    return path


def with_known_suffix(path: Path, filters: str, chosen: str) -> Path:
    """Return the path, ending as one of the filters wants: as the chosen one if it did not.

    Parameters
    ----------
    path
        What was typed; "A318.v2" has a suffix, but none that says what to write.
    filters, chosen
        All filters and the one in use, such as "PLY (*.ply);;OBJ (*.obj)" and "OBJ (*.obj)".
    """
    if path.name.lower().endswith(tuple(_SUFFIX.findall(filters))):
        return path
    wanted = _SUFFIX.findall(chosen or filters)
    return path.with_name(path.name + wanted[0]) if wanted else path


def _may_replace(parent: QWidget, path: Path) -> bool:
    # The file dialog has asked about the name without its suffix only.
    button = QMessageBox.StandardButton
    answer = QMessageBox.question(parent, "Replace file", f"{path.name} exists. Replace it?")
    return answer == button.Yes


def ask_text(parent: QWidget, title: str, label: str, text: str) -> str | None:
    """Return the line a person typed."""
    answer, given = QInputDialog.getText(parent, title, label, text=text)
    return answer if given else None


def ask_choice(parent: QWidget, title: str, label: str, choices: list[str]) -> str | None:
    """Return the word a person chose."""
    shown = [choice.capitalize() for choice in choices]
    answer, given = QInputDialog.getItem(parent, title, label, shown, editable=False)
    return choices[shown.index(answer)] if given else None


def ask_keep(parent: QWidget, name: str) -> Keep:
    """Ask what to do with unsaved changes."""
    box = QMessageBox(parent)
    box.setObjectName("keep")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText("They are lost otherwise.")
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    answers = {button.Save: Keep.SAVE, button.Discard: Keep.DISCARD}
    answer = answers.get(button(box.exec()), Keep.BACK)
    box.deleteLater()
    return answer


class ScreenshotDialog(QDialog):
    """Asks for the size of a picture.

    Parameters
    ----------
    parent
        The window.
    shown
        Size of the viewport, device pixels.
    """

    def __init__(self, parent: QWidget, shown: tuple[int, int]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Screenshot")
        self._shown = shown
        self.preset, self.width_box, self.height_box = Choice(), IntegerBox(), IntegerBox()
        for name, size in SIZES.items():
            self.preset.addItem(name, size)
        for box in (self.width_box, self.height_box):
            box.setRange(16, MOST_PIXELS)
            box.setSuffix(" px")
        form = form_layout()
        form.addRow("Size", self.preset)
        row = QHBoxLayout()
        row.addWidget(self.width_box, 1)
        row.addWidget(QLabel("\N{MULTIPLICATION SIGN}"))
        row.addWidget(self.height_box, 1)
        form.addRow("", row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        choose = QPushButton("Choose file…")
        choose.setProperty("primary", True)
        buttons.addButton(choose, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(buttons)
        self.preset.currentIndexChanged.connect(self._take_preset)
        self._take_preset()

    @property
    def size_chosen(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.width_box.value(), self.height_box.value()

    def _take_preset(self) -> None:
        width, height = self.preset.currentData() or self._shown
        self.width_box.setValue(width)
        self.height_box.setValue(height)


def ask_screenshot(
    parent: QWidget, settings: Settings, shown: tuple[int, int], suggestion: Path
) -> tuple[Path, tuple[int, int]] | None:
    """Return file and size of the picture a person wants."""
    dialog = ScreenshotDialog(parent, shown)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    size = dialog.size_chosen
    dialog.deleteLater()
    path = (
        ask_save(parent, settings, "Save screenshot", "PNG image (*.png)", suggestion)
        if accepted
        else None
    )
    return None if path is None else (path, size)
