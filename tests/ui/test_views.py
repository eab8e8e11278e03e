"""Several views in the window, worked in with the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from kpstudio.app.options import Layout
from tests.handled import LEFT

ALT = Qt.KeyboardModifier.AltModifier
AWAY = QPoint(30, -20)


def at(window, item_id, index, pane):
    """Where a keypoint is in a view, logical pixels of the viewport."""
    x, y = window.scene.keypoint_screen_position(item_id, index, pane)
    ratio = window.viewport.devicePixelRatioF()
    return QPoint(round(x / ratio), round(y / ratio))


@pytest.fixture
def item_id(window, add, settle):
    item_id = add()
    window.look_from("front")
    QTest.keyClick(window, Qt.Key.Key_2, ALT)
    settle()
    return item_id


def test_keys_change_the_layout_and_link_the_cameras(window, item_id, settle):
    view = window.studio.view
    assert view.value.layout is Layout.TWO
    QTest.keyClick(window, Qt.Key.Key_4, ALT)
    settle()
    assert len(window.scene.panes) == 4
    QTest.keyClick(window, Qt.Key.Key_L, ALT)
    assert not view.value.linked
    QTest.keyClick(window, Qt.Key.Key_1, ALT)
    settle()
    assert len(window.scene.panes) == 1
    assert window.commands.qt["view.layout.one"].isChecked()


def test_a_click_takes_a_view_at_hand_and_fields_are_shown_there(window, item_id, settle):
    place = at(window, item_id, LEFT, 1)
    QTest.mouseMove(window.viewport, place)
    QTest.mouseClick(window.viewport, Qt.MouseButton.LeftButton, pos=place)
    settle()
    assert window.studio.selection.keypoints == (LEFT,)
    assert window.studio.view.value.pane == 1
    QTest.keyClick(window, Qt.Key.Key_L)  # displacement
    settle()
    view = window.studio.view.value
    assert [view.field_of(pane) for pane in (0, 1)] == ["", "displacement"]
    assert [pane.frame.title.split()[0] for pane in window.scene.panes] == ["Plain", "Displacement"]


def test_a_drag_in_the_second_view_deforms_and_both_show_it(window, item_id, drag, settle):
    rest = window.studio.document.find(item_id).value.current.vertices
    start = at(window, item_id, LEFT, 1)
    drag(start, start + AWAY, release=False)
    settle()
    assert window.scene.is_dragging
    assert (at(window, item_id, LEFT, 1) - (start + AWAY)).manhattanLength() <= 2
    for pane in window.scene.panes:
        surface = pane.gallery[item_id].mesh.surface
        drawn = surface.positions + surface.origin
        shown = rest if surface.vertex_of is None else rest[surface.vertex_of]
        assert np.abs(drawn - shown).max() > 0.02
    QTest.mouseRelease(window.viewport, Qt.MouseButton.LeftButton, pos=start + AWAY)
    settle()
    assert window.studio.document.find(item_id).value.is_deformed
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.studio.document.find(item_id).value.current.vertices is rest


@pytest.mark.parametrize("linked", [True, False])
def test_turning_the_second_view(window, item_id, drag, settle, linked):
    window.studio.view.update(linked=linked)
    cameras = [pane.stage.camera for pane in window.scene.panes]
    before = [camera.GetPosition() for camera in cameras]
    corner = QPoint(window.viewport.width() - 30, 60)
    drag(corner, corner + QPoint(-60, 20))
    settle()
    moved = [camera.GetPosition() != old for camera, old in zip(cameras, before, strict=True)]
    assert moved == [linked, True]


def test_a_frame_is_drawn_once_however_many_views(window, item_id, settle, qtbot):
    frames = []
    stage = window.scene.panes[0].stage
    tag = stage.window.AddObserver("EndEvent", lambda *_: frames.append(1))
    window.studio.view.update(cage=True)
    window.studio.selection.select_keypoints((LEFT,))
    settle()
    qtbot.wait(80)
    stage.window.RemoveObserver(tag)
    assert 1 <= len(frames) <= 2  # the widget may paint once more by itself
