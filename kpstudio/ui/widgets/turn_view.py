"""A picture with dots that is turned with the mouse."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from kpstudio.base.arrays import ByteArray
from kpstudio.ui.widgets.picture_marks import PictureMarks

_DOT = 5.0  #: radius, logical pixels


class TurnView(QWidget):
    """Shows a square picture; `turned` carries how far the mouse went, `resized` a new size.

    Parameters
    ----------
    empty
        What stands there without a picture.
    parent
        Qt parent.
    """

    turned = pyqtSignal(float, float)
    resized = pyqtSignal()

    def __init__(self, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty = empty
        self._picture = QImage()
        self._marks = PictureMarks()
        self._last = QPointF()
        self.setMinimumSize(220, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to turn")

    @property
    def side(self) -> int:
        """Side of the picture that fills the widget, pixels of the screen."""
        return max(int(min(self.width(), self.height()) * self.devicePixelRatioF()), 16)

    @property
    def has_picture(self) -> bool:
        """Whether there is something to see."""
        return not self._picture.isNull()

    def show_picture(self, pixels: ByteArray, marks: PictureMarks) -> None:
        """Show a picture (h,w,3) with dots."""
        height, width, _ = pixels.shape
        data = np.ascontiguousarray(pixels).tobytes()
        self._picture = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._marks = marks
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._picture = QImage()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(420, 420)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin to turn."""
        if event is not None:
            self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Turn on."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = event.position() - self._last
            self._last = event.position()
            self.turned.emit(moved.x(), moved.y())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Tell that the picture should have another size."""
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw picture and dots."""
        painter = QPainter(self)
        if self._picture.isNull():
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            whole = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(whole), self.empty)
            return
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        side = float(min(self.width(), self.height()))
        area = QRectF((self.width() - side) / 2.0, (self.height() - side) / 2.0, side, side)
        painter.drawImage(area, self._picture)
        places = self._marks.places * side + (area.left(), area.top())
        self._marks.draw(painter, places, _DOT, (), -1)
