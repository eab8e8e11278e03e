from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.geometry.rotations import from_vectors, random_rotations, to_vectors


@given(st.integers(0, 2**32 - 1), st.floats(-12, 1.5))
def test_rotation_vectors_of_any_length(seed: int, power: float) -> None:
    vectors = np.random.default_rng(seed).normal(size=(4, 3)) * 10.0**power
    expected = Rotation.from_rotvec(vectors).as_matrix()
    np.testing.assert_allclose(from_vectors(vectors), expected, atol=1e-12)


def test_no_turn_and_many_axes() -> None:
    np.testing.assert_array_equal(from_vectors(np.zeros(3)), np.eye(3))
    vectors = np.random.default_rng(0).normal(size=(2, 5, 3))
    grid = from_vectors(vectors)
    assert grid.shape == (2, 5, 3, 3)
    np.testing.assert_array_equal(grid[1, 3], from_vectors(vectors[1, 3]))


def test_random_rotations_are_rotations_without_preference() -> None:
    found = random_rotations(20_000, np.random.default_rng(0))
    assert np.abs(found @ found.transpose(0, 2, 1) - np.eye(3)).max() < 1e-12
    assert np.linalg.det(found).min() == pytest.approx(1.0)
    # The mean is zero, and so is that of every product of two different entries.
    assert np.abs(found.mean(axis=0)).max() < 0.02
    assert np.mean(found[:, 0, 0] ** 2) == pytest.approx(1 / 3, abs=0.01)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, np.pi))
def test_rotation_vectors_come_back(seed: int, angle: float) -> None:
    axes = np.random.default_rng(seed).normal(size=(3, 3))
    vectors = angle * axes / np.linalg.norm(axes, axis=1, keepdims=True)
    found = to_vectors(from_vectors(vectors))
    assert np.abs(from_vectors(found) - from_vectors(vectors)).max() < 1e-9
    assert np.linalg.norm(found, axis=1).max() <= np.pi + 1e-9
    if angle < np.pi - 1e-6:  # at half a turn either sign is right
        np.testing.assert_allclose(found, vectors, atol=1e-7)


def test_half_turns_and_none_are_nothing_special() -> None:
    np.testing.assert_array_equal(to_vectors(np.eye(3)), np.zeros(3))
    for axis in range(3):
        vector = np.pi * np.eye(3)[axis]
        np.testing.assert_allclose(np.abs(to_vectors(from_vectors(vector))), vector, atol=1e-7)
