"""Rings where a picture detector sees keypoints."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.app.looking import Seen
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.views import Sight
from kpstudio.viewport.camera import pinhole_of
from kpstudio.viewport.presenters.seen import is_stale, places_of

PIXELS = np.array([[120.0, 90.0], [200.0, 150.0], [260.0, 170.0]])


@pytest.fixture
def look(kit):
    """Say what is seen where the camera is; gives the sight."""

    def tell(depth: bool = True, **more: object) -> Sight:
        camera = pinhole_of(kit.scene.stage.projection, np.zeros(3))
        width, height = camera.size
        depths = np.full(3, float(camera.to_camera(np.zeros(3))[2])) if depth else None
        sight = Sight(np.zeros((height, width, 3), np.uint8), PIXELS, np.array([0.0, 0.5, 1.0]),
                      camera, depth=depths, **more)  # fmt: skip
        seen = Seen(kit.item.id, "keypointnet", sight, KeypointSchema.numbered(3), 0.05)
        kit.studio.looking._tell(seen)
        return sight

    return tell


def rings(kit):
    return kit.scene.gallery[kit.item.id].seen.rings


@pytest.mark.parametrize("depth", [True, False])
def test_rings_are_where_keypoints_are_seen(kit, look, depth) -> None:
    assert not rings(kit).actor.GetVisibility()
    look(depth)
    assert rings(kit).actor.GetVisibility()
    drawn = kit.scene.stage.projection.to_screen(rings(kit).centers)
    height = kit.scene.stage.size[1]
    assert np.abs(drawn[:, 0] - PIXELS[:, 0]).max() < 0.5
    assert np.abs(height - drawn[:, 1] - PIXELS[:, 1]).max() < 0.5
    assert np.all(np.diff(rings(kit).radii) > 0)  # the surer the larger


def test_a_selected_keypoint_has_a_larger_ring(kit, look) -> None:
    look()
    before = rings(kit).radii.copy()
    kit.studio.selection.select_keypoints((1,))
    assert rings(kit).radii[1] > before[1]
    assert np.array_equal(rings(kit).radii[[0, 2]], before[[0, 2]])


def test_what_is_stale_is_hidden_and_comes_back(kit, look) -> None:
    look()
    kit.scene.stage.camera.Azimuth(5.0)
    kit.scene.render_now()
    assert rings(kit).actor.GetVisibility()
    kit.scene.stage.camera.Azimuth(30.0)
    kit.scene.render_now()
    assert not rings(kit).actor.GetVisibility()
    kit.scene.stage.camera.Azimuth(-35.0)
    kit.scene.render_now()
    assert rings(kit).actor.GetVisibility()


def test_nothing_is_seen_when_nobody_looks(kit, look) -> None:
    look()
    kit.studio.looking.stop()
    assert not rings(kit).actor.GetVisibility()


def test_without_depths_they_lie_on_the_surface(look) -> None:
    surface = np.full((30, 40), np.inf, np.float32)
    surface[9, 12] = 2.5  # where the first one is seen
    sight = look(False, maps={"depth": surface})
    depths = sight.camera.to_camera(places_of(sight, np.zeros(3)))[:, 2]
    middle = float(sight.camera.to_camera(np.zeros(3))[2])
    assert depths == pytest.approx([2.5, middle, middle])


def test_another_distance_is_not_another_side(kit, look) -> None:
    sight = look()
    assert not is_stale(sight, kit.scene.stage.projection)
    kit.scene.stage.camera.Dolly(0.5)
    assert not is_stale(sight, kit.scene.stage.projection)
    kit.scene.set_orthographic(True)
    assert not is_stale(sight, kit.scene.stage.projection)
    kit.scene.look_from("left")
    assert is_stale(sight, kit.scene.stage.projection)
