"""A picture with dots, clicked and typed at."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QWheelEvent
from PyQt6.QtTest import QTest

from kpstudio.ui.widgets.picture_marks import PictureMarks
from kpstudio.ui.widgets.picture_view import PictureView
from kpstudio.ui.widgets.tile_grid import TileGrid

LEFT = Qt.MouseButton.LeftButton
RED, BLUE = QColor(255, 0, 0), QColor(0, 0, 255)
MARKS = PictureMarks(np.array([[0.25, 0.5], [0.75, 0.5]]), (RED, BLUE), np.ones(2))


@pytest.fixture
def view(qtbot) -> PictureView:
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    view.set_picture(np.full((64, 128, 3), 90, np.uint8))
    view.set_marks(MARKS)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def told(view) -> list[object]:
    heard: list[object] = []
    view.marked.connect(lambda index, add: heard.append((index, add)))
    view.opened.connect(lambda: heard.append("opened"))
    view.hovered.connect(lambda index: heard.append(index))
    return heard


def color(view, x: int, y: int) -> QColor:
    return view.grab().toImage().pixelColor(x, y)


def test_dots_lie_on_the_picture(view) -> None:
    assert color(view, 50, 50) == RED
    assert color(view, 150, 50) == BLUE
    assert color(view, 100, 20).red() == 90
    view.set_marks(PictureMarks())
    assert color(view, 50, 50).red() == 90


def test_a_picture_keeps_its_proportions(view) -> None:
    view.resize(200, 160)
    assert view.place_of(0).toPoint() == QPoint(50, 80)
    view.resize(100, 100)
    assert view.place_of(1).toPoint() == QPoint(75, 50)


def test_a_window_enlarges_its_part(view) -> None:
    view.set_window(0.25, 0.25, 0.75, 0.75)
    assert view.place_of(0).toPoint() == QPoint(0, 50)
    assert view.place_of(1).toPoint() == QPoint(200, 50)
    view.set_window(0.0, 0.0, 1.0, 1.0)
    assert view.place_of(0).toPoint() == QPoint(50, 50)


def test_a_click_takes_a_dot_or_opens_the_picture(view, told) -> None:
    QTest.mouseClick(view, LEFT, pos=QPoint(52, 51))
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, QPoint(150, 50))
    QTest.mouseClick(view, LEFT, pos=QPoint(100, 20))
    assert told == [(0, False), (1, True), "opened"]


def test_the_cursor_points_at_dots(view, told, qtbot) -> None:
    # Between two moves the display server says where the cursor is.
    QTest.mouseMove(view, QPoint(100, 20))
    QTest.mouseMove(view, QPoint(150, 50))
    qtbot.waitUntil(lambda: told == [1])
    QTest.mouseMove(view, QPoint(100, 20))
    qtbot.waitUntil(lambda: told == [1, -1])


def test_the_keyboard_does_all_of_it(view, told) -> None:
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    view.set_chosen((0,))
    QTest.keyClick(view, Qt.Key.Key_Space)
    view.set_chosen((1,))
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert told == [(0, False), (1, False), (0, False), (0, False), "opened"]


def test_chosen_dots_have_a_ring_and_lines_their_score(view) -> None:
    def ink() -> int:
        image = view.grab().toImage()
        return sum(image.pixelColor(x, 50).lightness() > 240 for x in range(200))

    assert ink() == 0
    view.set_chosen((0,))
    ringed = ink()
    assert ringed > 0
    view.set_marks(PictureMarks(MARKS.places, MARKS.colors, MARKS.confidence, ((0, 1, 1.0),)))
    assert ink() > ringed + 50
    view.set_marks(PictureMarks(MARKS.places, MARKS.colors, MARKS.confidence, ((0, 1, 0.1),)))
    assert ink() == ringed


def test_colours_are_made_when_they_are_seen_and_once(view, qtbot) -> None:
    made = []

    def make():
        made.append(1)
        over = np.zeros((2, 2, 4), np.uint8)
        over[...] = (0, 255, 0, 255)
        return over

    view.hide()
    view.set_over(make)
    assert made == []
    view.show()
    qtbot.waitUntil(lambda: made == [1])
    assert color(view, 100, 20) == QColor(0, 255, 0)
    view.set_chosen((1,))
    view.grab()
    assert made == [1]


class TestGrid:
    @pytest.fixture
    def grid(self, qtbot) -> TileGrid:
        grid = TileGrid()
        qtbot.addWidget(grid)
        grid.resize(420, 300)
        tiles = [PictureView() for _ in range(64)]
        for tile in tiles:
            tile.set_picture(np.zeros((128, 128, 3), np.uint8))
        grid.set_tiles(tiles)
        grid.show()
        qtbot.waitExposed(grid)
        return grid

    def test_rows_fill_the_width(self, grid) -> None:
        first, third = grid.tiles[0].geometry(), grid.tiles[2].geometry()
        bar = grid.verticalScrollBar().sizeHint().width()
        assert first.left() == 0
        assert 420 - bar - 6 <= third.right() <= 420 - bar
        assert first.width() == first.height() >= grid.side

    def test_arrows_go_from_tile_to_tile_and_keep_it_in_view(self, grid, qtbot) -> None:
        grid.activateWindow()
        qtbot.waitUntil(grid.isActiveWindow)
        grid.tiles[0].setFocus()
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
            QTest.keyClick(grid.focusWidget(), key)
        assert grid.tiles[10].hasFocus()
        assert grid.verticalScrollBar().value() > 0
        QTest.keyClick(grid.tiles[10], Qt.Key.Key_Left)
        QTest.keyClick(grid.tiles[9], Qt.Key.Key_Up)
        assert grid.tiles[6].hasFocus()

    def test_all_of_them_fit_if_wanted(self, grid) -> None:
        grid.fit()
        assert max(tile.geometry().bottom() for tile in grid.tiles[:20]) <= 300
        grid.set_tiles(grid.tiles[:4])
        grid.fit()
        assert max(tile.geometry().bottom() for tile in grid.tiles) <= 300
        assert grid.tiles[0].width() > 130

    def test_control_and_the_wheel_change_the_size(self, grid, qtbot) -> None:
        def turn(held: Qt.KeyboardModifier) -> None:
            event = QWheelEvent(
                QPointF(20, 20), grid.mapToGlobal(QPointF(20, 20)), QPoint(), QPoint(0, 120),
                Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            grid.wheelEvent(event)

        before = grid.side
        turn(Qt.KeyboardModifier.NoModifier)
        assert grid.side == before
        with qtbot.waitSignal(grid.resized):
            turn(Qt.KeyboardModifier.ControlModifier)
        assert grid.side > before
