"""Training UKPGAN for real, if only for some steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.nn.catalogue import Model
from kpstudio.nn.ukpgan import KIND, NETWORK, Embedded
from kpstudio.training.clouds import CloudPool, build_clouds
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural
from kpstudio.training.ukpgan import UkpganRecipe, UkpganTrainee, alike, save, symmetry

SMALL = UkpganRecipe(steps=60, batch=2, points=384, places=48, width=8, learning_rate=1e-2)


@pytest.fixture(scope="module")
def pool() -> CloudPool:
    return build_clouds([*procedural("chair", 3, 1), *procedural("airplane", 3, 1)], 1024)


def test_it_learns_without_a_collapse(pool: CloudPool, tmp_path: Path) -> None:
    trainee = UkpganTrainee(pool, SMALL)

    def terms() -> dict[str, float]:
        """The losses of the same three batches every time."""
        with torch.no_grad():
            found = [trainee.losses(0, np.random.default_rng(seed)) for seed in range(3)]
        return {name: float(np.mean([one[name] for one in found])) for name in found[0]}

    before = terms()
    train(trainee, LoopSettings(steps=SMALL.steps, learning_rate=SMALL.learning_rate), tmp_path)
    after = terms()
    assert after["sparsity"] < 0.8 * before["sparsity"]
    assert after["embedding"] < before["embedding"]
    path = tmp_path / "m.safetensors"
    save(path, trainee, "", {"recipe": {}})
    net = NETWORK.load(Model("m", KIND, "", "m", path)).net
    clouds = trainee.draw_round(np.random.default_rng(9))
    points, normals = torch.from_numpy(clouds.points), torch.from_numpy(clouds.normals)
    saliency = net(points, points, normals).saliency
    assert (saliency.amax(dim=1) > saliency.median(dim=1).values + 0.2).all()


def test_a_seed_decides_everything(pool: CloudPool) -> None:
    def total() -> float:
        terms = UkpganTrainee(pool, SMALL).losses(0, np.random.default_rng(3))
        return sum(term.item() for term in terms.values())

    assert total() == total()


def test_mirror_images_shall_be_equally_salient() -> None:
    places = torch.tensor([[[0.2, 0.1, 0.0], [-0.2, 0.1, 0.0], [0.4, 0.0, 0.0]]])
    embedding = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    # The third place has no partner, so that its saliency does not matter.
    assert symmetry(Embedded(torch.tensor([[0.7, 0.7, 0.1]]), embedding), places) == 0.0
    assert symmetry(
        Embedded(torch.tensor([[0.7, 0.4, 0.1]]), embedding), places
    ).item() == pytest.approx(0.3)


def test_near_places_and_mirror_images_are_alike() -> None:
    places = torch.tensor([[[0.2, 0.0, 0.0], [-0.2, 0.0, 0.0], [0.25, 0.0, 0.0], [0.2, 0.3, 0.0]]])
    expected = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]]).bool()
    assert torch.equal(alike(places)[0], expected)
