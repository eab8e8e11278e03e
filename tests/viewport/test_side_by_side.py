"""Shapes shown away from their files' coordinates: everything still works in these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.options import Arrangement
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import Orientation
from tests.viewport.kit import ball, ball_mesh

LEFT, RIGHT, TOP, BOTTOM, FRONT, BACK = range(6)


@pytest.fixture
def two(kit):
    """The ball of the kit and another one, ten times as large, far away and lying down."""
    first = kit.item
    mesh = ball_mesh()
    large = replace(mesh, vertices=10.0 * mesh.vertices + [500.0, 0.0, 0.0], name="large")
    shape = ball(large)
    found = shape.detection
    points = found.keypoints.moved(10.0 * found.keypoints.positions + [500.0, 0.0, 0.0])
    cage = replace(found.handling.cage, vertices=10.0 * found.handling.cage.vertices + [500, 0, 0])
    found = replace(found, keypoints=points, raw=None, handling=replace(found.handling, cage=cage))
    shape = replace(shape, orientation=Orientation("+z", "-y")).detected(found)
    second = kit.open(shape)
    kit.studio.view.update(arrangement=Arrangement.SIDE_BY_SIDE)
    kit.scene.look_from("front")
    return first, second


def pixel(kit, item, index):
    x, y = kit.scene.keypoint_screen_position(item.id, index)
    return x, kit.scene.stage.size[1] - 1 - y


def test_both_are_in_view_and_equally_large(kit, two):
    first, second = two
    boxes = []
    for item in two:
        actor = kit.scene.gallery[item.id].mesh.actor
        boxes.append(np.array(actor.GetBounds()).reshape(3, 2).T)
    assert boxes[0][1, 0] < boxes[1][0, 0]
    sides = [box[1] - box[0] for box in boxes]
    assert sides[0] == pytest.approx(sides[1], rel=1e-4)
    seen = [pixel(kit, item, index) for item in two for index in range(6)]
    width, height = kit.scene.stage.size
    assert all(0 <= x < width and 0 <= y < height for x, y in seen)
    # "+z" is up in the second: its keypoint 4, at the file's +z, is above its middle.
    assert pixel(kit, second, FRONT)[1] > pixel(kit, second, LEFT)[1] + 20
    assert pixel(kit, first, TOP)[1] > pixel(kit, first, LEFT)[1] + 20


def test_handles_and_meshes_are_picked_where_they_are_seen(kit, two):
    first, second = two
    kit.studio.selection.select_item(second.id)
    x, y = pixel(kit, second, LEFT)
    kit.mouse.click((x - 1, y + 1))
    assert kit.studio.selection.keypoints == (LEFT,)
    middle = np.mean([pixel(kit, first, index) for index in (LEFT, RIGHT)], axis=0)
    kit.mouse.click(tuple(middle + [12, -14]))
    assert kit.studio.selection.item_id == first.id
    texts = []
    kit.scene.hover_text.connect(texts.append)
    middle = np.mean([pixel(kit, second, index) for index in (LEFT, RIGHT)], axis=0)
    kit.mouse.move(tuple(middle + [12, -14]))
    x, y, z = (float(part) for part in texts[-1].split("·")[1].removesuffix("mm").split(","))
    # The file's coordinates: on the sphere of radius 10 around (500, 0, 0), its front at -y.
    assert np.linalg.norm([x - 500.0, y, z]) == pytest.approx(10.0, abs=0.3)
    assert y < -8.0


def test_a_drag_keeps_the_keypoint_under_the_cursor_and_is_in_the_files_unit(kit, two):
    _, second = two
    before = second.value.keypoints.positions[LEFT]
    start = np.array(pixel(kit, second, LEFT))
    kit.mouse.drag(tuple(start), tuple(start + [0, 30]))
    after = kit.item.value.keypoints.positions[LEFT]
    assert np.linalg.norm(np.array(pixel(kit, second, LEFT)) - (start + [0, 30])) < 1.5
    moved = after - before
    assert moved[2] > 1.0  # up is +z in this file, and the unit is that of a ball of radius 10
    assert np.abs(moved[:2]).max() < 0.05 * moved[2]


def test_what_a_surface_hides_is_known_in_either_place(kit, two):
    # Towards the viewer and away: "+z" and "-z" of one file, "-y" and "+y" of the other.
    for item, front, behind in zip(two, (FRONT, BOTTOM), (BACK, TOP), strict=True):
        hidden = kit.scene.gallery[item.id].keypoints.hidden
        assert hidden[behind]
        assert not hidden[front]


def test_a_frame_selects_what_it_holds(kit, two):
    _, second = two
    kit.studio.selection.select_item(second.id)
    corners = np.array([pixel(kit, second, index) for index in range(6)])
    kit.mouse.drag(tuple(corners.min(axis=0) - 12), tuple(corners.max(axis=0) + 12), shift=True)
    assert set(kit.studio.selection.keypoints) == set(range(6))


def test_going_apart_and_back_keeps_the_side_that_is_seen(kit, two):
    _, second = two
    kit.studio.selection.select_item(second.id)
    kit.scene.look_from("left")
    view = kit.scene.stage.projection
    place = kit.studio.arranging.place(second.id)
    toward = view.within(place).forward
    kit.studio.view.update(arrangement=Arrangement.FILES)
    assert kit.scene.stage.projection.forward == pytest.approx(toward, abs=1e-9)
    kit.studio.view.update(arrangement=Arrangement.SIDE_BY_SIDE)
    assert kit.scene.stage.projection.forward == pytest.approx(view.forward, abs=1e-9)


def test_files_stay_as_they_are(kit, two):
    assert tuple(kit.studio.document) == two
    assert np.array_equal(two[0].value.mesh.vertices, ball_mesh().vertices)


def test_looking_through_a_pinhole_camera_shows_the_shape_as_it_sees_it(kit, two):
    _, second = two
    kit.studio.selection.select_item(second.id)
    positions = second.value.keypoints.positions
    width, height = kit.scene.stage.size
    camera = Camera.look_at(
        np.array([520.0, -60.0, 15.0]), np.array([500.0, 0, 0]), np.array([0, 0, 1.0]),
        40.0, (width, height),
    )  # fmt: skip
    kit.scene.look_through(camera)
    pixels, _ = camera.project(positions)
    for index in range(6):
        found = kit.scene.keypoint_screen_position(second.id, index)
        assert found == pytest.approx(pixels[index] - [0, 1], abs=0.01)
