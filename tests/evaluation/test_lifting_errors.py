from __future__ import annotations

import numpy as np

from kpstudio.evaluation.lifting_errors import lifting_errors
from kpstudio.geometry.rotations import from_vectors, random_rotations

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=(6, 9, 3))
TURNS = random_rotations(6, RNG)
KNOWN = RNG.random((6, 9)) < 0.8


def test_size_and_place_are_given() -> None:
    shapes = 3.0 * TRUTH + 1.0
    shapes[~KNOWN] = 50.0  # nobody looks at those
    found = lifting_errors(shapes, TURNS, TRUTH, TURNS, KNOWN)
    assert found.position.max() < 1e-9
    assert found.shape.max() < 1e-9
    assert found.rotation.max() < 1e-6
    assert found.mirrored.min() > 0.1


def test_a_turned_shape_is_a_wrong_pose_only() -> None:
    twist = from_vectors(np.array([0.0, np.deg2rad(30.0), 0.0]))
    found = lifting_errors(TRUTH, TURNS @ twist, TRUTH, TURNS, KNOWN)
    np.testing.assert_allclose(found.rotation, 30.0)
    assert found.shape.max() < 1e-9
    assert found.position.min() > 0.1


def test_another_frame_of_shapes_is_a_wrong_rotation_only() -> None:
    gauge = random_rotations(1, RNG)[0]
    found = lifting_errors(TRUTH @ gauge.T, TURNS @ gauge.T, TRUTH, TURNS, KNOWN)
    assert found.position.max() < 1e-9
    assert found.rotation.min() > 1.0


def test_a_mirror_image() -> None:
    mirror = np.diag([1.0, 1.0, -1.0])
    seen = TRUTH @ TURNS.transpose(0, 2, 1) @ mirror
    found = lifting_errors(seen, np.repeat(np.eye(3)[None], 6, axis=0), TRUTH, TURNS, KNOWN)
    assert found.mirrored.max() < 1e-9
    assert found.position.min() > 0.1
