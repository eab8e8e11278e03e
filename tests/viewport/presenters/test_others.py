from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.options import EditMode
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSet
from kpstudio.viewport.presenters.others import OtherKeypointsPresenter
from tests.described import corner_detection
from tests.viewport.kit import Kit, ball, ball_mesh


def at_vertices(detector: str, count: int = 8) -> Detection:
    return corner_detection(ball_mesh(), detector, count=count)


@pytest.fixture
def compared(kit: Kit) -> Kit:
    shape = replace(ball(), others=(at_vertices("iss"), at_vertices("farthest-points", 5)))
    kit.studio.edits.remove(kit.item.id)
    kit.open(shape)
    kit.studio.view.update(compare=True)
    return kit


def others(kit: Kit) -> OtherKeypointsPresenter:
    return kit.scene.gallery[kit.item.id].others


def test_every_other_detector_is_shown_while_comparing(compared: Kit) -> None:
    shown = others(compared).shown
    assert {name: len(seen.centers) for name, (seen, _) in shown.items()} == {
        "iss": 8, "farthest-points": 5,
    }  # fmt: skip
    compared.studio.view.update(compare=False)
    assert others(compared).shown == {}


def test_a_detector_that_is_left_out_is_not_shown(compared: Kit) -> None:
    compared.studio.view.update(left_out=("iss",))
    assert list(others(compared).shown) == ["farthest-points"]


def test_what_a_surface_hides_is_faint_and_the_rest_is_not(compared: Kit) -> None:
    seen, behind = others(compared).shown["iss"]
    forward = compared.scene.stage.projection.forward
    facing = seen.centers @ forward < 0.0
    clear = np.abs(seen.centers @ forward) > 0.3  # not at the rim of the ball
    assert clear.any()
    np.testing.assert_array_equal((seen.radii > 0.0)[clear], facing[clear])
    np.testing.assert_array_equal((behind.radii > 0.0)[clear], ~facing[clear])


def test_anchored_ones_move_with_the_mesh_and_others_stay(compared: Kit) -> None:
    loose = Detection(KeypointSet([[0.0, 1.0, 0.0]]), Provenance("loose"))
    shape = compared.item.value
    compared.studio.edits.set_detection(
        compared.item.id, replace(shape, others=(*shape.others, loose)), "Detect"
    )
    session = compared.studio.edits.begin_drag(compared.item.id, (2,))
    assert session is not None
    session.move(np.array([0.0, 0.8, 0.0]))
    during = {name: seen.centers.copy() for name, (seen, _) in others(compared).shown.items()}
    session.commit()
    after = {name: seen.centers for name, (seen, _) in others(compared).shown.items()}
    mesh, found = compared.item.value, compared.item.value.others[0].keypoints
    assert found.anchor is not None
    expected = found.anchor.positions(mesh.current.vertices, mesh.mesh.faces)
    assert np.abs(expected - found.positions).max() > 0.05
    np.testing.assert_allclose(during["iss"], expected, atol=1e-5)
    np.testing.assert_allclose(after["iss"], expected)
    np.testing.assert_array_equal(after["loose"], [[0.0, 1.0, 0.0]])


def test_undefined_keypoints_are_not_drawn(compared: Kit) -> None:
    shape = compared.item.value
    found = shape.others[0]
    keypoints = replace(found.keypoints, defined=np.arange(8) < 3)
    now = replace(shape, others=(replace(found, keypoints=keypoints),))
    compared.studio.edits.set_detection(compared.item.id, now, "Detect")
    assert len(others(compared).shown["iss"][0].centers) == 3


def test_two_detectors_at_the_same_place_are_both_on_the_picture(compared: Kit) -> None:
    from kpstudio.app.comparing import style_of
    from kpstudio.viewport.palette import detector_color

    compared.studio.view.update(keypoints=False, handle_size=12.0)
    picture = compared.scene.screenshot().reshape(-1, 3)
    for name in ("iss", "farthest-points"):
        color = np.round(np.array(detector_color(style_of(name))) * 255)
        assert (np.abs(picture - color).max(axis=1) <= 3).sum() > 20


def test_placing_the_edited_keypoints_leaves_them_alone(compared: Kit) -> None:
    compared.studio.editing.update(mode=EditMode.PLACE)
    before = others(compared).shown["iss"][0].centers.copy()
    compared.studio.edits.nudge(compared.item.id, (0,), np.array([0.0, 0.2, 0.0]))
    np.testing.assert_array_equal(others(compared).shown["iss"][0].centers, before)


def test_sizes_are_circles_of_the_found_radius(compared: Kit) -> None:
    sizes = compared.scene.gallery[compared.item.id].sizes
    assert not sizes.circles.actor.GetVisibility()
    compared.studio.view.update(sizes=True)
    compared.studio.view.update(left_out=("farthest-points",))
    assert sizes.circles.actor.GetVisibility()
    found = compared.item.value.others[0].sizes
    assert found is not None
    assert sizes.circles.radii.max() == found[0]
    assert len(sizes.circles.radii) == 8  # the edited detection has no sizes
    compared.studio.view.update(compare=False)
    assert len(sizes.circles.radii) == 0
