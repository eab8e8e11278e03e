"""A square matrix of shares as coloured cells, with what they say under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kpstudio.base.arrays import ByteArray, FloatArray

_TITLE = 24.0  #: height of the title, logical pixels


class MatrixView(QWidget):
    """Draws shares 0..1, the larger the nearer to the accent colour; NaN is left empty.

    Parameters
    ----------
    title
        Stands above, before the mean.
    parent
        Qt parent.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._values: FloatArray = np.zeros((0, 0))
        self._names: tuple[str, ...] = ()
        self.setMinimumSize(120, 120 + int(_TITLE))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def values(self) -> FloatArray:
        """(n,n) what is shown."""
        return self._values

    def show_matrix(self, values: FloatArray, names: Sequence[str]) -> None:
        """Show shares (n,n) of n things with names."""
        self._values, self._names = values, tuple(names)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(260, 260 + int(_TITLE))

    def text_at(self, place: QPointF) -> str:
        """Return what a cell says; nothing beside the cells."""
        area, count = self._area(), len(self._values)
        if not count or not area.contains(place):
            return ""
        row = min(int((place.y() - area.top()) / area.height() * count), count - 1)
        column = min(int((place.x() - area.left()) / area.width() * count), count - 1)
        value = self._values[row, column]
        told = "nothing to compare" if np.isnan(value) else f"{100.0 * value:.0f} %"
        return f"{self._names[row]} \N{RIGHTWARDS ARROW} {self._names[column]}: {told}"

    def event(self, event: QEvent | None) -> bool:
        """Show what is known of the cell under the cursor."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.text_at(QPointF(event.pos())), self)
            return True
        return bool(super().event(event))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw title and cells."""
        painter = QPainter(self)
        painter.setPen(self._role(QPalette.ColorRole.WindowText))
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        some = self._values[~np.isnan(self._values)]
        mean = f": {100.0 * float(some.mean()):.1f} %" if len(some) else ""
        area = self._area()
        painter.drawText(QRectF(area.left(), 0.0, self.width(), _TITLE), middle, self.title + mean)
        painter.fillRect(area, self._role(QPalette.ColorRole.Base))
        if not len(self._values):
            painter.setPen(self._role(QPalette.ColorRole.PlaceholderText))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Match all first")
            return
        pixels = self._pixels()
        height, width, _ = pixels.shape
        image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
        painter.drawImage(area, image)

    def _pixels(self) -> ByteArray:
        """Return (n,n,4) the colours of the cells."""
        low, high = self._role(QPalette.ColorRole.Mid), self._role(QPalette.ColorRole.Highlight)
        ends = np.array([[c.red(), c.green(), c.blue(), 255] for c in (low, high)], float)
        share = np.nan_to_num(self._values)[:, :, None]
        pixels = ends[0] + share * (ends[1] - ends[0])
        pixels[np.isnan(self._values)] = 0.0
        return np.rint(pixels).astype(np.uint8)

    def _area(self) -> QRectF:
        side = max(min(self.width(), self.height() - _TITLE), 1.0)
        return QRectF((self.width() - side) / 2.0, _TITLE, side, side)

    def _role(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)
