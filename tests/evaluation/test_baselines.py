"""The trivial baselines."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.evaluation.baselines import (
    BASELINES,
    baseline_keypoints,
    box_copy,
    stretch_to_box,
)


@pytest.fixture
def clouds(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-0.5, 0.5, (3, 400, 3))


@pytest.mark.parametrize("name", BASELINES)
def test_keypoints_are_points_of_each_surface(name: str, clouds: np.ndarray) -> None:
    found = baseline_keypoints(name, clouds, 7, seed=3)
    assert found.shape == (3, 7, 3)
    for cloud, keypoints in zip(clouds, found, strict=True):
        assert (np.abs(cloud[:, None] - keypoints).sum(axis=2).min(axis=0) == 0).all()
    assert np.array_equal(found, baseline_keypoints(name, clouds, 7, seed=3))


def test_a_stretched_box_is_the_other_box(clouds: np.ndarray) -> None:
    source, target = clouds[0], clouds[1] * (2.0, 0.5, 1.0) + 3.0
    found = stretch_to_box(source, source, target)
    assert np.allclose(found.min(axis=0), target.min(axis=0))
    assert np.allclose(found.max(axis=0), target.max(axis=0))


def test_a_flat_source_is_not_stretched_to_infinity(clouds: np.ndarray) -> None:
    flat = clouds[0] * (1.0, 0.0, 1.0)
    assert np.isfinite(stretch_to_box(flat, flat, clouds[1])).all()


def test_box_copy_undoes_a_stretch(clouds: np.ndarray) -> None:
    keypoints = clouds[0][:5]
    stretched = clouds[0] * (1.0, 2.0, 0.5) + 1.0
    found = box_copy(clouds[0], keypoints, stretched)
    assert np.allclose(found, stretched[:5])
