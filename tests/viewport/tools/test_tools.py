"""Clicks, frames, hovering, the camera and keys, driven by mouse events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.options import EditMode
from kpstudio.viewport.tools.tools import State
from tests.viewport.kit import Kit, ball, ball_mesh

EMPTY = (8.0, 8.0)


def apart(kit: Kit) -> None:
    """Open a second ball, to the right of the first."""
    mesh = ball_mesh()
    kit.open(ball(replace(mesh, vertices=mesh.vertices + (3.0, 0.0, 0.0))), "second")
    kit.scene.look_from("front")


def test_a_click_selects_and_a_click_beside_deselects(kit: Kit) -> None:
    kit.mouse.click(kit.at(4))
    assert kit.studio.selection.keypoints == (4,)
    kit.mouse.click(kit.at(2))
    assert kit.studio.selection.keypoints == (2,)
    kit.mouse.click(EMPTY)
    assert kit.studio.selection.keypoints == ()
    assert kit.studio.selected is not None  # the shape stays selected


def test_ctrl_clicks_add_and_take_away(kit: Kit) -> None:
    kit.mouse.click(kit.at(4))
    kit.mouse.click(kit.at(2), ctrl=True)
    assert kit.studio.selection.keypoints == (4, 2)
    kit.mouse.click(kit.at(4), ctrl=True)
    assert kit.studio.selection.keypoints == (2,)


def test_of_two_handles_the_one_in_front_is_clicked(kit: Kit) -> None:
    # front and back lie behind one another
    assert np.allclose(kit.at(4), kit.at(5), atol=0.5)
    kit.mouse.click(kit.at(5))
    assert kit.studio.selection.keypoints == (4,)
    kit.scene.look_from("back")
    kit.mouse.click(kit.at(4))
    assert kit.studio.selection.keypoints == (5,)


def test_hidden_handles_can_be_clicked_where_nothing_is_in_front(kit: Kit) -> None:
    kit.scene.look_from("isometric")
    kit.mouse.click(kit.at(5))
    assert kit.studio.selection.keypoints == (5,)


def test_a_click_on_another_shape_selects_it(kit: Kit) -> None:
    first = kit.item
    apart(kit)
    assert kit.item.name == "second"
    middle = kit.scene.stage.projection.to_screen(np.array([0.3, 0.3, 0.9]))[0]
    kit.mouse.click(tuple(middle))
    assert kit.studio.selected is first


def test_the_box_selects_what_is_inside(kit: Kit) -> None:
    left, bottom = np.min([kit.at(1), kit.at(3)], axis=0) - 12
    right, top = np.add(kit.at(2), (12, 12))  # left half with top and bottom, not the left tip
    kit.mouse.drag((left, bottom), (right, top), shift=True)
    assert set(kit.studio.selection.keypoints) == {1, 2, 3, 4, 5}
    assert not kit.scene.is_dragging


def test_the_box_adds_with_ctrl(kit: Kit) -> None:
    kit.mouse.click(kit.at(0))
    low, high = np.subtract(kit.at(2), (25, 12)), np.add(kit.at(2), (25, 12))
    kit.mouse.drag(tuple(low), tuple(high), shift=True, ctrl=True)
    assert kit.studio.selection.keypoints == (0, 2)


def test_escape_takes_the_box_away(kit: Kit) -> None:
    kit.mouse.press(EMPTY, shift=True)
    kit.mouse.move((300, 250), shift=True)
    assert kit.scene.key_press("Escape")
    kit.mouse.release((300, 250), shift=True)
    assert kit.studio.selection.keypoints == ()


def test_a_drag_beside_turns_the_camera_and_keeps_the_selection(kit: Kit) -> None:
    kit.mouse.click(kit.at(4))
    camera, item = kit.scene.stage.camera, kit.item
    distance, before = camera.GetDistance(), np.array(camera.GetPosition())
    kit.mouse.drag(EMPTY, (60, 40))
    after = np.array(camera.GetPosition())
    assert np.linalg.norm(after - before) > 0.1
    assert camera.GetDistance() == pytest.approx(distance)
    assert kit.studio.selection.keypoints == (4,)
    assert kit.item is item


def test_the_middle_button_shifts_and_moves_no_keypoint(kit: Kit) -> None:
    before, start, item = np.array(kit.at(4)), kit.at(4), kit.item
    kit.mouse.send("MiddleButtonPressEvent", start)
    kit.mouse.move(tuple(np.add(start, (40, 10))))
    kit.mouse.send("MiddleButtonReleaseEvent", tuple(np.add(start, (40, 10))))
    # the focal point follows the mouse; the front of the ball is nearer and runs ahead
    assert np.allclose((kit.at(4) - before) / (40, 10), 1.2, atol=0.2)
    assert kit.item is item


def test_the_right_button_comes_nearer(kit: Kit) -> None:
    distance = kit.scene.stage.camera.GetDistance()
    kit.mouse.send("RightButtonPressEvent", EMPTY)
    kit.mouse.move((8, 108))
    kit.mouse.send("RightButtonReleaseEvent", (8, 108))
    assert kit.scene.stage.camera.GetDistance() < 0.8 * distance


def test_the_wheel_comes_nearer_to_what_is_under_the_cursor(kit: Kit) -> None:
    at = kit.at(0)
    distance = kit.scene.stage.camera.GetDistance()
    cursor = tuple(np.round(np.add(at, (-15, 0))))
    before = kit.scene.tools.context.surface_at(cursor)
    kit.mouse.send("MouseWheelForwardEvent", cursor)
    after = kit.scene.tools.context.surface_at(cursor)
    assert before is not None
    assert after is not None
    assert np.allclose(after.point.position, before.point.position, atol=1e-6)
    assert kit.scene.stage.camera.GetDistance() < distance
    kit.mouse.send("MouseWheelBackwardEvent", cursor)
    assert kit.scene.stage.camera.GetDistance() == pytest.approx(distance)


def test_hovering_lights_up_and_names_the_keypoint(kit: Kit) -> None:
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)

    kit.scene.hover_text.connect(hear)
    kit.mouse.move(kit.at(2))
    assert kit.studio.selection.hovered == 2
    assert "top" in heard[-1]
    kit.mouse.move(tuple(np.add(kit.at(4), (30, 30))))
    assert kit.studio.selection.hovered is None
    assert heard[-1].startswith("ball · ")
    kit.mouse.move(EMPTY)
    assert heard[-1] == ""


def test_hovering_tells_the_value_of_the_field(kit: Kit) -> None:
    kit.studio.view.update(field="height")
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)

    kit.scene.hover_text.connect(hear)
    place = np.array([0.0, 0.6, 0.8])
    kit.mouse.move(tuple(kit.scene.stage.projection.to_screen(place)[0]))
    name, _, value = heard[-1].rpartition(" Height ")
    assert name.startswith("ball")
    assert float(value) == pytest.approx(0.6, abs=0.02)


def test_the_cursor_that_leaves_hovers_over_nothing(kit: Kit) -> None:
    kit.mouse.move(kit.at(2))
    kit.mouse.send("LeaveEvent", EMPTY)
    assert kit.studio.selection.hovered is None


def test_hidden_keypoints_and_shapes_are_not_there_for_the_mouse(kit: Kit) -> None:
    at = kit.at(4)
    kit.studio.view.update(keypoints=False)
    kit.mouse.click(at)
    assert kit.studio.selection.keypoints == ()
    kit.studio.view.update(keypoints=True)
    kit.studio.edits.set_visible(kit.item.id, False)
    kit.mouse.click(at)
    assert kit.studio.selection.keypoints == ()


def test_missing_keypoints_are_not_there_for_the_mouse(kit: Kit) -> None:
    kit.open(ball(defined=np.arange(6) != 2))
    kit.scene.look_from("front")
    kit.mouse.click(kit.at(2))
    assert kit.studio.selection.keypoints == ()


@pytest.mark.parametrize(
    ("key", "offset"),
    [("Left", (-1, 0, 0)), ("Right", (1, 0, 0)), ("Up", (0, 1, 0)), ("Down", (0, -1, 0))],
)
def test_arrow_keys_nudge_in_the_plane_of_the_view(
    kit: Kit, key: str, offset: tuple[float, ...]
) -> None:
    kit.studio.selection.select_keypoints((4,))
    before = kit.positions
    assert kit.scene.wants_key(key)
    assert kit.scene.key_press(key)
    step = kit.positions[4] - before[4]
    assert np.allclose(step, 0.01 * np.array(offset))  # 0.5 % of the longest side
    assert kit.scene.key_press(key, shift=True)
    assert np.allclose(kit.positions[4] - before[4], 0.11 * np.array(offset))
    assert kit.scene.key_press(key, ctrl=True)
    assert np.allclose(kit.positions[4] - before[4], 0.111 * np.array(offset))
    # a run of nudges is one step
    assert kit.studio.history.labels == ("Open", "Nudge keypoint 4")


def test_nudges_slide_over_the_surface_when_placing(kit: Kit) -> None:
    kit.studio.editing.update(mode=EditMode.PLACE)
    kit.studio.selection.select_keypoints((4,))
    for _ in range(4):
        kit.scene.key_press("Right", shift=True)
    place = kit.positions[4]
    assert place[0] > 0.3
    assert 0.97 < np.linalg.norm(place) <= 1.0 + 1e-12


def test_keys_mean_nothing_without_a_keypoint_to_move(kit: Kit) -> None:
    for key in ("Left", "Up", "X", "R", "Escape", "Return"):
        assert not kit.scene.wants_key(key)
        assert not kit.scene.key_press(key)


def test_escape_deselects(kit: Kit) -> None:
    kit.studio.selection.select_keypoints((1, 2))
    assert kit.scene.wants_key("Escape")
    assert kit.scene.key_press("Escape")
    assert kit.studio.selection.keypoints == ()


def test_return_ends_a_drag(kit: Kit) -> None:
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (30, 0))))
    assert kit.scene.wants_key("F")  # no shortcut strikes in the middle of a drag
    assert kit.scene.key_press("Return")
    kit.mouse.release(start)
    assert kit.studio.history.labels[-1] == "Move keypoint 4"
    assert kit.at(4)[0] == pytest.approx(start[0] + 30, abs=1.0)


def test_a_release_that_got_lost_is_made_up_for_by_the_next_press(kit: Kit) -> None:
    start = kit.at(4)
    kit.mouse.press(EMPTY)
    kit.mouse.move((60, 60))
    assert kit.scene.tools.state is State.ORBITING
    kit.scene.look_from("front")
    kit.mouse.drag(start, tuple(np.add(start, (30, 0))))
    assert kit.studio.history.labels[-1] == "Move keypoint 4"
    assert kit.scene.tools.state is State.IDLE
