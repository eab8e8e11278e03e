"""Where all keypoints go when some are moved."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kpstudio.app.moves import MoveOptions, mirror_plane, total_offsets
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.keypoints import Origin
from kpstudio.data.shape import Shape
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.reflect import reflect_points
from tests.handled import LEFT, RIGHT, TOP, box_mesh, detection, handled_shape

SYMMETRIC = MoveOptions(symmetric=True)


def locked(shape: Shape, index: int) -> Shape:
    assert shape.keypoints is not None
    return dataclasses.replace(shape, keypoints=shape.keypoints.with_lock(index, True))


def test_those_moved_go_exactly_and_the_others_stay() -> None:
    shape = handled_shape()
    assert shape.keypoints is not None
    keypoints, total = total_offsets(shape, [RIGHT, TOP], [(0.1, 0.2, 0.3), (0, -0.1, 0)])
    np.testing.assert_array_equal(keypoints.positions, shape.keypoints.positions + total)
    np.testing.assert_allclose(total[[RIGHT, TOP]], [(0.1, 0.2, 0.3), (0, -0.1, 0)], atol=1e-15)
    np.testing.assert_array_equal(np.delete(total, [RIGHT, TOP], axis=0), 0.0)
    assert keypoints.origin[RIGHT] == keypoints.origin[TOP] == Origin.EDITED
    assert keypoints.origin[LEFT] == Origin.DETECTED


def test_one_offset_for_all() -> None:
    shape = handled_shape()
    total = total_offsets(shape, range(6), (0.5, 0.0, -0.25))[1]
    np.testing.assert_array_equal(total, np.tile((0.5, 0.0, -0.25), (6, 1)))


def test_offsets_are_from_here_totals_from_the_detected_places() -> None:
    shape = handled_shape()
    first, _ = total_offsets(shape, [TOP], [(0.0, 0.25, 0.0)])
    moved = dataclasses.replace(shape, keypoints=first)
    _, total = total_offsets(moved, [TOP], [(0.5, 0.25, 0.0)])
    np.testing.assert_array_equal(total[TOP], (0.5, 0.5, 0.0))


def test_locked_keypoints_stay_whatever_moves_them() -> None:
    shape = locked(locked(handled_shape(), TOP), RIGHT)
    options = MoveOptions(prior_strength=1.0, symmetric=True)
    total = total_offsets(shape, [LEFT, TOP], [(0.3, 0, 0), (0, 0.3, 0)], options)[1]
    np.testing.assert_array_equal(total[[TOP, RIGHT]], 0.0)
    assert total[LEFT, 0] == pytest.approx(0.3)


@pytest.mark.parametrize("orientation", ORIENTATIONS[::5])
def test_the_mirror_plane_is_between_left_and_right(orientation: Orientation) -> None:
    mesh = box_mesh((3.0, 1.0, 2.0))
    mesh = mesh.moved(mesh.vertices + (7.0, -2.0, 5.0))
    normal, offset = mirror_plane(Shape(mesh, orientation))
    np.testing.assert_allclose(np.abs(orientation.rotation[0]), np.abs(normal), atol=1e-12)
    mirrored = reflect_points(mesh.vertices, normal, offset)
    order, expected = (np.lexsort(points.round(9).T) for points in (mirrored, mesh.vertices))
    np.testing.assert_allclose(mirrored[order], mesh.vertices[expected], atol=1e-9)


def test_partners_mirror_and_the_middle_stays_in_the_middle() -> None:
    total = total_offsets(
        handled_shape(), [LEFT, TOP], [(0.25, 0.1, 0.0), (0.3, 0.2, 0.1)], SYMMETRIC
    )[1]
    np.testing.assert_allclose(total[RIGHT], (-0.25, 0.1, 0.0), atol=1e-12)
    np.testing.assert_allclose(total[TOP], (0.0, 0.2, 0.1), atol=1e-12)


def test_partners_that_are_both_moved_go_where_they_are_sent() -> None:
    offsets = [(0.25, 0.0, 0.0), (0.0, 0.5, 0.0)]
    total = total_offsets(handled_shape(), [LEFT, RIGHT], offsets, SYMMETRIC)[1]
    np.testing.assert_array_equal(total[[LEFT, RIGHT]], offsets)


@pytest.mark.parametrize("symmetric", [False, True])
def test_the_prior_never_moves_what_is_held(symmetric: bool) -> None:
    shape = handled_shape()
    sent = np.array([(0.2, 0.1, -0.3)])
    free = total_offsets(shape, [LEFT], sent, MoveOptions(0.0, symmetric))[1]
    held = [LEFT, RIGHT] if symmetric else [LEFT]
    others = [index for index in range(6) if index not in held]
    followed = {}
    for strength in (0.5, 1.0):
        total = total_offsets(shape, [LEFT], sent, MoveOptions(strength, symmetric))[1]
        np.testing.assert_array_equal(total[held], free[held])
        followed[strength] = total[others] - free[others]
    assert np.abs(followed[1.0]).max() > 0.01
    np.testing.assert_allclose(followed[1.0], 2 * followed[0.5], atol=1e-12)


def test_the_prior_s_pull_does_not_depend_on_place_size_and_pose() -> None:
    options, offset = MoveOptions(1.0), np.array([0.2, 0.1, -0.3])
    total = total_offsets(handled_shape(), [LEFT], [offset], options)[1]
    mesh = box_mesh()
    far = mesh.moved(10.0 * mesh.vertices + (100.0, 50.0, -30.0))
    other = Shape(far).detected(detection(far))
    np.testing.assert_allclose(
        total_offsets(other, [LEFT], [10.0 * offset], options)[1], 10.0 * total, atol=1e-9
    )


def test_without_a_prior_strength_changes_nothing() -> None:
    shape = handled_shape()
    assert shape.detection is not None
    assert shape.detection.handling is not None
    plain = dataclasses.replace(shape.detection.handling, prior=None)
    bare = shape.detected(dataclasses.replace(shape.detection, handling=plain))
    total = total_offsets(bare, [LEFT], [(0.2, 0.0, 0.0)], MoveOptions(1.0))[1]
    np.testing.assert_array_equal(np.delete(total, LEFT, axis=0), 0.0)


@pytest.mark.parametrize("index", [-1, 6])
def test_keypoints_that_do_not_exist(index: int) -> None:
    with pytest.raises(InputError, match=f"there is no keypoint {index}. Use 0 to 5"):
        total_offsets(handled_shape(), [LEFT, index], (0.0, 0.0, 0.0))


def test_a_shape_without_keypoints() -> None:
    with pytest.raises(InputError, match="no keypoints"):
        total_offsets(Shape(box_mesh()), [0], (0.0, 0.0, 0.0))


@pytest.mark.parametrize("strength", [-0.1, 1.1, np.nan])
def test_strengths_that_make_no_sense(strength: float) -> None:
    with pytest.raises(ParameterError, match="expected 0 to 1"):
        MoveOptions(strength)
