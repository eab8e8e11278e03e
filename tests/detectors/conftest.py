"""A folder of small untrained models, so that no test depends on the shipped ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.mesh import Mesh
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.keypoint_deformer import KeypointDeformerConfig, KeypointDeformerNet
from kpstudio.nn.keypoint_deformer_file import KeypointDeformerModel, save_keypoint_deformer
from kpstudio.nn.recogniser import RecogniserNet, save_recogniser
from kpstudio.training.keypoint_deformer import cage_mirror
from tests import shapes

NAMES = ("left", "right", "near", "middle")


def untrained(head: str) -> KeypointDeformerModel:
    torch.manual_seed(5)
    config = KeypointDeformerConfig(1, 2, cage_mirror(0), head=head, widths=(16, 16, 32))
    net = KeypointDeformerNet(config).eval().requires_grad_(False)
    schema = KeypointSchema(NAMES, config.keypoint_mirror, ((0, 1),))
    return KeypointDeformerModel(net, schema, head)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Categories "softmax" and "regression", and a recogniser that always sees the first."""
    folder = tmp_path / "models"
    folder.mkdir()
    for head in ("softmax", "regression"):
        path = folder / f"kd-{head}.safetensors"
        sha256 = save_keypoint_deformer(path, untrained(head))
        register_model(Model(path.stem, "keypoint-deformer", head, head, path, sha256))
    net = RecogniserNet(("softmax", "regression"), (8, 8, 8))
    torch.nn.init.zeros_(net.classifier[-1].weight)
    net.classifier[-1].bias.data = torch.tensor([4.0, 1.0, 0.0])
    path = folder / "recogniser.safetensors"
    sha256 = save_recogniser(path, net)
    register_model(Model("recogniser", "recogniser", "", "R", path, sha256))
    monkeypatch.setenv("KPSTUDIO_MODELS", str(folder))
    return folder


@pytest.fixture
def mesh() -> Mesh:
    """A lopsided box in odd units, so that no axis looks like another."""
    box = shapes.box((30.0, 12.0, 50.0), divisions=3)
    vertices = box.vertices + box.vertices**2 * (0.01, 0.0, 0.004) + (100.0, -7.0, 3.0)
    return Mesh(vertices, box.faces, "lopsided")
