"""The two systems that join keypoints of several pictures: multiview and keypoint3d."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kpstudio.base.parameters import build
from kpstudio.nn.checkpoint import load_model
from kpstudio.nn.keypoint3d import NETWORK as KEYPOINT3D
from kpstudio.nn.multiview import NETWORK as MULTIVIEW
from kpstudio.training.joined_trainee import keypoints_of_views
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural
from kpstudio.training.system import get_system
from kpstudio.training.typical_places import surface_points, typical_places
from kpstudio.training.view_pool import ViewPool, build_views

TERMS = {
    "multiview": {
        "image", "feature", "mask", "coverage", "centring", "agreement", "silhouette", "surface",
        "separation", "variance", "start",
    },
    "keypoint3d": {
        "autoencoder", "multiview", "separation", "sparsity", "silhouette", "surface", "variance",
        "start",
    },
}  # fmt: skip
NETWORKS = {"multiview": MULTIVIEW, "keypoint3d": KEYPOINT3D}
SMALL = {"batch": 2, "together": 3, "size": 32, "views": 4, "width": 8, "keypoints": 6, "steps": 40}


@pytest.fixture(scope="module")
def pool() -> ViewPool:
    return build_views(procedural("chair", 4, 1), 4, 32)


@pytest.fixture(params=TERMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def trainee_of(system: str, pool: ViewPool, **values: float) -> Any:
    known = get_system(system)
    return known.trainee(pool, build(known.recipe, SMALL | values), "cpu")


def test_all_losses_are_named_and_have_gradients(system: str, pool: ViewPool) -> None:
    # Far enough apart that separation has something to say.
    trainee = trainee_of(system, pool, **({"separation": 1.0} if system == "multiview" else {}))

    losses = trainee.losses(26, np.random.default_rng(0))

    assert losses.keys() == TERMS[system]
    for name, loss in losses.items():
        trainee.module.zero_grad(set_to_none=True)
        loss.backward(retain_graph=True)
        grads = [w.grad for w in trainee.module.parameters() if w.grad is not None]
        assert all(grad.isfinite().all() for grad in grads), name
        assert any(grad.abs().sum() > 0.0 for grad in grads), name


def test_a_weight_of_zero_takes_a_loss_away(system: str, pool: ViewPool) -> None:
    weights = {f"{name}_weight": 0.0 for name in TERMS[system]}

    losses = trainee_of(system, pool, **weights).losses(26, np.random.default_rng(0))

    assert all(loss.item() == 0.0 for loss in losses.values())


def test_keypoints_are_told_where_to_start_and_then_go_their_own_way(
    system: str, pool: ViewPool
) -> None:
    trainee = trainee_of(system, pool)

    first, between, last = (trainee.losses(step, np.random.default_rng(0)) for step in (0, 26, 28))

    assert first.keys() == {"start"}
    # A twentieth stays to the end.
    assert between["start"].item() == pytest.approx(0.525 * first["start"].item(), rel=1e-4)
    assert last["start"].item() == pytest.approx(0.05 * first["start"].item(), rel=1e-4)
    assert last["silhouette"].item() == pytest.approx(2.0 * between["silhouette"].item(), rel=1e-4)


def test_a_short_training_lowers_the_losses(system: str, pool: ViewPool, tmp_path: Path) -> None:
    trainee = trainee_of(system, pool)

    def total() -> float:
        rng = np.random.default_rng(7)
        with torch.no_grad():
            return float(np.mean([sum(trainee.losses(0, rng).values()) for _ in range(4)]))

    before = total()
    train(trainee, LoopSettings(steps=20, learning_rate=1e-2), tmp_path)

    assert total() < 0.9 * before


def test_the_file_knows_its_keypoints_and_its_camera(
    system: str, pool: ViewPool, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    trainee = trainee_of(system, pool)

    get_system(system).save(path, trainee, "chair", {})

    read = NETWORKS[system].read(load_model(path, system))
    assert read.category == "chair"
    assert len(read.metadata["names"]) == 6
    assert read.net.config.size == 32
    assert read.extras["prior.mean"].shape == (6, 3)
    found = keypoints_of_views(trainee)
    assert found.shape == (4, 6, 3)
    np.testing.assert_allclose(found.mean(axis=0), read.extras["prior.mean"].numpy(), atol=1e-5)


def test_the_encoder_of_multiview_is_a_choice(pool: ViewPool) -> None:
    known = get_system("multiview")
    values = SMALL | {"backbone": "dilated", "head": "structural"}

    trainee = known.trainee(pool, build(known.recipe, values), "cpu")

    assert type(trainee.module.head).__name__ == "StructuralHead"
    assert all(loss.isfinite() for loss in trainee.losses(26, np.random.default_rng(0)).values())


def test_surface_points_are_on_the_surface(pool: ViewPool) -> None:
    points = surface_points(pool, 0, 500, np.random.default_rng(0))
    camera = pool.camera(0, 1)
    pixels, depth = camera.project(points)
    column, row = np.floor(pixels).astype(int).T
    there = pool.depth[0, 1][row.clip(0, 31), column.clip(0, 31)].astype(float)

    assert np.abs(points).max() < 0.52
    # Nothing of a surface is in front of what a picture shows, but for a pixel's slope.
    assert np.mean(depth > there - 0.05) > 0.85


@pytest.mark.parametrize("count", [6, 11])
def test_typical_places_are_apart_and_come_in_mirrored_pairs(pool: ViewPool, count: int) -> None:
    typical = typical_places(pool, count)
    places = typical.of(np.array([0, 2]))

    assert places.shape == (2, count, 3)
    assert np.abs(places).max() <= 0.5 + 1e-3
    apart = np.linalg.norm(places[0, :, None] - places[0], axis=2) + np.eye(count)
    assert apart.min() > 0.05
    mirrored = typical.places * (-1.0, 1.0, 1.0)
    partners = np.linalg.norm(mirrored[:, None] - typical.places, axis=2).min(axis=1)
    assert (partners < 1e-9).sum() >= count - 1
