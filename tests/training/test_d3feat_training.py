"""Training D3Feat for real, if only for some steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.nn.catalogue import Model
from kpstudio.nn.d3feat import KIND, NETWORK
from kpstudio.training.clouds import CloudPool, Clouds, build_clouds
from kpstudio.training.d3feat import D3FeatRecipe, D3FeatTrainee, crop, save
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural

SMALL = D3FeatRecipe(
    steps=25, batch=2, points=384, pairs=96, width=8, radius=0.12, reach=0.2, learning_rate=5e-3
)


@pytest.fixture(scope="module")
def pool() -> CloudPool:
    return build_clouds([*procedural("chair", 3, 1), *procedural("airplane", 3, 1)], 1024)


def test_a_crop_is_one_side_of_a_shape() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(3, 100, 3)).astype(np.float32)
    clouds = Clouds(points, -points, np.arange(3))
    left = crop(clouds, 60, rng)
    assert left.points.shape == (3, 60, 3)
    assert np.array_equal(left.normals, -left.points)
    for whole, part in zip(points, left.points, strict=True):
        kept = (whole[:, None] == part).all(axis=2).any(axis=1)
        assert kept.sum() == 60
        # A linear rule separates what is kept from what is not.
        middle = whole[kept].mean(axis=0) - whole[~kept].mean(axis=0)
        assert (whole[kept] @ middle).mean() > (whole[~kept] @ middle).mean()


def test_it_learns(pool: CloudPool, tmp_path: Path) -> None:
    trainee = D3FeatTrainee(pool, SMALL)

    def miss() -> float:
        """The descriptors' loss on the same three batches every time."""
        with torch.no_grad():
            terms = [trainee.losses(0, np.random.default_rng(seed)) for seed in range(3)]
        return float(np.mean([each["descriptor"].item() for each in terms]))

    before = miss()
    train(trainee, LoopSettings(steps=25, learning_rate=5e-3), tmp_path)
    assert miss() < 0.95 * before
    path = tmp_path / "m.safetensors"
    save(path, trainee, "", {"recipe": {}})
    assert NETWORK.load(Model("m", KIND, "", "m", path)).net.config.width == 8


def test_a_seed_decides_everything(pool: CloudPool) -> None:
    def total() -> float:
        terms = D3FeatTrainee(pool, SMALL).losses(0, np.random.default_rng(3))
        return sum(term.item() for term in terms.values())

    assert total() == total()
