"""A model as one file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.errors import ModelError
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.nn.catalogue import Model, installed_models
from kpstudio.nn.checkpoint import load_model, save_model
from kpstudio.nn.keypoint_deformer import KeypointDeformerConfig, KeypointDeformerNet
from kpstudio.nn.keypoint_deformer_file import (
    KeypointDeformerModel,
    load_keypoint_deformer,
    save_keypoint_deformer,
)

CONFIG = KeypointDeformerConfig(1, 1, cage_mirror=tuple(range(42)), widths=(8, 8, 8))


@pytest.fixture
def trained(rng: np.random.Generator) -> KeypointDeformerModel:
    torch.manual_seed(0)
    net = KeypointDeformerNet(CONFIG).eval().requires_grad_(False)
    prior = ShapePrior(rng.normal(size=(3, 3)), rng.normal(size=(2, 3, 3)), [0.5, 0.1], 9, 0.8)
    schema = KeypointSchema(("left", "right", "middle"), (1, 0, 2), ((0, 2), (1, 2)))
    return KeypointDeformerModel(net, schema, "stool", prior)


def entry(path: Path) -> Model:
    return Model("stool", "keypoint-deformer", "stool", "Stool", path)


def test_round_trip(trained: KeypointDeformerModel, tmp_path: Path) -> None:
    path = tmp_path / "stool.safetensors"
    save_keypoint_deformer(path, trained, {"seed": 1})
    found = load_keypoint_deformer(entry(path))
    cloud = torch.rand(1, 64, 3) - 0.5
    assert torch.equal(found.net(cloud).keypoints, trained.net(cloud).keypoints)
    assert found.schema == trained.schema
    assert found.category == "stool"
    assert found.prior is not None
    assert trained.prior is not None
    assert np.array_equal(found.prior.modes, trained.prior.modes)
    assert (found.prior.count, found.prior.explained) == (9, 0.8)
    assert load_model(path).metadata["seed"] == 1


@pytest.mark.parametrize("model", installed_models("keypoint-deformer"), ids=lambda m: m.id)
def test_shipped_models_come_back_bit_for_bit(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "again.safetensors"
    recipe = load_model(model.path).metadata["recipe"]
    sha256 = save_keypoint_deformer(path, load_keypoint_deformer(model), {"recipe": recipe})
    assert sha256 == model.sha256


def test_loaded_once_until_the_file_changes(trained: KeypointDeformerModel, tmp_path: Path) -> None:
    path = tmp_path / "stool.safetensors"
    save_keypoint_deformer(path, trained)
    first = load_keypoint_deformer(entry(path))
    assert load_keypoint_deformer(entry(path)).net is first.net
    save_keypoint_deformer(path, trained)
    os.utime(path, ns=(1, 1))
    assert load_keypoint_deformer(entry(path)).net is not first.net
    path.unlink()
    with pytest.raises(ModelError, match="does not exist"):
        load_keypoint_deformer(entry(path))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("config", {}, "describes no keypoint-deformer"),
        ("config", None, "describes no keypoint-deformer"),
        ("config", CONFIG.as_json() | {"pairs": 10**6}, "describes no keypoint-deformer"),
        ("config", CONFIG.as_json() | {"pairs": 2}, "do not fit"),
        ("names", ["one"], "3 mirror indices for 1"),
        ("edges", [[0, 7]], "does not exist"),
        ("config", CONFIG.as_json() | {"widths": [8, 8, 16]}, "do not fit"),
        ("prior", {}, "describes no keypoints"),
    ],
)
def test_metadata_that_makes_no_sense(
    trained: KeypointDeformerModel, tmp_path: Path, name: str, value: object, words: str
) -> None:
    path = tmp_path / "stool.safetensors"
    save_keypoint_deformer(path, trained)
    kept = load_model(path)
    save_model(path, kept.tensors, {**kept.metadata, name: value})
    with pytest.raises(ModelError, match=words) as caught:
        load_keypoint_deformer(entry(path))
    assert caught.value.path == path
    assert caught.value.remedy
