"""Combo boxes and spin boxes that leave the mouse wheel to the panel they stand in."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPaintEvent, QStandardItemModel, QWheelEvent
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

#: Beside the entries of a list that has dropped down: scroll bar and padding, logical pixels.
_LIST_EDGES = 40


class Choice(QComboBox):
    """A combo box whose width is the panel's, not that of its longest entry.

    An entry too long for it ends in an ellipsis; the list that drops down is as wide as it needs.
    """

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

    def add_heading(self, text: str) -> None:
        """Add a line above the entries that follow, which nobody can choose."""
        self.addItem(text, None)
        self.disable_last()
        item = self._items.item(self.count() - 1)
        assert item is not None
        font = self.font()
        font.setBold(True)
        item.setFont(font)

    def disable_last(self) -> None:
        """Let nobody choose the entry that was added last."""
        item = self._items.item(self.count() - 1)
        assert item is not None
        item.setFlags(Qt.ItemFlag.NoItemFlags)

    @property
    def _items(self) -> QStandardItemModel:
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        return model

    def showPopup(self) -> None:
        """Drop the list, wide enough for its longest entry."""
        view = self.view()
        assert view is not None
        view.setMinimumWidth(view.sizeHintForColumn(0) + _LIST_EDGES)
        super().showPopup()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the chosen entry, shortened to the room there is."""
        style = self.style()
        assert style is not None
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = style.subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        ).width()
        room -= 0 if option.currentIcon.isNull() else option.iconSize.width() + 4
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, room - 2
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


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
