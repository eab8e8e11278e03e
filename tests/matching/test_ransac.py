from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.procrustes import Similarity, align
from kpstudio.geometry.rotations import random_rotations
from kpstudio.matching.ransac import agree
from tests.matching.scans import angle


def matches(
    seed: int, right: int, wrong: int, noise: float = 0.0, scale: float = 1.0
) -> tuple[np.ndarray, np.ndarray, Similarity]:
    """Points and their images under a motion, the last `wrong` of which are somewhere else."""
    rng = np.random.default_rng(seed)
    motion = Similarity(random_rotations(1, rng)[0], scale, rng.normal(size=3))
    source = rng.random((right + wrong, 3))
    target = motion.apply(source) + noise * rng.normal(size=source.shape)
    target[right:] = motion.apply(rng.random((wrong, 3)))
    return source, target, motion


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_recovers_the_motion_among_wrong_matches(seed: int, scale: bool) -> None:
    factor = 2.5 if scale else 1.0
    source, target, motion = matches(seed, 12, 20, scale=factor)
    found = agree(source, target, 0.01, scale=scale)
    assert found.inliers[:12].all()
    assert found.transform.scale == pytest.approx(factor)
    np.testing.assert_allclose(found.transform.rotation, motion.rotation, atol=1e-8)
    np.testing.assert_allclose(found.transform.translation, motion.translation, atol=1e-8)
    assert found.rmse < 1e-8


def test_many_wrong_matches_and_noise() -> None:
    source, target, motion = matches(3, 60, 540, noise=0.005)
    found = agree(source, target, 0.02)
    assert found.inliers[:60].sum() >= 57
    assert found.inliers[60:].sum() <= 3
    assert angle(found.transform.rotation, motion.rotation) < 0.5
    # No worse than knowing which matches are right.
    best = align(source[:60], target[:60], scale=False)
    assert angle(best.rotation, motion.rotation) < 0.5
    assert 0.005 < found.rmse < 0.012


def test_same_seed_same_answer() -> None:
    source, target, _ = matches(8, 30, 170, noise=0.01)
    one, other = (agree(source, target, 0.03, seed=4) for _ in range(2))
    assert (one.transform.rotation == other.transform.rotation).all()
    assert (one.inliers == other.inliers).all()


def test_a_mirror_image_is_no_motion() -> None:
    source = np.random.default_rng(0).normal(size=(20, 3))
    found = agree(source, source * (1.0, 1.0, -1.0), 0.05)
    assert np.linalg.det(found.transform.rotation) == pytest.approx(1.0)
    assert found.inliers.sum() < 10


def test_three_matches_are_enough_and_two_are_not() -> None:
    source, target, motion = matches(1, 3, 0)
    found = agree(source, target, 0.01)
    np.testing.assert_allclose(found.transform.rotation, motion.rotation, atol=1e-8)
    with pytest.raises(InputError, match="needs three matches"):
        agree(source[:2], target[:2], 0.01)


def test_points_on_a_line_fix_no_rotation() -> None:
    line = np.linspace(0, 1, 10)[:, None] * (1.0, 2.0, 0.5)
    with pytest.raises(InputError, match="no three matches agree"):
        agree(line, line, 0.01)


def test_a_tolerance_is_above_zero() -> None:
    with pytest.raises(ParameterError):
        agree(np.eye(3), np.eye(3), 0.0)
