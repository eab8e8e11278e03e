"""The recogniser's network and its file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kpstudio.base.errors import ModelError
from kpstudio.nn.catalogue import Model, installed_models
from kpstudio.nn.checkpoint import load_model, save_model
from kpstudio.nn.recogniser import NETWORK, RecogniserNet


@pytest.fixture
def path(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    file = tmp_path / "recogniser.safetensors"
    NETWORK.save(file, RecogniserNet(("mug", "bowl"), (8, 8, 16)), {})
    return file


def load(path: Path) -> RecogniserNet:
    return NETWORK.load(Model("r", "recogniser", "", "R", path)).net


def test_round_trip_and_probabilities(path: Path) -> None:
    net = load(path)
    assert net.categories == ("mug", "bowl")
    found = net.judge(torch.rand(5, 64, 3) - 0.5)
    assert found.shape == (5, 3)
    assert torch.allclose(found.sum(dim=1), torch.ones(5))


def test_the_shipped_one_comes_back_bit_for_bit(tmp_path: Path) -> None:
    (model,) = installed_models("recogniser")
    loaded = NETWORK.load(model)
    assert not loaded.extras
    recipe = {"recipe": loaded.metadata["recipe"]}
    assert NETWORK.save(tmp_path / "again.safetensors", loaded.net, recipe) == model.sha256


def test_order_of_points_does_not_matter(path: Path) -> None:
    net, cloud = load(path), torch.rand(1, 64, 3) - 0.5
    assert torch.allclose(net.judge(cloud), net.judge(cloud.flip(1)), atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"categories": None},
        {"widths": []},
        {"widths": [8, 8, 32]},
        {"widths": ["a"]},
        {"widths": [8, 10**6, 10**6]},  # four terabytes
    ],
)
def test_metadata_that_makes_no_sense(path: Path, change: dict[str, object]) -> None:
    kept = load_model(path)
    save_model(path, kept.tensors, {**kept.metadata, **change})
    with pytest.raises(ModelError):
        load(path)
