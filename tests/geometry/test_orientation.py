import numpy as np
import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.geometry.orientation import AXES, ORIENTATIONS, Orientation, axis_vector


def test_all_24_are_different_rotations() -> None:
    rotations = np.array([orientation.rotation for orientation in ORIENTATIONS])
    assert len(ORIENTATIONS) == 24 == len(set(ORIENTATIONS))
    assert len(np.unique(rotations.reshape(24, 9), axis=0)) == 24
    np.testing.assert_array_equal(rotations @ rotations.transpose(0, 2, 1), [np.eye(3)] * 24)
    np.testing.assert_array_equal(np.linalg.det(rotations).round(12), 1.0)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_up_becomes_y_and_front_becomes_z(orientation: Orientation) -> None:
    up, front = axis_vector(orientation.up), axis_vector(orientation.front)
    np.testing.assert_array_equal(orientation.rotation @ up, [0, 1, 0])
    np.testing.assert_array_equal(orientation.rotation @ front, [0, 0, 1])


def test_the_default_is_no_rotation() -> None:
    np.testing.assert_array_equal(Orientation().rotation, np.eye(3))
    assert ORIENTATIONS[0] == Orientation()


@pytest.mark.parametrize("axis", AXES)
def test_refuses_a_flat_frame(axis: str) -> None:
    for sign in "+-":
        with pytest.raises(ParameterError, match="same axis"):
            Orientation(axis, sign + axis[1])


@pytest.mark.parametrize("axis", ["", "x", "+w", "up", "++x"])
def test_refuses_unknown_axes(axis: str) -> None:
    with pytest.raises(ParameterError, match="no axis"):
        Orientation(up=axis)
