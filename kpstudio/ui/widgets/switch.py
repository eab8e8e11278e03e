"""A switch: a checkbox that looks like what it does."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

_TRACK = QSize(30, 16)
_GAP = 8


class Switch(QAbstractButton):
    """On or off, with its name beside it.

    Parameters
    ----------
    text
        What is switched.
    parent
        Qt parent.
    """

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for track and text."""
        text = self.fontMetrics().size(0, self.text())
        return QSize(_TRACK.width() + _GAP + text.width() + 4, max(22, text.height() + 4))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw track, knob and text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        on = self.isChecked() and self.isEnabled()
        track = QRectF(1, (self.height() - _TRACK.height()) / 2, _TRACK.width(), _TRACK.height())
        radius = track.height() / 2
        painter.setPen(palette.color(role.Highlight) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.Highlight if on else role.Mid))
        painter.drawRoundedRect(track, radius, radius)
        x = track.right() - radius if self.isChecked() else track.left() + radius
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.HighlightedText if on else role.PlaceholderText))
        painter.drawEllipse(QPointF(x, track.center().y()), radius - 3, radius - 3)
        painter.setPen(palette.color(role.WindowText))
        left = int(track.right()) + _GAP
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter,
                         self.text())  # fmt: skip
