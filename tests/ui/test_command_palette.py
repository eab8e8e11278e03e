from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from kpstudio.ui.command_palette import match

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def palette(window):
    QTest.keyClick(window, Qt.Key.Key_P, CTRL_SHIFT)
    assert window.palette_box.isVisible()
    return window.palette_box


def titles(palette) -> list[str]:
    return [palette.list.item(row).text() for row in range(palette.list.count())]


def test_typing_filters_and_enter_runs(window, palette):
    QTest.keyClicks(palette.line, "mesh ed")
    assert titles(palette) == ["Mesh edges"]
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.studio.view.value.edges


def test_letters_are_typed_and_run_nothing(window, palette):
    before = window.studio.view.value
    QTest.keyClicks(palette.line, "wkcg")
    assert palette.line.text() == "wkcg"
    assert window.studio.view.value == before


def test_what_cannot_be_done_is_not_offered(window, palette, add):
    assert "Reset shape" not in titles(palette)
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    add()
    QTest.keyClick(window, Qt.Key.Key_P, CTRL_SHIFT)
    assert "Rename shape…" in titles(palette)


def test_arrows_move_and_escape_leaves(window, palette):
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 1
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_the_best_match_is_first():
    names = ["Rename shape… Edit", "Shape prior Shape", "Flat View Shading"]
    assert min(names, key=lambda name: match("sha", name)) == "Shape prior Shape"
    assert match("xyz", names[0]) is None
    assert match("", names[0]) == 0
    assert match("edit ren", names[0]) is not None
