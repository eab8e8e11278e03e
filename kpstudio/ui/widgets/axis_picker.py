"""Six buttons for the six axes."""

from __future__ import annotations

from collections.abc import Collection

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from kpstudio.geometry.orientation import AXES


class AxisPicker(QWidget):
    """One of +x, -x, +y, -y, +z, -z.

    Parameters
    ----------
    role
        What the axis is for, in the tooltips: "up".
    """

    picked = pyqtSignal(str)

    def __init__(self, role: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for axis in AXES:
            button = _AxisButton(axis.replace("-", "\N{MINUS SIGN}").upper())
            button.setProperty("segment", True)
            button.setCheckable(True)
            button.setToolTip(f"{role}: {axis} of the file")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _, axis=axis: self.picked.emit(axis))
            self._group.addButton(button)
            self.buttons[axis] = button
            row.addWidget(button)

    def show_axis(self, axis: str, impossible: Collection[str] = ()) -> None:
        """Show which axis is chosen and which cannot be, silently."""
        for name, button in self.buttons.items():
            button.setChecked(name == axis)
            button.setEnabled(name not in impossible)


class _AxisButton(QPushButton):
    """A button as narrow as its two characters allow."""

    def sizeHint(self) -> QSize:
        return QSize(28, 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, 26)
