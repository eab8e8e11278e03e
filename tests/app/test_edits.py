from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kpstudio.app.options import EditMode
from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import Origin
from kpstudio.geometry.orientation import Orientation
from tests.handled import LEFT, RIGHT, TOP, handled_shape

RIGHTWARDS = np.array([0.3, 0.1, 0.0])


def shape_of(studio, item_id):
    return studio.document.find(item_id).value


@pytest.fixture
def previews(studio):
    seen = []
    studio.document.changed.connect(lambda change: seen.append(change) if change.transient else 0)
    return seen


# --- drags -----------------------------------------------------------------------------------


def test_what_a_drag_keeps_is_what_it_showed(studio, add, previews):
    item_id = add()
    rest = shape_of(studio, item_id)
    session = studio.edits.begin_drag(item_id, (LEFT,))
    session.move(RIGHTWARDS / 2)
    session.move(RIGHTWARDS)
    shown = previews[-1].positions + rest.mesh.origin
    session.commit()
    kept = shape_of(studio, item_id)
    assert np.abs(kept.current.vertices - shown).max() < 1e-6
    assert np.array_equal(kept.keypoints.positions[LEFT], session.start[0] + RIGHTWARDS)
    assert kept.keypoints.origin[LEFT] is Origin.EDITED
    assert studio.history.labels[-1] == "Move keypoint 0"


def test_undo_and_redo_are_exact(studio, add):
    item_id = add()
    rest = shape_of(studio, item_id)
    session = studio.edits.begin_drag(item_id, (LEFT, TOP))
    session.move(RIGHTWARDS)
    session.commit()
    moved = shape_of(studio, item_id)
    studio.history.undo()
    assert shape_of(studio, item_id) is rest
    assert not shape_of(studio, item_id).is_deformed
    studio.history.redo()
    assert shape_of(studio, item_id) is moved


def test_a_cancelled_drag_leaves_no_trace(studio, add, previews):
    item_id = add()
    before, steps = studio.document.find(item_id), studio.history.labels
    session = studio.edits.begin_drag(item_id, (LEFT,))
    session.move(RIGHTWARDS)
    session.cancel()
    assert studio.document.find(item_id) is before
    assert studio.history.labels == steps
    assert previews[-1].after is before


def test_a_drag_that_comes_back_is_no_step(studio, add):
    item_id = add()
    steps = studio.history.labels
    session = studio.edits.begin_drag(item_id, (LEFT,))
    session.move(RIGHTWARDS)
    session.move((0.0, 0.0, 0.0))
    session.commit()
    assert studio.history.labels == steps


def test_nudges_are_one_step(studio, add):
    item_id = add()
    start, steps = shape_of(studio, item_id).keypoints.positions, len(studio.history.labels)
    for _ in range(3):
        studio.edits.nudge(item_id, (TOP,), np.array([0.0, 0.1, 0.0]))
    assert len(studio.history.labels) == steps + 1
    moved = shape_of(studio, item_id).keypoints.positions - start
    assert moved[TOP] == pytest.approx([0.0, 0.3, 0.0])
    studio.history.undo()
    assert np.array_equal(shape_of(studio, item_id).keypoints.positions, start)


def test_the_mirror_partner_follows(studio, add):
    item_id = add()
    start = shape_of(studio, item_id).keypoints.positions
    studio.editing.update(symmetric=True)
    session = studio.edits.begin_drag(item_id, (LEFT,))
    session.move(RIGHTWARDS)
    session.commit()
    moved = shape_of(studio, item_id).keypoints.positions - start
    assert moved[LEFT] == pytest.approx(RIGHTWARDS)
    assert moved[RIGHT] == pytest.approx(RIGHTWARDS * [-1, 1, 1])


def test_with_the_prior_the_others_follow_and_the_held_one_stays_under_the_cursor(studio, add):
    item_id = add()
    start = shape_of(studio, item_id).keypoints.positions
    studio.editing.update(prior_strength=1.0)
    session = studio.edits.begin_drag(item_id, (LEFT,))
    session.move((0.2, 0.0, 0.0))
    session.commit()
    moved = shape_of(studio, item_id).keypoints.positions - start
    assert moved[LEFT].tolist() == pytest.approx([0.2, 0.0, 0.0], abs=1e-15)
    assert moved[RIGHT][0] < -0.05  # the other side goes out as well


def test_locked_keypoints_stay(studio, add):
    item_id = add()
    studio.edits.set_lock(item_id, LEFT, True)
    assert studio.edits.begin_drag(item_id, (LEFT,)) is None
    start = shape_of(studio, item_id).keypoints.positions
    session = studio.edits.begin_drag(item_id, (LEFT, RIGHT))
    session.move(RIGHTWARDS)
    session.commit()
    moved = shape_of(studio, item_id).keypoints.positions - start
    assert not moved[LEFT].any()
    assert moved[RIGHT] == pytest.approx(RIGHTWARDS)
    assert studio.history.labels[-1] == "Move keypoint 1"


def test_placing_moves_the_keypoint_and_not_the_mesh(studio, add):
    item_id = add()
    before = shape_of(studio, item_id)
    studio.editing.update(mode=EditMode.PLACE)
    session = studio.edits.begin_drag(item_id, (TOP,))
    session.move((0.1, 0.0, 0.0))
    session.commit()
    after = shape_of(studio, item_id)
    assert after.current is before.current
    assert after.keypoints.positions[TOP, 0] == pytest.approx(0.1)
    assert after.detection.keypoints.positions[TOP, 0] == pytest.approx(0.1)


def test_keypoints_without_handling_are_placed(studio, add):
    shape = handled_shape()
    bare = dataclasses.replace(shape.detection, handling=None)
    item_id = add(shape.detected(bare))
    session = studio.edits.begin_drag(item_id, (TOP,))
    session.move((0.1, 0.0, 0.0))
    session.commit()
    assert not shape_of(studio, item_id).is_deformed


def test_there_is_no_drag_before_the_mesh_is_bound(studio, add, settle):
    item_id = add()
    unbound = handled_shape((1.0, 1.0, 1.0))
    studio.edits.set_detection(item_id, unbound, "Detect")
    assert studio.edits.begin_drag(item_id, (LEFT,)) is None
    settle()
    assert studio.edits.begin_drag(item_id, (LEFT,)) is not None


# --- typed numbers, names, locks ---------------------------------------------------------------


def test_a_typed_position_is_exact(studio, add):
    item_id = add()
    studio.edits.set_position(item_id, TOP, [0.125, 0.75, -0.25])
    assert shape_of(studio, item_id).keypoints.positions[TOP].tolist() == [0.125, 0.75, -0.25]


@pytest.mark.parametrize("place", [[0, 0], [0, 0, float("nan")], [float("inf"), 0, 0]])
def test_a_typed_position_must_be_finite(studio, add, place):
    with pytest.raises(InputError):
        studio.edits.set_position(add(), TOP, place)


def test_names_locks_and_visibility_are_steps(studio, add):
    item_id = add()
    studio.edits.rename(item_id, "wing")
    studio.edits.rename(item_id, "  ")
    studio.edits.set_visible(item_id, False)
    studio.edits.rename_keypoint(item_id, TOP, "fin")
    studio.edits.set_lock(item_id, TOP, True)
    item = studio.document.find(item_id)
    assert (item.name, item.visible) == ("wing", False)
    assert item.value.keypoints.schema.names[TOP] == "fin"
    assert item.value.keypoints.locked[TOP]
    assert studio.history.labels[-4:] == (
        "Rename box", "Hide wing", "Rename keypoint 2", "Lock keypoint 2",
    )  # fmt: skip


def test_what_changes_nothing_is_no_step(studio, add):
    item_id = add()
    item, steps = studio.document.find(item_id), studio.history.labels
    studio.edits.rename(item_id, item.name)
    studio.edits.set_visible(item_id, True)
    studio.edits.set_lock(item_id, TOP, False)
    studio.edits.set_orientation(item_id, item.value.orientation)
    studio.edits.set_category(item_id, item.value.category)
    studio.edits.reset(item_id)
    assert studio.history.labels == steps


def test_another_orientation_drops_the_keypoints_and_is_remembered(studio, add):
    item_id = add()
    studio.orient(item_id, Orientation("+z", "-y"))
    shape = shape_of(studio, item_id)
    assert shape.orientation_chosen
    assert shape.keypoints is None
    assert studio.settings.orientation(shape.mesh.key) == Orientation("+z", "-y")


def test_editing_something_that_is_gone_is_an_error(studio, add):
    item_id = add()
    studio.edits.remove(item_id)
    with pytest.raises(InputError, match="no longer open"):
        studio.edits.rename(item_id, "ghost")


# --- whole shapes ------------------------------------------------------------------------------


def test_mode_sliders_preview_without_steps_and_keep_one(studio, add, previews):
    item_id = add()
    before, steps = studio.edits.coefficients(item_id), len(studio.history.labels)
    wanted = before + 0.5
    studio.edits.set_coefficients(item_id, before + 0.2, final=False)
    studio.edits.set_coefficients(item_id, wanted, final=False)
    assert np.array_equal(studio.edits.coefficients(item_id), before)
    assert previews[-1].after.value.is_deformed
    studio.edits.set_coefficients(item_id, wanted, final=True)
    assert studio.edits.coefficients(item_id) == pytest.approx(wanted)
    assert len(studio.history.labels) == steps + 1


def test_restore_shows_the_document_again(studio, add, previews):
    item_id = add()
    studio.edits.set_coefficients(item_id, studio.edits.coefficients(item_id) + 1, final=False)
    studio.edits.restore(item_id)
    assert previews[-1].after is studio.document.find(item_id)


def test_samples_differ_and_reset_brings_the_very_mesh_back(studio, add):
    item_id = add()
    rest = shape_of(studio, item_id).mesh
    studio.edits.sample(item_id)
    first = shape_of(studio, item_id).current.vertices
    studio.edits.sample(item_id)
    assert not np.array_equal(shape_of(studio, item_id).current.vertices, first)
    studio.history.undo()
    assert shape_of(studio, item_id).current.vertices is first
    studio.edits.reset(item_id)
    assert shape_of(studio, item_id).current is rest


def test_align_goes_to_the_target_by_the_amount(studio, add):
    wide, tall = add(handled_shape((2.0, 1.0, 1.5))), add(handled_shape((2.0, 1.9, 1.5)))
    start = shape_of(studio, wide).keypoints.positions
    studio.edits.align(wide, tall, 1.0)
    full = shape_of(studio, wide).keypoints.positions
    assert full[TOP, 1] > start[TOP, 1] + 0.2
    studio.edits.align(wide, tall, 0.5)
    half = shape_of(studio, wide).keypoints.positions
    assert half == pytest.approx((start + full) / 2)
    studio.edits.align(wide, tall, 0.0)
    assert not shape_of(studio, wide).is_deformed


def test_a_shape_without_prior_has_no_coefficients(studio, add):
    shape = handled_shape()
    handling = dataclasses.replace(shape.detection.handling, prior=None)
    item_id = add(shape.detected(dataclasses.replace(shape.detection, handling=handling)))
    assert studio.edits.coefficients(item_id) is None
