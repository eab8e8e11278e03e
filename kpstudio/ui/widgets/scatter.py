"""Points in a plane, one of which is chosen, and a handle that is dragged among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kpstudio.base.arrays import FloatArray

_EDGE = 22.0  #: around the plot, logical pixels
_DOT, _REACH, _HANDLE = 4.0, 7.0, 7.0
#: The plot reaches at least so far, and so much beyond the points.
_LEAST, _BEYOND = 3.0, 1.1


class Scatter(QWidget):
    """Draws points with equal scales on both axes.

    `picked` carries a point that was clicked. Anywhere else, or on the handle, a drag begins:
    `moved` carries where the handle is.

    Parameters
    ----------
    parent
        Qt parent.
    """

    picked = pyqtSignal(int)
    moved = pyqtSignal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: FloatArray = np.zeros((0, 2))
        self._names: tuple[str, ...] = ()
        self._axes = ("", "")
        self._chosen, self._held = -1, False
        self._handle = (0.0, 0.0)
        self.setMinimumSize(180, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_points(
        self, points: FloatArray, names: Sequence[str], axes: tuple[str, str], chosen: int
    ) -> None:
        """Show points (n,2) with names, and what the axes are called."""
        self._points, self._names = np.asarray(points, float).reshape(-1, 2), tuple(names)
        self._axes, self._chosen = axes, chosen
        self.update()

    def set_handle(self, x: float, y: float) -> None:
        """Put the handle somewhere, silently."""
        self._handle = x, y
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(260, 240)

    def place(self, x: float, y: float) -> QPointF:
        """Return where values are in the widget, logical pixels."""
        scale, centre = self._scale(), QRectF(self.rect()).center()
        return QPointF(centre.x() + x * scale, centre.y() - y * scale)

    # --- mouse ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Choose a point, or take the handle."""
        if event is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        if not len(self._points):
            return
        index = self._point_at(event.position())
        on_handle = _distance(event.position(), self.place(*self._handle)) <= _HANDLE
        if index >= 0 and not on_handle:
            self.picked.emit(index)
            return
        self._held = True
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag the handle."""
        if event is not None and self._held:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let the handle go."""
        self._held = False

    def event(self, event: QEvent | None) -> bool:
        """Tell which point is under the cursor."""
        if isinstance(event, QHelpEvent):
            index = self._point_at(QPointF(event.pos()))
            text = self._names[index] if index >= 0 else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return bool(super().event(event))

    def _go(self, place: QPointF) -> None:
        scale, centre, reach = self._scale(), QRectF(self.rect()).center(), self._reach()
        x = (place.x() - centre.x()) / scale
        y = (centre.y() - place.y()) / scale
        self._handle = min(max(x, -reach), reach), min(max(y, -reach), reach)
        self.update()
        self.moved.emit(*self._handle)

    def _point_at(self, place: QPointF) -> int:
        away = [_distance(place, self.place(*point)) for point in self._points]
        nearest = int(np.argmin(away)) if away else -1
        return nearest if nearest >= 0 and away[nearest] <= _REACH else -1

    # --- paint ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw ground, axes, points and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = QPalette.ColorRole
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(role.Base))
        painter.drawRoundedRect(QRectF(self.rect()), 4.0, 4.0)
        if not len(self._points):
            painter.setPen(self._color(role.PlaceholderText))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "Match all first")
            return
        self._paint_axes(painter)
        dot = self._color(role.PlaceholderText)
        painter.setPen(Qt.PenStyle.NoPen)
        for index, point in enumerate(self._points):
            chosen = index == self._chosen
            painter.setBrush(self._color(role.Text) if chosen else dot)
            radius = _DOT + 2.0 if chosen else _DOT
            painter.drawEllipse(self.place(*point), radius, radius)
        painter.setBrush(self._color(role.Highlight))
        painter.setPen(QPen(self._color(role.Window), 1.5))
        painter.drawEllipse(self.place(*self._handle), _HANDLE, _HANDLE)

    def _paint_axes(self, painter: QPainter) -> None:
        grid = QColor(self._color(QPalette.ColorRole.PlaceholderText))
        text = QColor(grid)
        grid.setAlpha(60)
        reach = self._reach()
        for value in range(-int(reach), int(reach) + 1):
            painter.setPen(QPen(grid, 1.5 if value == 0 else 0.7))
            painter.drawLine(self.place(value, -reach), self.place(value, reach))
            painter.drawLine(self.place(-reach, value), self.place(reach, value))
        painter.setPen(text)
        whole = QRectF(self.rect()).adjusted(6.0, 2.0, -6.0, -2.0)
        painter.drawText(
            whole, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, self._axes[0]
        )
        painter.drawText(
            whole, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._axes[1]
        )

    def _reach(self) -> float:
        return max(_LEAST, _BEYOND * float(np.abs(self._points).max(initial=0.0)))

    def _scale(self) -> float:
        room = min(self.width(), self.height()) / 2.0 - _EDGE
        return max(room, 1.0) / self._reach()

    def _color(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)


def _distance(first: QPointF, second: QPointF) -> float:
    return float(np.hypot(first.x() - second.x(), first.y() - second.y()))
