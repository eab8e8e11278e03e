"""A slider with its number: filled from its origin, live while it moves, final when let go."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QWheelEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

_KNOB = 6.5  # radius of the knob, logical pixels
_GROOVE = 4.0  # height of the groove


class Slider(QWidget):
    """A horizontal slider over an interval of real numbers.

    `moved` comes with every change while a button or key is held, `released` once at the end of
    the gesture, or `cancelled` when Escape took it back. A double click goes to the origin.

    Parameters
    ----------
    low, high
        The interval.
    origin
        Where the fill starts and what a double click returns to.
    step
        Change by an arrow key.
    parent
        Qt parent.
    """

    moved = pyqtSignal(float)
    released = pyqtSignal(float)
    cancelled = pyqtSignal()

    def __init__(
        self,
        low: float = 0.0,
        high: float = 1.0,
        origin: float = 0.0,
        step: float = 0.05,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.low, self.high, self.origin, self.step = low, high, origin, step
        self._value = self._before = origin
        self._held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def value(self) -> float:
        """Where the knob is."""
        return self._value

    @property
    def held(self) -> bool:
        """Whether a gesture is going on."""
        return self._held

    def set_value(self, value: float) -> None:
        """Put the knob somewhere, silently; ignored while a person holds it."""
        if not self._held:
            self._value = min(max(value, self.low), self.high)
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for groove and knob."""
        return QSize(120, 22)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be used."""
        return QSize(56, 22)

    # --- gestures ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take the knob and bring it under the cursor."""
        if event is not None and event.button() is Qt.MouseButton.LeftButton:
            self._take()
            self._go(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Follow the cursor."""
        if event is not None and self._held:
            self._go(self._at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let the knob go."""
        self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Return to the origin."""
        self._take()
        self._go(self.origin)
        self._let_go()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the panel's scrolling."""
        if event is not None:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Step by the arrow keys; Home goes to the origin, Escape takes a gesture back."""
        if event is None:
            return
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        key = Qt.Key(event.key())
        if key in steps:
            self._take()
            self._go(self._value + steps[key] * self.step)
        elif key is Qt.Key.Key_Home:
            self._take()
            self._go(self.origin)
        elif key is Qt.Key.Key_Escape and self._held:
            self._held = False
            self.set_value(self._before)
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
            self._held, self._before = True, self._value

    def _go(self, value: float) -> None:
        value = min(max(value, self.low), self.high)
        if value != self._value:
            self._value = value
            self.update()
            self.moved.emit(value)

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self.released.emit(self._value)

    # --- geometry and paint --------------------------------------------------------------------

    def _x(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return _KNOB + 1.0 + part * (self.width() - 2.0 * _KNOB - 2.0)

    def _at(self, x: float) -> float:
        part = (x - _KNOB - 1.0) / max(self.width() - 2.0 * _KNOB - 2.0, 1.0)
        return self.low + part * (self.high - self.low)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw groove, fill, origin and knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, origin, knob = self.height() / 2.0, self._x(self.origin), self._x(self._value)
        groove = QRectF(_KNOB, middle - _GROOVE / 2, self.width() - 2 * _KNOB, _GROOVE)
        painter.setBrush(self._color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(groove, _GROOVE / 2, _GROOVE / 2)
        accent = self._color(QPalette.ColorRole.Highlight)
        painter.setBrush(accent)
        left, right = sorted((origin, knob))
        painter.drawRoundedRect(
            QRectF(left, groove.top(), right - left, _GROOVE), _GROOVE / 2, _GROOVE / 2
        )
        if self.low < self.origin < self.high:
            painter.setBrush(self._color(QPalette.ColorRole.Mid))
            painter.drawRoundedRect(QRectF(origin - 1, middle - 5, 2, 10), 1, 1)
        if self.hasFocus():
            ring = QColor(accent)
            ring.setAlpha(70)
            painter.setBrush(ring)
            painter.drawEllipse(QPointF(knob, middle), _KNOB + 3, _KNOB + 3)
        painter.setBrush(accent if self.isEnabled() else self._color(QPalette.ColorRole.Mid))
        painter.drawEllipse(QPointF(knob, middle), _KNOB, _KNOB)

    def _color(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)
