"""Combo boxes and spin boxes that leave the mouse wheel to the panel they stand in."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QSizePolicy,
    QSpinBox,
    QWidget,
)


class Choice(QComboBox):
    """A combo box whose width is the panel's, not that of its longest entry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll the panel instead of changing the value by accident."""
        if event is not None:
            event.ignore()

    def select_data(self, data: object) -> None:
        """Choose the entry that holds `data`, silently; nothing when there is none."""
        index = self.findData(data)
        if index >= 0:
            blocked = self.blockSignals(True)
            self.setCurrentIndex(index)
            self.blockSignals(blocked)


def _settle(spin: QAbstractSpinBox) -> None:
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    spin.setKeyboardTracking(False)  # a number is a value when it is complete
    spin.setAccelerated(True)
    spin.setMinimumWidth(64)  # a long unit must not make the panel wider than its dock


class IntegerBox(QSpinBox):
    """A spin box of whole numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _settle(self)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll the panel instead of changing the value by accident."""
        if event is not None:
            event.ignore()


class NumberBox(QDoubleSpinBox):
    """A spin box of real numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _settle(self)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll the panel instead of changing the value by accident."""
        if event is not None:
            event.ignore()

    def textFromValue(self, value: float) -> str:
        """Return the number without trailing zeros."""
        text = super().textFromValue(value)
        point = self.locale().decimalPoint()
        return text.rstrip("0").rstrip(point) if point in text else text
