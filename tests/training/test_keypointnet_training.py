from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.parameters import build
from kpstudio.nn.checkpoint import load_model
from kpstudio.nn.keypointnet import NETWORK
from kpstudio.training.keypointnet import SYSTEM, KeypointNetRecipe, KeypointNetTrainee
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural
from kpstudio.training.view_pool import ViewPool, build_views

TERMS = {"consistency", "pose", "separation", "silhouette", "variance", "orientation"}
SMALL = {"batch": 3, "size": 32, "views": 4, "width": 8, "keypoints": 6, "steps": 40}


@pytest.fixture(scope="module")
def pool() -> ViewPool:
    return build_views(procedural("chair", 4, 1), 4, 32)


def trainee_of(pool: ViewPool, **values: float) -> KeypointNetTrainee:
    return KeypointNetTrainee(pool, build(KeypointNetRecipe, SMALL | values))


def test_all_six_losses_are_named_and_have_gradients(pool: ViewPool) -> None:
    trainee = trainee_of(pool, separation=1.0)

    losses = trainee.losses(0, np.random.default_rng(0))

    assert losses.keys() == TERMS
    for name, loss in losses.items():
        trainee.module.zero_grad(set_to_none=True)
        loss.backward(retain_graph=True)
        grads = [w.grad for w in trainee.module.parameters() if w.grad is not None]
        assert grads, name
        assert all(grad.isfinite().all() for grad in grads), name
        assert any(grad.abs().sum() > 0.0 for grad in grads), name


def test_a_weight_of_zero_takes_a_loss_away(pool: ViewPool) -> None:
    trainee = trainee_of(pool, pose_weight=0.0)

    losses = trainee.losses(0, np.random.default_rng(0))

    assert losses["pose"].item() == 0.0
    assert losses["consistency"].item() > 0.0


def test_the_orientation_is_told_less_and_less(pool: ViewPool) -> None:
    trainee = trainee_of(pool)
    true = torch.tensor([[[0.4, 0.1], [-0.4, 0.0]]]).expand(200, -1, -1)
    found = true.flip(1) + 0.1

    def told(done: float) -> torch.Tensor:
        return trainee.told(found, true, done, np.random.default_rng(0))

    torch.testing.assert_close(told(0.0), true)
    torch.testing.assert_close(told(0.4), found.flip(1))
    torch.testing.assert_close(told(0.9), found)
    alone = (told(0.65) == found).all(dim=(1, 2)).float().mean()
    assert 0.3 < alone < 0.7


def test_a_short_training_lowers_the_losses(pool: ViewPool, tmp_path: Path) -> None:
    trainee = trainee_of(pool, half_precision=False)

    def total() -> float:
        rng = np.random.default_rng(7)
        rows = [sum(trainee.losses(0, rng).values()).item() for _ in range(4)]
        return float(np.mean(rows))

    before = total()
    train(trainee, LoopSettings(steps=40, learning_rate=3e-3), tmp_path)

    assert total() < 0.8 * before


def test_the_file_knows_its_keypoints_and_its_camera(pool: ViewPool, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"

    SYSTEM.save(path, trainee_of(pool), "chair", {})

    read = NETWORK.read(load_model(path, NETWORK.kind))
    assert read.category == "chair"
    assert len(read.metadata["names"]) == 6
    assert all(name.startswith("near ") for name in read.metadata["names"])
    assert read.net.config.size == 32
    assert read.extras["prior.mean"].shape == (6, 3)
