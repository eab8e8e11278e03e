from __future__ import annotations

import numpy as np
import pytest

from kpstudio.app.selection import Selection
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.shape import Shape


@pytest.fixture
def selection():
    return Selection()


@pytest.fixture
def heard(selection):
    calls = []
    selection.changed.connect(lambda: calls.append(selection.keypoints))
    return calls


def test_the_order_of_choosing_is_kept_and_the_last_is_active(selection):
    selection.select_item(1)
    selection.select_keypoints([4, 2, 4])
    selection.toggle_keypoint(7)
    assert selection.keypoints == (4, 2, 7)
    assert selection.active_keypoint == 7
    selection.toggle_keypoint(2)
    assert selection.keypoints == (4, 7)


def test_another_shape_starts_without_keypoints(selection):
    selection.select_item(1)
    selection.select_keypoints([1])
    selection.hover(1)
    selection.select_item(2)
    assert selection.keypoints == ()
    assert selection.hovered is None
    assert selection.active_keypoint is None


def test_the_same_choice_is_told_once(selection, heard):
    selection.select_keypoints([1, 2])
    selection.select_keypoints([1, 2])
    selection.select_item(None)
    assert heard == [(1, 2)]


def test_removing_the_selected_shape_selects_another(studio, add):
    first, second = add(), add()
    studio.edits.remove(second)
    assert studio.selection.item_id == first
    studio.edits.remove(first)
    assert studio.selection.item_id is None
    studio.history.undo()
    assert studio.selection.item_id == first  # what came back is at hand again


def test_keypoints_that_are_gone_are_no_longer_selected(studio, add):
    item_id = add()
    studio.selection.select_keypoints([0, 5])
    item = studio.document.find(item_id)
    fewer = KeypointSet(np.zeros((3, 3)))
    shape = Shape(item.value.mesh, keypoints=fewer)
    studio.edits.set_detection(item_id, shape, "Detect")
    assert studio.selection.keypoints == (0,)


def test_selected_is_none_in_an_empty_document(studio):
    assert studio.selected is None
