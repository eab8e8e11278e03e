from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import build
from kpstudio.nn.checkpoint import load_model
from kpstudio.nn.semantic_heatmaps import NETWORK
from kpstudio.rendering.rigs import DISTANCE
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.pose import SYSTEM, PoseRecipe, PoseTrainee
from kpstudio.training.shapes import procedural
from kpstudio.training.view_pool import ViewPool

SMALL = {"batch": 6, "size": 32, "views": 4, "width": 8, "stacks": 1, "steps": 60}


@pytest.fixture(scope="module")
def pool() -> ViewPool:
    pool: ViewPool = SYSTEM.gather(procedural("car", 8, 1), build(PoseRecipe, SMALL), RunContext())
    return pool


def trainee_of(pool: ViewPool, **values: float) -> PoseTrainee:
    return PoseTrainee(pool, build(PoseRecipe, SMALL | values))


def test_keypoints_are_the_landmarks_with_their_partners_and_lines(pool: ViewPool) -> None:
    trainee = trainee_of(pool)
    names = trainee.schema.names

    assert set(names) <= set(pool.landmark_names)
    for name, partner in zip(names, trainee.schema.mirror, strict=True):
        assert names[partner] == name.replace("left", "right") or "right" in name
    assert trainee.module.config.edges == len(trainee.schema.edges) >= len(names) - 1
    left, right = names.index("left front roof"), names.index("right front roof")
    assert trainee.prior.mean[left, 0] > 0.0 > trainee.prior.mean[right, 0]


def test_cameras_are_near_and_far_and_see_the_shape_as_large(pool: ViewPool) -> None:
    distance = np.linalg.norm(pool.translations, axis=2)

    assert 1.3 <= distance.min() < 1.9 < distance.max() <= DISTANCE
    np.testing.assert_allclose(pool.focals / distance, pool.focals[0, 0] / distance[0, 0], 1e-5)


def test_hidden_landmarks_count_less(pool: ViewPool) -> None:
    hidden = np.zeros_like(pool.visible)
    seen = replace(pool, visible=np.broadcast_to(pool.known[:, None], hidden.shape))

    def heatmaps(pool: ViewPool, weight: float) -> float:
        trainee = trainee_of(pool, hidden_weight=weight)
        return trainee.losses(0, np.random.default_rng(0))["heatmaps"].item()

    assert heatmaps(replace(pool, visible=hidden), 0.0) == 0.0
    # Where all count alike it does not matter by how much.
    assert heatmaps(replace(pool, visible=hidden), 0.5) == pytest.approx(heatmaps(seen, 0.5), 1e-4)


def test_a_short_training_lowers_both_losses(pool: ViewPool, tmp_path: Path) -> None:
    trainee = trainee_of(pool)

    def terms() -> dict[str, float]:
        rows = [trainee.losses(0, np.random.default_rng(seed)) for seed in range(4)]
        return {name: float(np.mean([row[name].item() for row in rows])) for name in rows[0]}

    before = terms()
    train(trainee, LoopSettings(steps=60, learning_rate=1e-2), tmp_path)
    after = terms()

    assert after["heatmaps"] < 0.8 * before["heatmaps"]
    assert after["fields"] < before["fields"]


def test_shapes_without_landmarks_are_refused(pool: ViewPool) -> None:
    with pytest.raises(InputError, match="landmarks"):
        trainee_of(replace(pool, known=np.zeros_like(pool.known)))


def test_the_file_knows_names_basis_and_camera(pool: ViewPool, tmp_path: Path) -> None:
    path, trainee = tmp_path / "model.safetensors", trainee_of(pool)

    SYSTEM.save(path, trainee, "car", {})

    read = NETWORK.read(load_model(path, NETWORK.kind))
    assert read.category == "car"
    assert tuple(read.metadata["names"]) == trainee.schema.names
    assert torch.equal(read.extras["prior.mean"], torch.tensor(trainee.prior.mean))
    assert read.net.config.distance == DISTANCE
