from __future__ import annotations

import numpy as np
import pytest

from kpstudio.app import operations
from kpstudio.app.comparing import agreement_matrix, agreement_of, compare, style_of
from kpstudio.base.errors import InputError
from kpstudio.detectors import registry
from tests.described import compared_shape, corner_detection
from tests.handled import detection


def test_the_edited_one_comes_first_and_the_others_are_measured_against_it() -> None:
    shape = compared_shape().detected(detection(compared_shape().mesh, "farthest-points"))
    rows = compare(shape, 0.02)
    assert [row.detector for row in rows] == ["farthest-points", "iss", "keypoint-deformer"]
    assert [row.edited for row in rows] == [True, False, False]
    assert rows[0].agreement is None
    assert rows[0].summary == "6 keypoints"
    assert rows[1].summary == "0 of 8"  # corners are not the middles of sides
    assert rows[2].summary == "6 of 6"
    assert rows[1].title == registry.get_detector("iss").spec.title


def test_radius_is_a_share_of_the_diagonal_whatever_the_size() -> None:
    for size in ((2.0, 1.0, 1.5), (2000.0, 1000.0, 1500.0)):
        shape = compared_shape(size)
        # A corner is half the diagonal of a side away from its middle; the smallest side is
        # 1 x 1.5, the box has a diagonal of 2.69.
        share = np.hypot(1.0, 1.5) / 2 / np.linalg.norm((2.0, 1.0, 1.5))
        assert len(compare(shape, 0.99 * share)[1].agreement) == 0
        assert len(compare(shape, 1.01 * share)[1].agreement) == 2


def test_keypoints_moved_on_a_resting_mesh_count_where_they_are() -> None:
    shape = compared_shape()
    corners = shape.others[0].keypoints.positions
    moved = shape.edited(shape.keypoints.moved(corners[:6]), shape.mesh.vertices)
    assert len(compare(moved, 0.01)[1].agreement) == 6


def test_keypoints_of_a_deformed_mesh_count_where_they_were_detected() -> None:
    shape = compared_shape()
    corners = shape.others[0].keypoints.positions
    bent = shape.edited(shape.keypoints.moved(corners[:6]), shape.mesh.vertices * 1.5)
    assert len(compare(bent, 0.01)[1].agreement) == 0


def test_matrix_is_symmetric_with_the_counts_on_its_diagonal() -> None:
    shape = compared_shape()
    shape = shape.detected(corner_detection(shape.mesh, "farthest-points", count=5))
    matrix = agreement_matrix(shape, 0.02)
    assert matrix.tolist() == [[5, 5, 0], [5, 8, 0], [0, 0, 6]]
    first, second = shape.detection, shape.others[0]
    found = agreement_of(shape, first, second, 0.02)
    assert (found.share_of_first, found.share_of_second) == (1.0, 5 / 8)


def test_every_detector_has_a_style_of_its_own() -> None:
    styles = [style_of(id) for id in registry.detector_ids()]
    assert len(set(styles)) == len(styles)
    assert style_of("of another package") == style_of("of another package") not in styles


def test_editing_another_detection_keeps_both_and_can_be_undone(studio, add) -> None:
    item_id = add(compared_shape())
    before = studio.selected.value
    studio.edits.edit_other(item_id, "iss")
    now = studio.selected.value
    assert now.detection.provenance.detector == "iss"
    assert now.detection.handling is not None  # its keypoints move the mesh
    assert [one.provenance.detector for one in now.others] == ["keypoint-deformer"]
    studio.history.undo()
    assert studio.selected.value is before


def test_removing_another_detection_can_be_undone(studio, add) -> None:
    item_id = add(compared_shape())
    before = studio.selected.value
    studio.edits.remove_other(item_id, "iss")
    assert studio.selected.value.others == ()
    assert studio.selected.value.detection is before.detection
    steps = studio.history.undo_label
    studio.edits.remove_other(item_id, "iss")  # gone already: no step
    assert studio.history.undo_label == steps
    studio.history.undo()
    assert studio.selected.value is before


def test_a_detection_that_is_not_there_cannot_be_edited() -> None:
    with pytest.raises(InputError, match="no keypoints of meshdog"):
        operations.edit_other(compared_shape(), "meshdog")
