"""Dragging handles with the mouse, from the press to the undo."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from tests.handled import LEFT, RIGHT, TOP

AWAY = QPoint(40, -30)


def shape_of(window, item_id):
    return window.studio.document.find(item_id).value


@pytest.fixture
def item_id(window, add, settle):
    item_id = add()
    window.look_from("front")
    settle()
    return item_id


def test_a_drag_moves_the_mesh_and_undo_brings_every_bit_back(window, item_id, drag, where, settle):
    rest = shape_of(window, item_id).current.vertices
    start = where(item_id, LEFT)
    drag(start, start + AWAY)
    settle()
    shape = shape_of(window, item_id)
    assert shape.is_deformed
    assert np.abs(shape.current.vertices - rest).max() > 0.02
    assert window.studio.history.undo_label == "Move keypoint 0"
    assert (where(item_id, LEFT) - (start + AWAY)).manhattanLength() <= 2  # under the cursor
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert shape_of(window, item_id).current.vertices is rest
    settle()
    QTest.keyClick(
        window, Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )  # fmt: skip
    assert shape_of(window, item_id).current is shape.current


def test_escape_gives_the_drag_up(window, item_id, drag, where, settle):
    before = window.studio.document.find(item_id)
    start = where(item_id, LEFT)
    drag(start, start + AWAY, release=False)
    assert window.scene.is_dragging
    QTest.keyClick(window.viewport, Qt.Key.Key_Escape)
    settle()
    QTest.mouseRelease(window.viewport, Qt.MouseButton.LeftButton, pos=start + AWAY)
    settle()
    assert window.studio.document.find(item_id) is before
    assert (where(item_id, LEFT) - start).manhattanLength() <= 1
    assert "Move" not in window.studio.history.undo_label


def test_an_axis_key_constrains_the_drag_and_is_no_shortcut(window, item_id, drag, where, settle):
    start, position = where(item_id, LEFT), shape_of(window, item_id).keypoints.positions[LEFT]
    drag(start, start + AWAY, release=False)
    QTest.keyClick(window.viewport, Qt.Key.Key_X)
    QTest.keyClick(window.viewport, Qt.Key.Key_W)  # would show the mesh edges
    QTest.mouseMove(window.viewport, start + AWAY)
    settle()
    QTest.mouseRelease(window.viewport, Qt.MouseButton.LeftButton, pos=start + AWAY)
    settle()
    moved = shape_of(window, item_id).keypoints.positions[LEFT] - position
    assert abs(moved[0]) > 0.02
    assert moved[1:] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert not window.studio.view.value.edges


def test_undo_in_the_middle_of_a_drag_gives_it_up(window, item_id, drag, where, settle):
    before = window.studio.document.find(item_id)
    start = where(item_id, LEFT)
    drag(start, start + AWAY, release=False)
    QTest.keyClick(window.viewport, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseRelease(window.viewport, Qt.MouseButton.LeftButton, pos=start + AWAY)
    settle()
    assert window.studio.document.find(item_id) is before


def test_with_the_prior_the_mirror_keypoint_follows(window, item_id, drag, where, settle):
    positions = shape_of(window, item_id).keypoints.positions
    QTest.keyClick(window, Qt.Key.Key_P)
    assert window.studio.editing.value.prior_strength == 1.0
    start = where(item_id, LEFT)
    drag(start, start + QPoint(50, 0))
    settle()
    moved = shape_of(window, item_id).keypoints.positions - positions
    assert abs(moved[LEFT, 0]) > 0.05
    assert moved[RIGHT, 0] * moved[LEFT, 0] < 0
    assert abs(moved[RIGHT, 0]) > 0.2 * abs(moved[LEFT, 0])


def test_arrow_keys_nudge_what_is_selected_as_one_step(window, item_id, settle):
    window.studio.selection.select_keypoints([TOP])
    window.viewport.setFocus()
    steps = len(window.studio.history.labels)
    before = shape_of(window, item_id).keypoints.positions[TOP]
    for _ in range(3):
        QTest.keyClick(window.viewport, Qt.Key.Key_Up)
    settle()
    after = shape_of(window, item_id).keypoints.positions[TOP]
    assert after[1] > before[1]
    assert len(window.studio.history.labels) == steps + 1


def test_a_click_selects_in_viewport_and_table(window, item_id, where, settle):
    place = where(item_id, LEFT)
    QTest.mouseMove(window.viewport, place)
    QTest.mouseClick(window.viewport, Qt.MouseButton.LeftButton, pos=place)
    assert window.studio.selection.keypoints == (LEFT,)
    rows = window.keypoints.table.selectionModel().selectedRows()
    assert [index.row() for index in rows] == [LEFT]


def test_the_table_follows_a_drag_cell_by_cell(window, item_id, drag, where, settle):
    model = window.keypoints.model
    told, resets = [], []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.modelReset.connect(lambda: resets.append(1))
    start = where(item_id, LEFT)
    drag(start, start + AWAY)
    settle()
    assert told
    assert set(told) == {(LEFT, LEFT)}
    assert not resets


def test_sliders_of_the_modes_follow_a_drag(window, item_id, drag, where, qtbot):
    before = [slider.value for slider in window.prior.modes.sliders]
    start = where(item_id, LEFT)
    drag(start, start + QPoint(60, 0), release=False)
    qtbot.waitUntil(lambda: [s.value for s in window.prior.modes.sliders] != before)
    QTest.mouseRelease(window.viewport, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
