from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.parameters import build
from kpstudio.nn.checkpoint import load_model
from kpstudio.nn.image_structure import NETWORK
from kpstudio.training.image_structure import (
    SYSTEM,
    ImageStructureRecipe,
    ImageStructureTrainee,
    skeleton,
)
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural
from kpstudio.training.view_pool import ViewPool, build_views

TERMS = {
    *("reconstruction", "projection", "sharing", "heatmaps"),
    *("repulsion", "silhouette", "sparsity", "pose"),
}
SMALL = {"batch": 4, "size": 32, "views": 4, "width": 8, "keypoints": 6, "steps": 60}


@pytest.fixture(scope="module")
def pool() -> ViewPool:
    return build_views(procedural("chair", 5, 1), 4, 32)


def trainee_of(pool: ViewPool, **values: float) -> ImageStructureTrainee:
    return ImageStructureTrainee(pool, build(ImageStructureRecipe, SMALL | values))


def test_all_losses_are_named_and_have_gradients(pool: ViewPool) -> None:
    trainee = trainee_of(pool)

    losses = trainee.losses(0, np.random.default_rng(0))

    assert losses.keys() == TERMS
    for name, loss in losses.items():
        trainee.module.zero_grad(set_to_none=True)
        loss.backward(retain_graph=True)
        grads = [w.grad for w in trainee.module.parameters() if w.grad is not None]
        assert all(grad.isfinite().all() for grad in grads), name
        assert any(grad.abs().sum() > 0.0 for grad in grads), name


def test_a_weight_of_zero_takes_a_loss_away(pool: ViewPool) -> None:
    losses = trainee_of(pool, heatmap_weight=0.0).losses(0, np.random.default_rng(0))

    assert losses["heatmaps"].item() == 0.0
    assert losses["projection"].item() > 0.0


def test_a_shape_as_it_is_explains_moved_pictures(pool: ViewPool) -> None:
    trainee = trainee_of(pool)
    rng = np.random.default_rng(0)
    rotations = torch.from_numpy(pool.rotations[0])
    pose = trainee.moved(rotations, rng)

    landmarks = torch.from_numpy(pool.landmarks[0]).expand(len(rotations), -1, -1)
    there = trainee.module.project(landmarks, pose)

    unmoved = (2.0 * pool.pixels[0] - 32.0) / 32.0
    shown = unmoved * pose.scale.numpy()[:, None, None] + pose.shift.numpy()[:, None]
    np.testing.assert_allclose(there.numpy(), shown, atol=1e-4)


def test_a_short_training_lowers_the_losses(pool: ViewPool, tmp_path: Path) -> None:
    trainee = trainee_of(pool)

    def terms() -> dict[str, float]:
        torch.manual_seed(0)
        rows = [trainee.losses(0, np.random.default_rng(seed)) for seed in range(4)]
        return {name: float(np.mean([row[name].item() for row in rows])) for name in rows[0]}

    before = terms()
    train(trainee, LoopSettings(steps=60, learning_rate=3e-3), tmp_path)
    after = terms()

    assert after["reconstruction"] < 0.5 * before["reconstruction"]
    for name in ("heatmaps", "pose"):
        assert after[name] < before[name], name


def test_the_skeleton_is_the_pairs_of_large_weight(pool: ViewPool) -> None:
    net = trainee_of(pool).module
    with torch.no_grad():
        net.edges[:] = -6.0
        net.edges[[0, 7]] = torch.tensor([2.0, 1.0])

    assert skeleton(net) == (net.pairs[0], net.pairs[7])


def test_the_file_knows_keypoints_skeleton_and_camera(pool: ViewPool, tmp_path: Path) -> None:
    path, trainee = tmp_path / "model.safetensors", trainee_of(pool)

    SYSTEM.save(path, trainee, "chair", {})

    read = NETWORK.read(load_model(path, NETWORK.kind))
    assert read.category == "chair"
    assert len(read.metadata["names"]) == 6
    assert {tuple(edge) for edge in read.metadata["edges"]} == set(skeleton(read.net))
    assert read.extras["prior.mean"].shape == (6, 3)
    assert read.net.config.size == 32
