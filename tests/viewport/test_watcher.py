"""What the view shows is looked at when the camera moves, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry.camera import Camera
from kpstudio.viewport.camera import pinhole_of


@pytest.fixture
def asked(kit, monkeypatch) -> list[tuple[int, Camera]]:
    told: list[tuple[int, Camera]] = []
    monkeypatch.setattr(
        kit.studio.looking, "see_view", lambda item_id, camera: told.append((item_id, camera))
    )
    return told


def test_nobody_looks_unasked(kit, asked) -> None:
    kit.scene.look_from("left")
    assert asked == []


def test_each_place_of_the_camera_is_looked_at_once(kit, asked) -> None:
    kit.studio.looking.options.update(this_view=True)
    assert len(asked) == 1
    kit.studio.selection.select_keypoints((1,))  # another frame from the same place
    assert len(asked) == 1
    kit.scene.look_from("left")
    (_, (item_id, camera)) = asked
    assert item_id == kit.item.id
    expected = pinhole_of(kit.scene.stage.projection, kit.item.value.mesh.origin)
    assert np.allclose(camera.matrix, expected.matrix)
    kit.studio.looking.options.update(this_view=False)
    kit.scene.look_from("right")
    assert len(asked) == 2
    kit.studio.looking.options.update(this_view=True)
    assert len(asked) == 3


def test_what_is_hidden_or_gone_is_not_looked_at(kit, asked) -> None:
    kit.studio.looking.options.update(this_view=True)
    kit.studio.edits.set_visible(kit.item.id, False)
    kit.scene.look_from("left")
    assert len(asked) == 1
    kit.studio.edits.set_visible(kit.item.id, True)
    assert len(asked) == 2
    kit.studio.selection.select_item(None)
    kit.scene.look_from("right")
    assert len(asked) == 2


def test_the_scene_goes_to_a_camera_at_once_where_no_frames_come(kit) -> None:
    up = np.array([0.0, 1.0, 0.0])
    camera = Camera.look_at(np.array([3.0, 1.0, 2.0]), np.zeros(3), up, 40.0, (64, 64))
    kit.scene.look_through(camera)
    assert np.allclose(kit.scene.stage.projection.eye, camera.position)
    assert np.allclose(kit.scene.stage.projection.forward, camera.forward)
