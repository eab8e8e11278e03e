"""Training SNAKE for real, if only for some steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.nn.catalogue import Model
from kpstudio.nn.feature_volume import SIDE
from kpstudio.nn.snake import KIND, NETWORK
from kpstudio.training.clouds import CloudPool, build_clouds
from kpstudio.training.log import read_log
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural
from kpstudio.training.snake import (
    SnakeRecipe,
    SnakeTrainee,
    places_around,
    save,
    small_rotations,
)

SMALL = SnakeRecipe(
    steps=30, batch=2, points=512, cells=8, width=8, queries=256, patches=4, across=3,
    learning_rate=5e-3,
)  # fmt: skip


@pytest.fixture(scope="module")
def pool() -> CloudPool:
    return build_clouds([*procedural("chair", 3, 1), *procedural("airplane", 3, 1)], 1024)


def test_it_learns(pool: CloudPool, tmp_path: Path) -> None:
    trainee = SnakeTrainee(pool, SMALL)
    train(trainee, LoopSettings(steps=30, learning_rate=5e-3, log_every=1), tmp_path)
    lines = list(read_log(tmp_path))
    assert {"occupancy", "repeatability", "sparsity", "surface"} <= set(lines[0])
    for name, share in (("total", 0.9), ("occupancy", 0.9)):
        losses = [line[name] for line in lines]
        assert np.mean(losses[-6:]) < share * np.mean(losses[:6])
    path = tmp_path / "m.safetensors"
    save(path, trainee, "", {"recipe": {}})
    assert NETWORK.load(Model("m", KIND, "", "m", path)).net.config.cells == 8


def test_a_seed_decides_everything(pool: CloudPool) -> None:
    def total() -> float:
        terms = SnakeTrainee(pool, SMALL).losses(0, np.random.default_rng(3))
        return sum(term.item() for term in terms.values())

    assert total() == total()


def test_with_exact_axes_and_samples_a_motion_changes_nothing(pool: CloudPool) -> None:
    """Both inputs of a pair are asked at the same places, whatever the motion between them."""
    recipe = SnakeRecipe(**{**vars(SMALL), "wobble": 0.0, "jitter": 0.0, "points": 1024})
    losses = SnakeTrainee(pool, recipe).losses(0, np.random.default_rng(5))
    # 1024 of 1024 samples: the clouds differ in the order of their points alone.
    assert losses["repeatability"].item() < 1e-4


def test_places_lie_on_clouds_near_them_and_anywhere() -> None:
    rng = np.random.default_rng(0)
    points = np.zeros((2, 10, 3), np.float32)
    reach = np.linalg.norm(places_around(points, 4000, 0.03, rng), axis=2)
    assert (reach[:, :2000] < 0.03).mean() > 0.9
    assert 0.1 < np.median(reach[:, 2000:3000]) < 0.2
    assert np.abs(places_around(points, 4000, 0.03, rng)[:, 3000:]).max() <= SIDE / 2
    assert np.median(reach[:, 3000:]) > 0.4


def test_small_rotations_are_small_and_rotations() -> None:
    turns = small_rotations(50, 20.0, np.random.default_rng(0)).astype(float)
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-6)
    assert np.allclose(np.linalg.det(turns), 1.0, atol=1e-6)
    angles = np.degrees(np.arccos((np.trace(turns, axis1=1, axis2=2) - 1.0) / 2.0))
    assert angles.max() <= 20.01
    assert angles.max() > 15.0
