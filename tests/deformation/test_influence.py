import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.base.errors import ParameterError
from kpstudio.deformation.influence import (
    distance_influence,
    follow_keypoints,
    uncontrolled,
)
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.geometry.icosphere import icosphere
from kpstudio.geometry.sampling import farthest_points

SEEDS = st.integers(0, 2**32 - 1)
CAGE, FACES = icosphere(1)


@given(SEEDS, st.integers(1, 24), st.floats(1e-3, 1e3))
def test_distance_influence_is_a_partition_of_unity_in_any_frame(
    seed: int, count: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    keypoints, shift = rng.normal(size=(count, 3)), rng.normal(size=3)
    influence = distance_influence(CAGE, keypoints)
    assert (influence >= 0).all()
    np.testing.assert_allclose(influence.sum(axis=1), 1.0, atol=1e-14)
    assert not uncontrolled(influence).any()
    rotation = Rotation.random(rng=rng).as_matrix()
    moved = distance_influence(
        scale * CAGE @ rotation.T + shift, scale * keypoints @ rotation.T + shift
    )
    np.testing.assert_allclose(moved, influence, atol=1e-9)


def test_the_nearest_keypoint_counts_most() -> None:
    keypoints = np.random.default_rng(0).normal(size=(8, 3))
    distances = np.linalg.norm(CAGE[:, None] - keypoints[None], axis=2)
    influence = distance_influence(CAGE, keypoints)
    np.testing.assert_array_equal(influence.argmax(axis=1), distances.argmin(axis=1))


def test_keypoints_in_one_place_share() -> None:
    influence = distance_influence(CAGE, np.zeros((3, 3)))
    np.testing.assert_allclose(influence, 1 / 3)


@given(SEEDS)
def test_the_surface_follows_the_keypoints(seed: int) -> None:
    directions = np.random.default_rng(seed).normal(size=(400, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    keypoints = 0.8 * directions[farthest_points(directions, 10)]
    coordinates = mean_value_coordinates(keypoints, CAGE, FACES)
    influence = follow_keypoints(distance_influence(CAGE, keypoints), coordinates, damping=0.0)
    np.testing.assert_allclose(coordinates @ influence, np.eye(10), atol=1e-9)
    np.testing.assert_allclose(influence.sum(axis=1), 1.0, atol=1e-9)
    nearly = follow_keypoints(distance_influence(CAGE, keypoints), coordinates)
    np.testing.assert_allclose(coordinates @ nearly, np.eye(10), atol=0.02)


def test_more_keypoints_than_the_cage_can_tell_apart() -> None:
    keypoints = np.random.default_rng(0).normal(size=(60, 3)) * 0.3
    keypoints[1] = keypoints[0]
    coordinates = mean_value_coordinates(keypoints, CAGE, FACES)
    influence = follow_keypoints(distance_influence(CAGE, keypoints), coordinates)
    np.testing.assert_allclose(influence.sum(axis=1), 1.0, atol=1e-9)
    assert np.abs(influence).max() < 100


def test_uncontrolled() -> None:
    influence = np.zeros((4, 3))
    influence[0, 1], influence[2, 2], influence[3, 0] = 0.5, -0.2, 1e-4
    np.testing.assert_array_equal(uncontrolled(influence), [False, True, False, True])
    np.testing.assert_array_equal(uncontrolled(influence, 1e-5), [False, True, False, False])


def test_needs_keypoints() -> None:
    with pytest.raises(ParameterError, match="at least one keypoint"):
        distance_influence(CAGE, np.empty((0, 3)))
