import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet, Origin


def test_defaults() -> None:
    keypoints = KeypointSet(np.zeros((3, 3)))
    assert keypoints.schema == KeypointSchema(("0", "1", "2"))
    assert keypoints.origin == (Origin.DETECTED,) * 3
    np.testing.assert_array_equal(keypoints.confidence, 1.0)
    np.testing.assert_array_equal(keypoints.locked, False)
    np.testing.assert_array_equal(keypoints.defined, True)
    assert len(keypoints) == 3
    assert len(KeypointSet(np.empty((0, 3)))) == 0


def test_moving_marks_those_that_moved() -> None:
    keypoints = KeypointSet(np.zeros((3, 3)))
    positions = np.zeros((3, 3))
    positions[1] = 1.0
    moved = keypoints.moved(positions)
    assert moved.origin == (Origin.DETECTED, Origin.EDITED, Origin.DETECTED)
    np.testing.assert_array_equal(moved.positions, positions)
    np.testing.assert_array_equal(keypoints.positions, 0.0)


def test_moving_nowhere_is_the_same_set() -> None:
    anchor = Anchor(np.zeros(2), np.full((2, 3), 1 / 3))
    keypoints = KeypointSet(np.ones((2, 3)), anchor=anchor)
    assert keypoints.moved(np.ones((2, 3))) is keypoints


def test_moving_lets_go_of_the_surface() -> None:
    anchor = Anchor(np.zeros(1), np.array([[1.0, 0, 0]]))
    assert KeypointSet(np.ones((1, 3)), anchor=anchor).moved(np.zeros((1, 3))).anchor is None


def test_renaming_and_locking() -> None:
    schema = KeypointSchema(("a", "b"), mirror=(1, 0), edges=((0, 1),))
    keypoints = KeypointSet(np.zeros((2, 3)), schema)
    renamed = keypoints.renamed(1, "tip")
    assert renamed.schema.names == ("a", "tip")
    assert renamed.schema.mirror == (1, 0)
    assert keypoints.schema.names == ("a", "b")
    locked = keypoints.with_lock(0, True)
    np.testing.assert_array_equal(locked.locked, [True, False])
    np.testing.assert_array_equal(keypoints.locked, False)


def test_anchored_keypoints_go_with_the_surface() -> None:
    faces = np.array([[0, 1, 2], [2, 1, 3]])
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0]])
    anchor = Anchor(np.array([0, 1]), np.array([[0.5, 0.5, 0], [0.25, 0.25, 0.5]]))
    np.testing.assert_allclose(anchor.positions(vertices, faces), [[1, 0, 0], [1.5, 1.5, 0]])
    np.testing.assert_allclose(
        anchor.positions(vertices * 3 + 1, faces), [[4, 1, 1], [5.5, 5.5, 1]]
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"mirror": (0,)},
        {"mirror": (1, 2, 0)},
        {"mirror": (0, 1, 3)},
        {"mirror": (-2, 1, 2)},
        {"mirror": (1, -1, 2)},
        {"edges": ((0, 3),)},
        {"edges": ((-1, 0),)},
    ],
)
def test_schemas_that_contradict_themselves(arguments: dict) -> None:
    with pytest.raises(InputError):
        KeypointSchema(("a", "b", "c"), **arguments)


def test_schema_with_lonely_and_central_keypoints() -> None:
    assert len(KeypointSchema(("a", "b", "c", "d"), mirror=(1, 0, 2, -1))) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        {"schema": KeypointSchema(("a",))},
        {"confidence": np.ones(3)},
        {"locked": np.ones((2, 1), bool)},
        {"origin": (Origin.PLACED,)},
        {"anchor": Anchor(np.zeros(3), np.zeros((3, 3)))},
        {"positions": np.array([[np.nan, 0, 0]] * 2)},
    ],
)
def test_sets_that_do_not_fit(arguments: dict) -> None:
    with pytest.raises(InputError):
        KeypointSet(**{"positions": np.zeros((2, 3)), **arguments})


def test_moving_needs_as_many_positions() -> None:
    with pytest.raises(InputError, match="3 positions for 2 keypoints"):
        KeypointSet(np.zeros((2, 3))).moved(np.zeros((3, 3)))
