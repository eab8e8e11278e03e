"""UKPGAN on a mesh: a model that finds nothing salient says so."""

from __future__ import annotations

from pathlib import Path

import torch

from kpstudio.base.parameters import build
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.ukpgan import DETECTOR
from kpstudio.nn.ukpgan import NETWORK, UkpganConfig, UkpganNet


def notes(mesh: Mesh, path: Path, bias: float) -> tuple[str, ...]:
    torch.manual_seed(0)
    net = UkpganNet(UkpganConfig(0.12, 4, 8))
    net.saliency.bias.data[:] = bias
    NETWORK.save(path, net, {"category": ""})
    parameters = build(DETECTOR.spec.parameters, {"model": str(path), "points": 256})
    return DETECTOR.detect(mesh, None, parameters).notes


def test_a_collapsed_model_is_told(mesh: Mesh, tmp_path: Path) -> None:
    assert not notes(mesh, tmp_path / "good.safetensors", 0.0)
    assert "collapsed" in notes(mesh, tmp_path / "silent.safetensors", -30.0)[0]
