"""Two shapes in the window: side by side, matched, corrected with the mouse, mapped, registered."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest

from kpstudio.app.mapping import PLACES
from kpstudio.app.options import Arrangement
from kpstudio.app.pairing import Method
from kpstudio.matching.assign import Rule
from kpstudio.ui.widgets.section import Section
from tests.paired import COUNT, MOTION, ORDER, pair

BUTTON = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def two(window, add, settle):
    """Both shapes of a pair, side by side, the panel in front with its sections open."""
    first, second, _ = pair()
    ids = add(first), add(second)
    window.docks.raise_panel("match")
    window.resize(1300, 1000)
    QTest.keyClick(window, Qt.Key.Key_S, ALT)
    for section in window.match.findChildren(Section):
        section.header.setChecked(True)
    window.look_from("front")
    settle()
    return ids


@pytest.fixture
def matched(window, two, settle):
    """The same, matched by a click on the button."""
    panel = window.match
    panel.method.setCurrentIndex(panel.method.findData(Method.WAVE))
    panel.rule.setCurrentIndex(panel.rule.findData(Rule.ONE_TO_ONE))
    QTest.mouseClick(panel.run, BUTTON)
    settle()
    return two


def rows(window):
    table = window.match.table
    return [(table.item(row, 0).text(), table.item(row, 1).text())
            for row in range(table.rowCount())]  # fmt: skip


def in_front(window, item_id):
    """Keypoints of an item that no surface hides."""
    hidden = window.scene.gallery[item_id].keypoints.hidden
    return [index for index in range(COUNT) if not hidden[index]]


def test_a_key_puts_shapes_side_by_side_and_clicks_still_meet_them(window, two, where, settle):
    assert window.studio.view.value.arrangement is Arrangement.SIDE_BY_SIDE
    assert window.match.apart.isChecked()
    assert window.commands.qt["view.side_by_side"].isChecked()
    middles = []
    for item_id in two:
        spots = [where(item_id, index) for index in range(COUNT)]
        middles.append(np.mean([spot.x() for spot in spots]))
        assert all(window.viewport.rect().contains(spot) for spot in spots)
    assert middles[0] + 100 < middles[1]
    window.studio.selection.select_item(two[0])
    settle()
    index = in_front(window, two[1])[0]
    QTest.mouseClick(window.viewport, BUTTON, pos=where(two[1], index) + QPoint(0, 1))
    assert window.studio.selection.item_id == two[1]
    QTest.keyClick(window, Qt.Key.Key_S, ALT)
    settle()
    assert window.studio.view.value.arrangement is Arrangement.FILES


def test_a_drag_in_a_row_moves_the_keypoint_under_the_cursor(window, two, where, drag, settle):
    before = window.studio.document.find(two[1]).value.keypoints.positions
    index = in_front(window, two[1])[0]
    start = where(two[1], index)
    drag(start, start + QPoint(12, 8))
    settle()
    after = window.studio.document.find(two[1]).value.keypoints.positions
    assert (after != before).any(axis=1).nonzero()[0].tolist() == [index]
    assert (where(two[1], index) - (start + QPoint(12, 8))).manhattanLength() <= 2


def test_the_slider_opens_the_row(window, two, settle):
    window.docks.raise_panel("display")
    slider = window.display.spacing
    places = window.studio.arranging
    before = places.place(two[1]).translation.copy()
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    settle()
    assert np.linalg.norm(places.place(two[1]).translation - before) > 0.01
    choice = window.display.arrangement
    choice.setCurrentIndex(2)
    assert window.studio.view.value.true_size
    choice.setCurrentIndex(0)
    assert not slider.isEnabled()


def test_the_button_matches_and_the_table_says_what(window, matched):
    names = {(f"place {i}", str(ORDER[i])) for i in range(COUNT)}
    assert set(rows(window)) == names
    assert window.match.summary.text() == f"{COUNT} matches"
    assert len(window.scene.gallery.matches.colors) == COUNT
    assert window.match.shown.isChecked()
    QTest.mouseClick(window.match.shown, BUTTON)
    assert len(window.scene.gallery.matches.colors) == 0


def test_the_cursor_on_a_keypoint_or_a_line_lights_up_both_ends(
    window, matched, where, settle, qtbot
):
    source = in_front(window, matched[0])[0]
    QTest.mouseMove(window.viewport, where(matched[0], source))
    # The display server says where the cursor is, in its own time.
    qtbot.waitUntil(lambda: len(window.studio.corresponding.highlighted) == 1)
    settle()
    look = window.scene.gallery[matched[1]].look
    assert look.hovered == ORDER[source]
    row = window.studio.corresponding.row_of(matched[0], source)
    assert window.scene.gallery.matches.highlighted.tolist() == [row]
    assert window.match.table.item(row, 0).font().bold()
    ends = where(matched[0], 1), where(matched[1], int(ORDER[1]))
    QTest.mouseMove(window.viewport, (ends[0] + ends[1]) / 2)
    qtbot.waitUntil(lambda: "match place" in window.status.text.text())
    settle()
    lit = window.studio.corresponding.highlighted
    assert len(lit) == 1
    assert "match place" in window.status.text.text()
    window.studio.selection.hover(None)
    QTest.mouseMove(window.viewport, QPoint(3, 3))
    qtbot.waitUntil(lambda: window.studio.corresponding.highlighted == ())


def test_delete_cuts_the_chosen_rows_and_undo_brings_them_back(window, matched, settle):
    table = window.match.table
    table.setFocus()
    table.selectRow(2)
    assert window.studio.corresponding.highlighted == (2,)
    gone = rows(window)[2]
    QTest.keyClick(table, Qt.Key.Key_Delete)
    settle()
    assert gone not in rows(window)
    assert window.match.summary.text() == f"{COUNT - 1} matches, corrected"
    dim = window.scene.gallery[matched[0]].look.matched
    assert dim.sum() == COUNT - 1
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert gone in rows(window)
    table.selectRow(0)
    QTest.mouseClick(window.match.cut, BUTTON)
    QTest.mouseClick(window.match.restore, BUTTON)
    assert len(rows(window)) == COUNT


def test_two_clicks_draw_a_match_and_escape_gives_it_up(window, matched, where, settle):
    first = in_front(window, matched[0])[0]
    second = next(j for j in in_front(window, matched[1]) if j != ORDER[first])
    QTest.mouseClick(window.match.draw, BUTTON)
    assert window.studio.corresponding.state.value.drawing
    tools = window.scene.tools
    QTest.mouseClick(window.viewport, BUTTON, pos=where(matched[0], first))
    settle()
    QTest.mouseMove(window.viewport, where(matched[0], first) + QPoint(60, 10))
    settle()
    assert tools.wants_key("Escape")
    QTest.keyClick(window.viewport, Qt.Key.Key_Escape)
    QTest.mouseClick(window.viewport, BUTTON, pos=where(matched[0], first))
    QTest.mouseClick(window.viewport, BUTTON, pos=where(matched[1], second))
    settle()
    assert (f"place {first}", str(second)) in rows(window)
    row = rows(window).index((f"place {first}", str(second)))
    assert window.match.table.item(row, 2).text() == "by hand"
    assert window.studio.history.undo_label == f"Match place {first} with {second}"
    QTest.mouseClick(window.match.draw, BUTTON)
    assert not window.studio.corresponding.state.value.drawing


def facing(window, item_id):
    """Where in the viewport a shape turns straight to the viewer, logical pixels."""
    item = window.studio.document.find(item_id)
    context = window.scene.tools.context
    view = context.view_of(item)
    away = item.value.mesh.vertex_normals @ view.forward
    for vertex in away.argsort():
        spot = view.to_screen(item.value.mesh.vertices[vertex])[0]
        hit = context.surface_at(tuple(spot))
        if hit is not None and hit.item is item:
            ratio = window.viewport.devicePixelRatioF()
            x, y = spot / ratio
            return QPoint(round(x), round(window.viewport.height() - 1 - y))
    raise AssertionError("the shape is out of sight")


def test_a_click_finds_the_place_on_the_other_shape(window, matched, settle):
    QTest.mouseClick(window.match.dense.finding, BUTTON)
    window.studio.view.update(keypoints=False)
    settle()
    QTest.mouseClick(window.viewport, BUTTON, pos=facing(window, matched[0]))
    settle()
    assert window.studio.view.value.shown_field == PLACES
    mapping, document = window.studio.mapping, window.studio.document
    probe = window.studio.descriptors.state.value.probe
    assert probe.item_id == matched[0]
    field = mapping.find(document.find(matched[1]), PLACES)
    _, _, now = pair()
    assert field.values[now[probe.vertex]] == pytest.approx(1.0, abs=1e-3)
    assert window.scene.gallery[matched[1]].probe.ring.actor.GetVisibility()
    assert window.scene.gallery.color_bar.title == "Likeness"
    window.studio.view.update(field="")
    assert not window.match.dense.finding.isChecked()


def test_the_map_brings_keypoints_over_in_one_step(window, matched, settle):
    dense = window.match.dense
    assert not dense.transfer.isEnabled()
    QTest.mouseClick(dense.run, BUTTON)
    settle()
    assert "come back" in dense.info.text()
    steps = len(window.studio.history.labels)
    QTest.mouseClick(dense.transfer, BUTTON)
    settle()
    assert len(window.studio.history.labels) == steps + 1
    names = window.studio.document.find(matched[1]).value.keypoints.schema.names
    assert names[0] == "place 0"
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    settle()
    assert window.studio.document.find(matched[1]).value.keypoints.schema.names[0] == "0"


def test_a_registration_is_told_copied_and_applied(window, matched, settle):
    section = window.match.register
    QTest.mouseClick(section.run, BUTTON)
    settle()
    turn = np.degrees(np.linalg.norm([0.3, -0.5, 0.2]))
    assert float(section.figures["Turn"].text().removesuffix("°")) == pytest.approx(turn, abs=0.1)
    assert section.figures["Overlap"].text() == "100 %"
    QTest.mouseClick(section.copy, BUTTON)
    rows = QGuiApplication.clipboard().text().splitlines()
    found = np.array([[float(one) for one in row.split()] for row in rows])
    assert found == pytest.approx(MOTION.matrix, abs=0.01)
    before = window.studio.document.find(matched[0]).value.mesh
    QTest.mouseClick(section.apply, BUTTON)
    settle()
    after = window.studio.document.find(matched[0]).value.mesh
    assert after.vertices == pytest.approx(MOTION.apply(before.vertices), abs=0.01)
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    settle()
    assert window.studio.document.find(matched[0]).value.mesh is before


def test_matches_are_saved_and_the_shapes_change_places(window, matched, tmp_path, settle):
    path = tmp_path / "found.json"
    window.match._ask_save = lambda *_: path
    QTest.mouseClick(window.match.export, BUTTON)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert len(content["matches"]) == COUNT
    assert content["shapes"] == ["first", "second"]
    QTest.mouseClick(window.match.swap, BUTTON)
    settle()
    assert set(rows(window)) == {(str(ORDER[i]), f"place {i}") for i in range(COUNT)}


def test_without_two_shapes_the_panel_says_what_is_missing(window, settle):
    window.docks.raise_panel("match")
    settle()
    assert "Open two shapes" in window.match.problem.text()
    assert not window.match.run.isEnabled()
