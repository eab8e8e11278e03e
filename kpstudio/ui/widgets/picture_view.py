"""A picture with marks on it: dots to click, lines between them, colours over it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.ui.widgets.picture_marks import CORNER, PictureMarks, draw_badge

# Logical pixels: radius of a dot in a small and a large picture, reach of the cursor around it.
_SMALL_DOT, _LARGE_DOT, _REACH = 2.8, 6.0, 5.0
_DOT_SHARE = 0.026  #: radius, as a share of the picture's side


class PictureView(QWidget):
    """Shows a picture as large as fits, with dots that can be chosen by mouse and keyboard.

    Space takes the next dot and Shift+Space the one before. `marked` carries a dot that was
    chosen and whether it comes on top of those that are, `opened` says that the picture itself
    was clicked or Enter pressed, `picked` the same with Ctrl, `hovered` carries the dot under the
    cursor, -1 for none.

    Parameters
    ----------
    parent
        Qt parent.
    """

    marked = pyqtSignal(int, bool)
    opened = pyqtSignal()
    picked = pyqtSignal()
    hovered = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QImage()
        self._make_over: Callable[[], ByteArray | None] | None = None
        self._ground = QPixmap()  # picture and what is over it, in the pixels of the screen
        self._window = QRectF(0.0, 0.0, 1.0, 1.0)
        self._marks = PictureMarks()
        self._chosen: tuple[int, ...] = ()
        self._under = -1
        self._badge = ""
        #: Says what a tooltip tells of a dot, or of the picture (-1).
        self.describe: Callable[[int], str] = lambda index: ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # --- what is shown -------------------------------------------------------------------------

    @property
    def marks(self) -> PictureMarks:
        """The dots."""
        return self._marks

    @property
    def chosen(self) -> tuple[int, ...]:
        """The dots that are marked as selected."""
        return self._chosen

    def set_picture(self, picture: ByteArray) -> None:
        """Show a picture (h,w,3)."""
        self._picture = _image(picture, QImage.Format.Format_RGB888)
        self._redraw()

    def set_over(self, make: Callable[[], ByteArray | None] | None) -> None:
        """Lay colours (a,b,4) over the whole picture.

        Parameters
        ----------
        make
            Makes them when they are first painted: most of many pictures are out of view.
        """
        self._make_over = make
        self._redraw()

    def set_window(self, left: float, top: float, right: float, bottom: float) -> None:
        """Show a part of the picture only, its ends as shares of width and height."""
        window = QRectF(QPointF(left, top), QPointF(right, bottom))
        if window != self._window:
            self._window = window
            self._redraw()

    def set_marks(self, marks: PictureMarks) -> None:
        """Show other dots."""
        self._marks = marks
        self.update()

    def set_chosen(self, indices: tuple[int, ...]) -> None:
        """Mark the selected dots, the last one most."""
        if indices != self._chosen:
            self._chosen = indices
            self.update()

    def set_hovered(self, index: int) -> None:
        """Mark a dot that is pointed at, here or elsewhere; -1 for none."""
        if index != self._under:
            self._under = index
            self.update()

    @property
    def badge(self) -> str:
        """The word in the corner of a picture that was picked."""
        return self._badge

    def set_badge(self, badge: str) -> None:
        """Frame the picture, with a short word in its corner; "" takes both away."""
        if badge != self._badge:
            self._badge = badge
            self.update()

    def image(self) -> QImage:
        """Return the picture with all that is drawn on it, as it is seen."""
        area = self._area().toRect()
        return self.grab(area).toImage()

    def sizeHint(self) -> QSize:
        """Return the size of a tile."""
        return QSize(128, 128)

    def place_of(self, index: int) -> QPointF:
        """Return where a dot is, logical pixels."""
        return QPointF(*self._places(self._marks.places[index]))

    # --- gestures ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Choose a dot; elsewhere the picture is opened or picked when the button is let go."""
        if event is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        index = self._dot_at(event.position())
        if index >= 0:
            self.marked.emit(index, _adds(event.modifiers()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Open or pick the picture, if that is what was pressed."""
        if event is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        inside = self._area().contains(event.position())
        if inside and self._dot_at(event.position()) < 0:
            self._open(event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Tell what is under the cursor."""
        if event is not None:
            index = self._dot_at(event.position())
            over = index >= 0 or self._area().contains(event.position())
            shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            if index != self._under:
                self.set_hovered(index)
                self.hovered.emit(index)

    def leaveEvent(self, event: QEvent | None) -> None:
        """Nothing is under the cursor any more."""
        if self._under >= 0:
            self.set_hovered(-1)
            self.hovered.emit(-1)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter opens the picture, Ctrl+Enter picks it, Space takes the next dot."""
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(event.modifiers())
        elif event.key() == Qt.Key.Key_Space and len(self._marks.places):
            count, back = len(self._marks.places), _adds(event.modifiers())
            last = self._chosen[-1] if self._chosen else (0 if back else -1)
            self.marked.emit((last + (-1 if back else 1)) % count, False)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Show what is known of the dot under the cursor."""
        if isinstance(event, QHelpEvent):
            text = self.describe(self._dot_at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return bool(super().event(event))

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show the frame."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Take the frame away."""
        super().focusOutEvent(event)
        self.update()

    def _open(self, held: Qt.KeyboardModifier) -> None:
        if held & Qt.KeyboardModifier.ControlModifier:
            self.picked.emit()
        else:
            self.opened.emit()

    # --- geometry and paint --------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fit the picture in again."""
        super().resizeEvent(event)
        self._ground = QPixmap()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw picture, lines and dots."""
        if self._picture.isNull():
            return
        area = self._area()
        painter = QPainter(self)
        if self._ground.isNull() or self._ground.devicePixelRatio() != self.devicePixelRatioF():
            self._ground = self._painted(area)
        painter.drawPixmap(area.topLeft(), self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area)
        places = self._places(self._marks.places)
        self._marks.draw(painter, places, self._radius, self._chosen, self._under)
        if self._badge:
            draw_badge(painter, area, self._badge, self.palette().highlight().color())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().highlight().color(), 2.0))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), CORNER, CORNER)

    @property
    def _radius(self) -> float:
        area = self._area()
        wanted = _DOT_SHARE * max(area.width(), area.height())
        return min(max(wanted, _SMALL_DOT), _LARGE_DOT)

    def _area(self) -> QRectF:
        """Return where the picture is."""
        size = _part(self._window, self._picture).size()
        if size.isEmpty():
            return QRectF(self.rect())
        scaled = size.toSize().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left = (self.width() - scaled.width()) // 2
        top = (self.height() - scaled.height()) // 2
        return QRectF(left, top, scaled.width(), scaled.height())

    def _places(self, shares: FloatArray) -> FloatArray:
        """Return where (...,2) shares of the picture are, logical pixels."""
        area, window = self._area(), self._window
        inside = (shares - (window.left(), window.top())) / (window.width(), window.height())
        places: FloatArray = inside * (area.width(), area.height()) + (area.left(), area.top())
        return places

    def _dot_at(self, place: QPointF) -> int:
        """Return the dot at a place, the nearest one; -1 for none."""
        if not len(self._marks.places):
            return -1
        away = np.hypot(*(self._places(self._marks.places) - (place.x(), place.y())).T)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= self._radius + _REACH else -1

    def _painted(self, area: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        ground = QPixmap((area.size() * ratio).toSize())
        ground.setDevicePixelRatio(ratio)
        ground.fill(Qt.GlobalColor.transparent)
        painter = QPainter(ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(QPointF(0, 0), area.size())
        painter.drawImage(whole, self._picture, _part(self._window, self._picture))
        over = self._make_over() if self._make_over is not None else None
        if over is not None:
            colors = _image(over, QImage.Format.Format_RGBA8888)
            painter.drawImage(whole, colors, _part(self._window, colors))
        painter.end()
        return ground

    def _redraw(self) -> None:
        self._ground = QPixmap()
        self.update()


def _adds(held: Qt.KeyboardModifier) -> bool:
    """Whether what is chosen now comes on top of what is chosen already."""
    wanted = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    return bool(held & wanted)


def _part(window: QRectF, image: QImage) -> QRectF:
    """Return the part of an image that a window shows, in its pixels."""
    width, height = image.width(), image.height()
    return QRectF(window.left() * width, window.top() * height,
                  window.width() * width, window.height() * height)  # fmt: skip


def _image(pixels: ByteArray, kind: QImage.Format) -> QImage:
    height, width, depth = pixels.shape
    # A copy: the image would go on reading memory that is not its own.
    data = np.ascontiguousarray(pixels).tobytes()
    return QImage(data, width, height, depth * width, kind).copy()
