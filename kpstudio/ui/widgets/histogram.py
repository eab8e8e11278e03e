"""A histogram whose range is taken by two handles."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from kpstudio.base.arrays import FloatArray, IntArray

LOW, HIGH = 0, 1
STEP, LARGE_STEP = 0.01, 0.1  # of an arrow key, without and with Shift; shares of the axis
_HEIGHT = 92
_SIDE, _FOOT = 7.0, 11.0  # room for the handles, logical pixels
_REACH = 9.0  # of the cursor around a handle
_OUTSIDE = 70  # opacity of bars beyond the handles, of 255


class Histogram(QWidget):
    """Bars over an axis from 0 to 1, a handle at either end of a range, and maybe a marker.

    `moved` comes with every change of the range, `released` at the end of the gesture, `cancelled`
    when Escape took it back and `reset` with a double click or the Home key. Left and right move
    the handle at hand; up and down take the other one.

    Parameters
    ----------
    parent
        Qt parent.
    """

    moved = pyqtSignal(float, float)
    released = pyqtSignal(float, float)
    cancelled = pyqtSignal()
    reset = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: FloatArray = np.zeros(0)
        self._colors: list[QColor] = []
        self._ends = self._before = (0.0, 1.0)
        self._marker: float | None = None
        self._at_hand, self._held = LOW, False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    @property
    def ends(self) -> tuple[float, float]:
        """The range, shares of the axis; beyond 0..1 the axis does not reach it."""
        return self._ends

    @property
    def marker(self) -> float | None:
        """Where the marker is, share of the axis."""
        return self._marker

    @property
    def held(self) -> bool:
        """Whether a gesture is going on."""
        return self._held

    def set_counts(self, counts: IntArray) -> None:
        """Show how many there are in each of b bars (b,), which have all the same width."""
        heights = np.log1p(counts)  # a field is often nearly the same almost everywhere
        self._heights = heights / max(float(heights.max(initial=0.0)), 1e-9)
        self.update()

    def set_colors(self, colors: FloatArray) -> None:
        """Paint the bars in colours (b,3), 0..1."""
        self._colors = [QColor.fromRgbF(*map(float, color)) for color in colors]
        self.update()

    def set_ends(self, low: float, high: float) -> None:
        """Put the handles somewhere, silently; ignored while a person holds one."""
        if not self._held:
            self._ends = low, high
            self.update()

    def set_marker(self, share: float | None) -> None:
        """Mark a place on the axis, or none."""
        self._marker = share
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for bars and handles."""
        return QSize(220, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be used."""
        return QSize(120, _HEIGHT)

    def x_of(self, share: float) -> float:
        """Return where a share of the axis is, pixels from the left."""
        return _SIDE + min(max(share, 0.0), 1.0) * (self.width() - 2.0 * _SIDE)

    # --- gestures ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take the handle that is nearer and bring it under the cursor."""
        if event is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        distances = [abs(x - self.x_of(end)) for end in self._ends]
        # On top of each other the one is meant that can go towards the cursor.
        nearer = x > self.x_of(self._ends[LOW]) if distances[LOW] == distances[HIGH] else None
        self._at_hand = int(distances[HIGH] < distances[LOW] if nearer is None else nearer)
        self._take()
        self._go(self._share_at(x))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Take the handle along; show where one can be taken."""
        if event is None:
            return
        x = event.position().x()
        if self._held:
            self._go(self._share_at(x))
        near = self._held or min(abs(x - self.x_of(end)) for end in self._ends) <= _REACH
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let the handle go."""
        self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Give the range back."""
        self._held = False
        self.reset.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move the handle at hand, take the other one, reset, or give up."""
        if event is None:
            return
        key, large = Qt.Key(event.key()), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in ways:
            self._take()
            here = min(max(self._ends[self._at_hand], 0.0), 1.0)
            self._go(here + ways[key] * (LARGE_STEP if large else STEP))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._let_go()
            self._at_hand = HIGH if key is Qt.Key.Key_Up else LOW
            self.update()
        elif key is Qt.Key.Key_Home:
            self._held = False
            self.reset.emit()
        elif key is Qt.Key.Key_Escape and self._held:
            self._held, self._ends = False, self._before
            self.update()
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """End the gesture of a key."""
        if event is not None and not event.isAutoRepeat():
            self._let_go()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """End a gesture that lost the keyboard."""
        self._let_go()
        super().focusOutEvent(event)

    def _take(self) -> None:
        if not self._held:
            self._held, self._before = True, self._ends

    def _go(self, share: float) -> None:
        ends = list(self._ends)
        first, last = (0.0, self._ends[HIGH]) if self._at_hand == LOW else (self._ends[LOW], 1.0)
        ends[self._at_hand] = min(max(share, first), max(last, first))
        if tuple(ends) != self._ends:
            self._ends = ends[LOW], ends[HIGH]
            self.update()
            self.moved.emit(*self._ends)

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            if self._ends != self._before:
                self.released.emit(*self._ends)

    def _share_at(self, x: float) -> float:
        return (x - _SIDE) / max(self.width() - 2.0 * _SIDE, 1.0)

    # --- paint ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw ground, bars, marker and handles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(_SIDE, 1.0, self.width() - 2.0 * _SIDE, self.height() - _FOOT - 1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._role(QPalette.ColorRole.Base))
        painter.drawRoundedRect(ground, 3.0, 3.0)
        if self.isEnabled() and len(self._colors) == len(self._heights):
            self._paint_bars(painter, ground)
            self._paint_marker(painter, ground)
        for which, share in enumerate(self._ends):
            self._paint_handle(painter, ground, which, share)

    def _paint_bars(self, painter: QPainter, ground: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        width, count = ground.width(), max(len(self._heights), 1)
        outline = QPainterPath(ground.bottomLeft())
        for place, (height, color) in enumerate(zip(self._heights, self._colors, strict=True)):
            middle = (place + 0.5) / count
            paint = QColor(color)
            if not self._ends[LOW] <= middle <= self._ends[HIGH]:
                paint.setAlpha(_OUTSIDE)
            left, right = round(width * place / count), round(width * (place + 1) / count)
            tall = 0 if height <= 0.0 else max(round(height * (ground.height() - 4.0)), 1)
            bar = QRectF(ground.left() + left, ground.bottom() - tall, right - left, tall)
            painter.fillRect(bar, paint)
            outline.lineTo(bar.topLeft())
            outline.lineTo(bar.topRight())
        outline.lineTo(ground.bottomRight())
        # Bars may have the colour of the ground.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._role(QPalette.ColorRole.PlaceholderText), 1.0))
        painter.drawPath(outline)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_marker(self, painter: QPainter, ground: QRectF) -> None:
        if self._marker is None:
            return
        x = self.x_of(self._marker)
        painter.setPen(QPen(self._role(QPalette.ColorRole.Text), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x, ground.top(), x, ground.bottom()))

    def _paint_handle(self, painter: QPainter, ground: QRectF, which: int, share: float) -> None:
        x, foot = self.x_of(share), ground.bottom()
        accent = self._role(QPalette.ColorRole.Highlight)
        painter.setPen(QPen(accent, 1.5))
        painter.drawLine(QLineF(x, ground.top(), x, foot))
        painter.setPen(Qt.PenStyle.NoPen)
        if self.hasFocus() and which == self._at_hand:
            ring = QColor(accent)
            ring.setAlpha(90)
            painter.setBrush(ring)
            painter.drawEllipse(QPointF(x, foot + 5.0), 7.0, 7.0)
        painter.setBrush(accent)
        flag = QPainterPath(QPointF(x, foot - 1.0))
        for corner in ((6.0, 5.0), (6.0, 10.0), (-6.0, 10.0), (-6.0, 5.0)):
            flag.lineTo(x + corner[0], foot + corner[1])
        painter.drawPath(flag)

    def _role(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)
