"""Shares as bars side by side, some of which can be chosen."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kpstudio.base.arrays import FloatArray

_FOOT, _HEAD, _GAP = 18.0, 18.0, 4.0  #: below, above and between the bars, logical pixels
_WIDEST = 44.0


class Bars(QWidget):
    """Draws shares 0..1; `picked` carries a bar that was clicked.

    Parameters
    ----------
    parent
        Qt parent.
    """

    picked = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: FloatArray = np.zeros(0)
        self._chosen: tuple[int, ...] = ()
        self.setMinimumHeight(92)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, shares: FloatArray, chosen: Collection[int] = ()) -> None:
        """Show shares (b,), some of them as chosen."""
        self._shares, self._chosen = np.asarray(shares, float), tuple(chosen)
        self.update()

    @property
    def shares(self) -> FloatArray:
        """(b,) what is shown."""
        return self._shares

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(240, 92)

    def bar(self, index: int) -> QRectF:
        """Return where a bar and the room above it are, logical pixels."""
        width = min(self.width() / max(len(self._shares), 1), _WIDEST)
        return QRectF(index * width, 0.0, width, float(self.height()))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Choose a bar."""
        index = self._at(event.position()) if event is not None else -1
        if index >= 0:
            self.picked.emit(index)

    def event(self, event: QEvent | None) -> bool:
        """Tell how much the bars up to the one under the cursor make together."""
        if isinstance(event, QHelpEvent):
            index = self._at(QPointF(event.pos()))
            together = 100.0 * self._shares[: index + 1].sum()
            text = f"Mode {index + 1}; with those before {together:.1f} % of the variance"
            QToolTip.showText(event.globalPos(), text if index >= 0 else "", self)
            return True
        return bool(super().event(event))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the bars, what they are and how large."""
        painter = QPainter(self)
        palette, role = self.palette(), QPalette.ColorRole
        most = max(float(self._shares.max(initial=0.0)), 1e-12)
        room = self.height() - _FOOT - _HEAD
        centre = Qt.AlignmentFlag.AlignCenter
        for index, share in enumerate(self._shares):
            whole = self.bar(index)
            height = float(share) / most * room
            bar = QRectF(
                whole.left() + _GAP / 2, _HEAD + room - height, whole.width() - _GAP, height
            )
            chosen = index in self._chosen
            painter.fillRect(bar, palette.color(role.Highlight if chosen else role.Mid))
            painter.setPen(palette.color(role.WindowText if chosen else role.PlaceholderText))
            top = QRectF(whole.left(), bar.top() - _HEAD, whole.width(), _HEAD)
            painter.drawText(top, centre, f"{100.0 * share:.0f}")
            foot = QRectF(whole.left(), self.height() - _FOOT, whole.width(), _FOOT)
            painter.drawText(foot, centre, f"{index + 1}")

    def _at(self, place: QPointF) -> int:
        for index in range(len(self._shares)):
            if self.bar(index).contains(place):
                return index
        return -1
