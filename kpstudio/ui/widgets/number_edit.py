"""A field for a number of any size: what a spin box of so many decimals would cut off."""

from __future__ import annotations

from PyQt6.QtCore import QLocale, pyqtSignal
from PyQt6.QtGui import QDoubleValidator, QFocusEvent
from PyQt6.QtWidgets import QLineEdit, QWidget


class NumberEdit(QLineEdit):
    """A number with four digits, as 0.0123 or 1.23e-07; `edited` carries another one.

    Parameters
    ----------
    parent
        Qt parent.
    """

    edited = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = 0.0
        validator = QDoubleValidator(self)
        validator.setLocale(QLocale.c())
        self.setValidator(validator)
        self.setMinimumWidth(56)
        self.editingFinished.connect(self._finish)

    @property
    def value(self) -> float:
        """The number."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a number, silently; ignored while a person types."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(f"{value:.4g}")

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Show the number again when what was typed is none."""
        super().focusOutEvent(event)
        if not self.hasAcceptableInput():
            self.setText(f"{self._value:.4g}")

    def _finish(self) -> None:
        if self.isModified():
            self.setModified(False)
            value = float(self.text())
            if value != self._value:
                self._value = value
                self.edited.emit(value)
