"""Training KeypointDeformer for real, if only for some steps."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.errors import InputError
from kpstudio.training.finish import finished_model, spanning_edges
from kpstudio.training.keypoint_deformer import KeypointDeformerRecipe, KeypointDeformerTrainee
from kpstudio.training.keypoint_plan import free_plan, named_plan
from kpstudio.training.log import read_log
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.pool import Augmentation, Pool, build_pool, draw_batch
from kpstudio.training.shapes import procedural

RECIPE = KeypointDeformerRecipe(
    batch=6, points=96, surface=128, warm_up=15, semantic_weight=1.0, coverage_weight=0.3
)
LOOP = LoopSettings(steps=45, log_every=1, keep_every=1000)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return build_pool(procedural("table", 8, 3), 256, seed=1)


def trainee(pool: Pool, **changes: object) -> KeypointDeformerTrainee:
    plan = named_plan(pool.landmark_names, pool.known)
    return KeypointDeformerTrainee(pool, plan, dataclasses.replace(RECIPE, **changes))


def test_the_pool_is_normalised_and_bound(pool: Pool) -> None:
    assert np.abs(pool.points).max() <= 0.5 + 1e-6
    rebuilt = pool.weights @ pool.cages
    assert np.abs(rebuilt - pool.points).max() < 1e-5
    assert pool.known.any(axis=1).all()
    assert np.abs(pool.landmarks[pool.known]).max() <= 0.5 + 1e-6


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(InputError, match="no shapes"):
        build_pool([], 10)


def test_augmented_samples_stay_bound_and_normalised(pool: Pool) -> None:
    rng = np.random.default_rng(0)
    batch = draw_batch(pool, np.array([0, 3, 3]), 64, rng, Augmentation(0.3, 0.2, 0.3))
    assert np.abs(batch.weights @ batch.cages - batch.points).max() < 1e-5
    assert np.abs(batch.points).max() <= 0.5 + 1e-5
    plain = draw_batch(pool, np.array([0, 3, 3]), 64, rng)
    assert not np.allclose(np.ptp(plain.points, axis=1), np.ptp(batch.points, axis=1), atol=0.02)
    # Landmarks go with the surface they lie on.
    assert np.abs(batch.landmarks[batch.known]).max() <= 0.55


@pytest.mark.parametrize("head", ["softmax", "regression"])
def test_every_loss_falls(pool: Pool, tmp_path: Path, head: str) -> None:
    train(trainee(pool, head=head), LOOP, tmp_path)
    lines = read_log(tmp_path)

    def mean(name: str, rows: slice) -> float:
        return float(np.mean([line[name] for line in lines if name in line][rows]))

    for name in ("keypoint", "semantic"):
        assert mean(name, slice(-5, None)) < 0.5 * mean(name, slice(0, 5))
    assert mean("similarity", slice(-5, None)) < mean("similarity", slice(0, 5))
    assert ("spread" in lines[-1]) == (head == "softmax")
    assert "similarity" not in lines[14]
    assert "similarity" in lines[15]


def test_the_same_seed_gives_the_same_network(pool: Pool, tmp_path: Path) -> None:
    short = dataclasses.replace(LOOP, steps=20)
    first, second, other = trainee(pool), trainee(pool), trainee(pool, seed=1)
    for index, each in enumerate((first, second, other)):
        train(each, short, tmp_path / str(index))
    states = [each.module.state_dict() for each in (first, second, other)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["influence.canonical"], states[2]["influence.canonical"])


def test_landmarks_of_real_shapes_are_never_looked_at(pool: Pool) -> None:
    real = dataclasses.replace(pool, real=np.ones(len(pool), bool))
    assert trainee(real).losses(0, np.random.default_rng(0))["semantic"].item() == 0.0
    assert trainee(pool).losses(0, np.random.default_rng(0))["semantic"].item() > 0.0


def test_unsupervised_has_no_semantic_loss(pool: Pool) -> None:
    recipe = dataclasses.replace(RECIPE, semantic_weight=0.0)
    free = KeypointDeformerTrainee(pool, free_plan(3, 1), recipe)
    assert "semantic" not in free.losses(0, np.random.default_rng(0))


def test_a_finished_model_has_names_lines_and_a_prior(pool: Pool) -> None:
    made = trainee(pool)
    model = finished_model(made.module, pool, made.plan.names, "table")
    assert model.schema.names == made.plan.names
    assert model.schema.mirror == made.module.config.keypoint_mirror
    assert model.prior is not None
    assert model.prior.count == len(pool)
    edges = set(model.schema.edges)
    for a, b in edges:
        partners = sorted((model.schema.mirror[a], model.schema.mirror[b]))
        assert tuple(partners) in edges


def test_spanning_edges_of_a_line() -> None:
    keypoints = np.array([[0.0, 0, 0], [2.0, 0, 0], [1.0, 0, 0], [5.0, 0, 0]])
    assert spanning_edges(keypoints, (0, 1, 2, 3)) == ((0, 2), (1, 2), (1, 3))
