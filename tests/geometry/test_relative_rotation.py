from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.geometry.relative_rotation import angle_between, relative_rotation
from kpstudio.geometry.rotations import from_vectors, random_rotations

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_finds_the_rotation_between_two_sights(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, shift = rng.normal(size=(8, 3)), rng.normal(size=3)
    rotation = random_rotations(1, rng)[0]
    found = relative_rotation(points, points @ rotation.T + shift)
    np.testing.assert_allclose(found, rotation, atol=1e-10)
    assert angle_between(found, rotation) < 1e-6


@given(SEEDS)
def test_turning_either_side_turns_the_answer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second, weights = rng.normal(size=(9, 3)), rng.normal(size=(9, 3)), rng.random(9)
    before, after = random_rotations(2, rng)
    found = relative_rotation(first, second, weights)
    turned = relative_rotation(first @ before.T, second @ after.T, weights)
    np.testing.assert_allclose(turned, after @ found @ before.T, atol=1e-7)
    swapped = relative_rotation(second, first, weights)
    np.testing.assert_allclose(swapped, found.T, atol=1e-7)


def test_a_weight_of_nothing_is_no_keypoint() -> None:
    rng = np.random.default_rng(1)
    points, rotation = rng.normal(size=(8, 3)), random_rotations(1, rng)[0]
    seen = points @ rotation.T
    seen[3] += 100.0
    weights = np.ones(8)
    assert angle_between(relative_rotation(points, seen, weights), rotation) > 5.0
    weights[3] = 0.0
    np.testing.assert_allclose(relative_rotation(points, seen, weights), rotation, atol=1e-10)


def test_a_weight_of_two_is_two_keypoints() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 6, 3))
    weights = np.array([2.0, 1, 1, 1, 1, 1])
    twice = [0, 0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(
        relative_rotation(first, second, weights),
        relative_rotation(first[twice], second[twice]),
        atol=1e-9,
    )


@given(SEEDS, st.floats(-9.0, np.log10(np.pi)))
def test_the_angle_is_that_of_the_turn(seed: int, power: float) -> None:
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3)
    turn = from_vectors(10.0**power * axis / np.linalg.norm(axis))
    start = random_rotations(1, rng)[0]
    # Half a turn is where arcsin is flat: single precision remains.
    tolerance = 1e-5 if power > 0.45 else 0.0
    expected = pytest.approx(np.rad2deg(10.0**power), rel=1e-6, abs=tolerance)
    assert angle_between(start, turn @ start) == expected
    assert angle_between(turn @ start, start) == expected


def test_angles_of_many_at_once() -> None:
    rotations = random_rotations(5, np.random.default_rng(0))
    table = angle_between(rotations[:, None], rotations)
    assert table.shape == (5, 5)
    np.testing.assert_array_equal(table, table.T)
    assert (table.diagonal() == 0.0).all()


@pytest.mark.parametrize("weights", [np.zeros(4), np.ones(3), np.array([1, 1, 1, -1.0])])
def test_refuses_weights_that_make_no_sense(weights: FloatArray) -> None:
    with pytest.raises(InputError, match="weights"):
        relative_rotation(np.eye(4, 3), np.eye(4, 3), weights)
