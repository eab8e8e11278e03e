"""Square tiles in rows that fill the width, as large as somebody wants them."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QObject, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QFrame, QScrollArea, QWidget

#: Smallest, largest and usual side of a tile, logical pixels.
SIDES = (56, 512, 124)
_GAP = 6
_NOTCH = 1.15  #: how much larger a notch of the wheel makes tiles
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
           Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}  # fmt: skip


class TileGrid(QScrollArea):
    """Lays tiles out in rows; arrows go from one to the next, Ctrl and the wheel make them larger.

    `resized` carries the side that tiles are wanted to have, after the wheel or `fit` changed it.
    """

    resized = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self._canvas = QWidget()
        self._canvas.setObjectName("tiles")
        self._tiles: list[QWidget] = []
        self._side = SIDES[2]
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._canvas)

    @property
    def tiles(self) -> tuple[QWidget, ...]:
        """The tiles."""
        return tuple(self._tiles)

    @property
    def side(self) -> int:
        """How large tiles are wanted; they grow from there until they fill the width."""
        return self._side

    def set_tiles(self, tiles: Sequence[QWidget]) -> None:
        """Show other tiles; those that are not among them are deleted."""
        for old in self._tiles:
            if old not in tiles:
                old.removeEventFilter(self)
                old.hide()
                old.deleteLater()
        for tile in tiles:
            if tile not in self._tiles:
                tile.setParent(self._canvas)
                tile.installEventFilter(self)
                tile.show()
        self._tiles = list(tiles)
        self._lay_out()

    def set_side(self, side: int) -> None:
        """Make tiles larger or smaller."""
        low, high, _ = SIDES
        self._side = min(max(side, low), high)
        self._lay_out()

    def fit(self) -> None:
        """Make tiles as large as they can be with all of them in view."""
        room = self.maximumViewportSize()
        low, high, _ = SIDES
        sides = range(high, low, -1)
        count = len(self._tiles)
        side = next((s for s in sides if _height(count, room.width(), s) <= room.height()), low)
        self.set_side(side)
        self.resized.emit(self._side)

    def sizeHint(self) -> QSize:
        """Return room for two tiles side by side."""
        return QSize(2 * SIDES[2] + 3 * _GAP, SIDES[2] + 2 * _GAP)

    def minimumSizeHint(self) -> QSize:
        """Return room for one tile."""
        return QSize(SIDES[0] + 2 * _GAP, SIDES[0] + 2 * _GAP)

    # --- events --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fill the new width."""
        super().resizeEvent(event)
        self._lay_out()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll; with Ctrl change the size of the tiles."""
        if event is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            notches = event.angleDelta().y() / 120.0
            self.set_side(round(self._side * _NOTCH**notches))
            self.resized.emit(self._side)
            event.accept()
        else:
            super().wheelEvent(event)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Go from tile to tile, and keep in view the one that has the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _ARROWS and self._go(watched, *_ARROWS[key]):
                return True
        if event is not None and event.type() == QEvent.Type.FocusIn:
            self.ensureWidgetVisible(watched, _GAP, _GAP)  # type: ignore[arg-type]
        return super().eventFilter(watched, event)

    def _go(self, start: QObject | None, across: int, down: int) -> bool:
        here = next((i for i, tile in enumerate(self._tiles) if tile is start), 0)
        there = here + across + down * _columns(self._width, self._side)
        if not 0 <= there < len(self._tiles):
            return False
        self._tiles[there].setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    # --- layout --------------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        """The width there is, whether the bar is there or not: it must not come and go."""
        room, bar = self.maximumViewportSize(), self.verticalScrollBar()
        needed = _height(len(self._tiles), room.width(), self._side) > room.height()
        return room.width() - (bar.sizeHint().width() if needed and bar is not None else 0)

    def _lay_out(self) -> None:
        width = self._width
        columns = _columns(width, self._side)
        side = _filling(width, columns)
        for index, tile in enumerate(self._tiles):
            row, column = divmod(index, columns)
            tile.setGeometry(QRect(column * (side + _GAP), row * (side + _GAP), side, side))
        rows = -(-len(self._tiles) // columns)
        self._canvas.resize(width, max(rows * (side + _GAP) - _GAP, 0))


def _columns(width: int, side: int) -> int:
    return max((width + _GAP) // (side + _GAP), 1)


def _filling(width: int, columns: int) -> int:
    return max((width - (columns - 1) * _GAP) // columns, 1)


def _height(count: int, width: int, side: int) -> int:
    columns = _columns(width, side)
    return -(-count // columns) * (_filling(width, columns) + _GAP) - _GAP
