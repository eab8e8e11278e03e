"""A marker: colour and form of a marker, as they are in the view."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QSizePolicy, QWidget

from kpstudio.viewport.forms import Form

_SIZE, _RADIUS = 18, 5.5  # logical pixels


class Marker(QWidget):
    """Draws one marker.

    Parameters
    ----------
    form
        Its form.
    color
        Its colour; that of the text by default.
    """

    def __init__(self, form: Form, color: QColor | None = None) -> None:
        super().__init__()
        self._path, self._color = _path(form), color
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of a small icon."""
        return QSize(_SIZE, _SIZE)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the marker."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._color or self.palette().color(self.foregroundRole())
        painter.translate(QRectF(self.rect()).center())
        edge = QColor(0, 0, 0, 90)
        painter.setPen(QPen(edge, 0.8) if self._color is not None else Qt.PenStyle.NoPen)
        painter.setBrush(color if self.isEnabled() else self.palette().placeholderText())
        painter.drawPath(self._path)


def _path(form: Form) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for scale in (1.0, form.hole) if form.hole else (1.0,):
        # Qt counts downwards.
        corners = [QPointF(scale * _RADIUS * x, -scale * _RADIUS * y) for x, y in form.outline]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
    return path
