"""Drags, driven by the mouse events that a widget sends."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

from kpstudio.app.options import EditMode
from kpstudio.app.studio import Studio
from kpstudio.viewport.scene import Scene
from tests.viewport.kit import Kit, Mouse, ball


def test_the_keypoint_stays_under_the_cursor(kit: Kit) -> None:
    start, end = kit.at(4), np.add(kit.at(4), (37, -21))
    kit.mouse.drag(start, tuple(end))
    assert np.allclose(kit.at(4), end, atol=1.0)
    assert kit.studio.history.labels[-1] == "Move keypoint 4"
    # in the view plane: nothing towards the camera, which looks along z
    assert kit.positions[4, 2] == pytest.approx(1.0)


def test_a_press_beside_the_centre_does_not_make_it_jump(kit: Kit) -> None:
    before, grip = np.array(kit.at(4)), np.array([4.0, 3.0])
    kit.mouse.drag(tuple(before + grip), tuple(before + grip + (30, 0)))
    assert np.allclose(kit.at(4), before + (30, 0), atol=1.0)


def test_the_mesh_follows_and_undo_restores_it_bit_for_bit(kit: Kit) -> None:
    rest, shape = kit.item.value.mesh.vertices, kit.item.value
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (40, 10))))
    assert np.abs(kit.item.value.current.vertices - rest).max() > 0.05
    kit.studio.history.undo()
    assert kit.item.value is shape
    surface = kit.scene.gallery[kit.item.id].mesh.surface
    assert surface is not None
    assert np.array_equal(surface.positions, (rest - shape.mesh.origin).astype(np.float32))


def test_a_drag_is_shown_while_it_goes_on(kit: Kit) -> None:
    surface = kit.scene.gallery[kit.item.id].mesh.surface
    assert surface is not None
    before = surface.positions.copy()
    kit.mouse.press(kit.at(4))
    kit.mouse.move(tuple(np.add(kit.at(4), (40, 0))))
    assert np.abs(surface.positions - before).max() > 0.05
    assert not kit.item.value.is_deformed  # the document does not know yet
    assert kit.studio.history.labels == ("Open",)


def test_the_camera_stands_still_during_a_drag(kit: Kit) -> None:
    camera = kit.scene.stage.camera
    before = (*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp())
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (50, 30))))
    assert (*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp()) == before


def test_escape_puts_everything_back(kit: Kit) -> None:
    item = kit.item
    surface = kit.scene.gallery[item.id].mesh.surface
    assert surface is not None
    before = surface.positions.copy()
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 0))))
    assert kit.scene.is_dragging
    assert kit.scene.key_press("Escape")
    assert np.array_equal(surface.positions, before)
    assert kit.item is item
    # the button is still held: nothing moves until it is let go
    kit.mouse.move(tuple(np.add(start, (80, 0))))
    kit.mouse.release(tuple(np.add(start, (80, 0))))
    assert np.array_equal(surface.positions, before)
    assert kit.studio.history.labels == ("Open",)
    assert not kit.scene.is_dragging


def test_another_button_gives_the_drag_up(kit: Kit) -> None:
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 0))))
    kit.mouse.send("RightButtonPressEvent", start)
    kit.mouse.send("RightButtonReleaseEvent", start)
    kit.mouse.release(start)
    assert kit.studio.history.labels == ("Open",)


def test_less_than_the_threshold_is_a_click(kit: Kit) -> None:
    item = kit.item
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (3, 2))))
    assert kit.item is item
    assert kit.studio.selection.keypoints == (4,)


@pytest.mark.parametrize(("key", "axis"), [("X", 0), ("Y", 1), ("Z", 2)])
def test_an_axis_key_keeps_the_drag_on_the_axis(kit: Kit, key: str, axis: int) -> None:
    kit.scene.look_from("isometric")
    before = kit.positions[4]
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (20, 20))))
    assert kit.scene.key_press(key)
    kit.mouse.move(tuple(np.add(start, (30, 25))))
    assert kit.scene.tools.dragging.guide.axes == [axis]
    kit.mouse.release(tuple(np.add(start, (30, 25))))
    offset = kit.positions[4] - before
    assert np.flatnonzero(np.abs(offset) > 1e-12).tolist() == [axis]
    assert kit.scene.tools.dragging.guide.axes == []


def test_shift_and_an_axis_key_keep_the_drag_in_the_plane_across(kit: Kit) -> None:
    kit.scene.look_from("isometric")
    before, start = kit.positions[4], kit.at(4)
    end = tuple(np.add(start, (30, 25)))
    kit.mouse.press(start)
    kit.mouse.move(end)
    kit.scene.key_press("Y", shift=True)
    kit.mouse.release(end)
    offset = kit.positions[4] - before
    assert offset[1] == pytest.approx(0.0, abs=1e-12)
    assert np.abs(offset[[0, 2]]).min() > 0.01
    # both free axes reach the cursor exactly
    assert np.allclose(kit.at(4), end, atol=1.0)


def test_the_same_key_again_sets_the_drag_free(kit: Kit) -> None:
    start = kit.at(4)
    end = tuple(np.add(start, (30, 25)))
    kit.mouse.press(start)
    kit.mouse.move(end)
    kit.scene.key_press("X")
    assert np.allclose(kit.at(4), np.add(start, (30, 0)), atol=1.0)
    kit.scene.key_press("X")
    kit.mouse.release(end)
    assert np.allclose(kit.at(4), end, atol=1.0)


def test_all_selected_keypoints_move_together(kit: Kit) -> None:
    before = kit.positions
    kit.studio.selection.select_keypoints((2, 4))
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (30, 0))))
    offsets = kit.positions - before
    assert np.allclose(offsets[2], offsets[4])
    assert offsets[4, 0] > 0.05
    assert not offsets[[0, 1, 3, 5]].any()
    assert kit.studio.history.labels[-1] == "Move 2 keypoints"


def test_turning_by_a_quarter(kit: Kit) -> None:
    # left, right, top and bottom around the middle, seen from the front
    kit.studio.selection.select_keypoints((0, 1, 2, 3))
    middle, start = np.array(kit.at(4)), kit.at(0)
    before = kit.positions
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (8, 0))))
    kit.scene.key_press("R")
    kit.mouse.move(tuple(middle + (0, 90)))  # straight up: a quarter to the left
    kit.mouse.release(tuple(middle + (0, 90)))
    assert np.allclose(kit.positions[0], [0, 1, 0], atol=0.03)
    assert np.allclose(kit.positions[2], [-1, 0, 0], atol=0.03)
    assert np.allclose(kit.positions[4:], before[4:])
    assert kit.studio.history.labels[-1] == "Rotate 4 keypoints"


def test_scaling_along_an_axis(kit: Kit) -> None:
    kit.studio.selection.select_keypoints((0, 1, 2, 3))
    middle, start = np.array(kit.at(4)), np.array(kit.at(0))
    kit.mouse.press(tuple(start))
    kit.mouse.move(tuple(start + (5, 0)))
    kit.scene.key_press("S")
    kit.scene.key_press("X")
    end = middle + 1.5 * (start + (5, 0) - middle)
    kit.mouse.move(tuple(end))
    kit.mouse.release(tuple(end))
    assert np.allclose(kit.positions[0], [1.5, 0, 0], atol=0.03)
    assert np.allclose(kit.positions[2], [0, 1, 0], atol=1e-9)
    assert kit.studio.history.labels[-1] == "Scale 4 keypoints"


def test_back_from_turning_to_moving(kit: Kit) -> None:
    kit.studio.selection.select_keypoints((0, 1))
    start = kit.at(0)
    end = tuple(np.add(start, (0, 30)))
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (0, 10))))
    kit.scene.key_press("R")
    kit.scene.key_press("G")
    kit.mouse.move(end)
    kit.mouse.release(end)
    # moving begins anew where the key was pressed
    assert np.allclose(np.diff(kit.positions[:2], axis=0), [-2, 0, 0])
    assert kit.at(0)[1] - start[1] == pytest.approx(20, abs=1.5)


def test_one_keypoint_has_nothing_to_turn(kit: Kit) -> None:
    start = kit.at(4)
    end = tuple(np.add(start, (20, 10)))
    kit.mouse.press(start)
    kit.mouse.move(end)
    kit.scene.key_press("R")
    kit.mouse.release(end)
    assert np.allclose(kit.at(4), end, atol=1.0)
    assert kit.studio.history.labels[-1] == "Move keypoint 4"


def test_placing_keeps_the_keypoint_on_the_surface(kit: Kit) -> None:
    kit.studio.editing.update(mode=EditMode.PLACE)
    start = kit.at(4)
    end = tuple(np.add(start, (25, 30)))
    kit.mouse.drag(start, end)
    mesh, place = kit.item.value.current, kit.positions[4]
    assert mesh is kit.item.value.mesh  # the mesh stays as it was
    assert np.allclose(kit.at(4), end, atol=1.0)
    # on a face: in its plane to the last digits
    corners = mesh.vertices[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    heights = np.abs(((place - corners[:, 0]) * normals).sum(axis=1))
    assert heights.min() < 1e-12
    assert 0.97 < np.linalg.norm(place) <= 1.0


def test_placing_off_the_shape_stays_at_its_rim(kit: Kit) -> None:
    kit.studio.editing.update(mode=EditMode.PLACE)
    kit.mouse.drag(kit.at(4), (5, 150))
    place = kit.positions[4]
    assert 0.97 < np.linalg.norm(place) <= 1.0 + 1e-12
    assert place[0] == pytest.approx(-1.0, abs=0.05)


def test_a_locked_keypoint_says_so_and_stays(kit: Kit) -> None:
    kit.open(ball(locked=np.arange(6) == 4))
    kit.scene.look_from("front")
    before = kit.positions
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (30, 0))))
    assert np.array_equal(kit.positions, before)
    assert "locked" in kit.notices[-1].text


def test_a_shape_that_is_not_bound_yet_says_so(kit: Kit) -> None:
    kit.studio.rigs._rigs.clear()
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (30, 0))))
    assert "Preparing" in kit.notices[-1].text
    assert kit.studio.history.labels == ("Open",)
    assert not kit.scene.is_dragging


def test_a_change_from_elsewhere_ends_the_drag(kit: Kit) -> None:
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (30, 0))))
    kit.studio.edits.remove(kit.item.id)
    kit.mouse.move(tuple(np.add(start, (50, 0))))
    kit.mouse.release(tuple(np.add(start, (50, 0))))
    assert kit.studio.selected is None
    assert not kit.scene.is_dragging


def test_moves_between_two_frames_are_one_solve(studio: Studio, plotter: pyvista.Plotter) -> None:
    wanted: list[None] = []
    scene = Scene(plotter, studio, request_frame=lambda: wanted.append(None))
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    kit.open(ball())
    scene.look_from("front")
    scene.render_now()
    wanted.clear()
    previews: list[object] = []
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (10, 0))))
    scene.render_now()
    wanted.clear()
    studio.document.changed.connect(previews.append)
    for step in range(20):
        kit.mouse.move(tuple(np.add(start, (11 + step, 0))))
    assert (len(wanted), len(previews)) == (1, 0)
    assert not scene.is_drawn
    scene.render_now()
    assert len(previews) == 1
    assert scene.is_drawn
    assert np.allclose(kit.at(4), np.add(start, (30, 0)), atol=1.0)
    scene.close()
