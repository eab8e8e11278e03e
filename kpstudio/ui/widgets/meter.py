"""A meter: a bar that turns from good to bad."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QSizePolicy, QWidget


class Meter(QWidget):
    """Shows a value in 0..`full` as a bar.

    Parameters
    ----------
    full
        The value that fills it.
    """

    def __init__(self, full: float) -> None:
        super().__init__()
        self._full = full
        self._value: float | None = None
        self._color = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: float | None, color: QColor) -> None:
        """Show a value in a colour; None empties the meter."""
        self._value, self._color = value, color
        self.update()

    def sizeHint(self) -> QSize:
        """Return a slim bar."""
        return QSize(80, 8)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Mid))
        whole = QRectF(self.rect())
        painter.drawRoundedRect(whole, 4, 4)
        if self._value is not None:
            part = min(max(self._value / self._full, 0.04), 1.0)
            painter.setBrush(self._color)
            painter.drawRoundedRect(QRectF(0, 0, whole.width() * part, whole.height()), 4, 4)
