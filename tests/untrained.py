"""Small models that nobody trained, so that no test depends on the shipped ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.deformation.prior import fit_prior
from kpstudio.nn import recogniser
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.keypoint_deformer import KeypointDeformerConfig, KeypointDeformerNet
from kpstudio.nn.keypoint_deformer_file import KeypointDeformerModel, save_keypoint_deformer
from kpstudio.training.keypoint_deformer import cage_mirror

NAMES = ("left", "right", "near", "middle")
MIRROR = np.array([-1.0, 1.0, 1.0])


def model(head: str = "softmax", category: str = "", prior: bool = False) -> KeypointDeformerModel:
    """Four keypoints, the first two a mirror pair."""
    torch.manual_seed(5)
    config = KeypointDeformerConfig(1, 2, cage_mirror(0), head=head, widths=(16, 16, 32))
    net = KeypointDeformerNet(config).eval().requires_grad_(False)
    schema = KeypointSchema(NAMES, config.keypoint_mirror, ((0, 1),))
    return KeypointDeformerModel(net, schema, category or head, some_prior() if prior else None)


def some_prior() -> ShapePrior:
    """How keypoints of symmetric shapes of many widths vary, in the normalised frame."""
    centre = np.array([[0.3, 0.0, 0.1], [-0.3, 0.0, 0.1], [0.0, -0.1, 0.4], [0.0, 0.1, 0.2]])
    keypoints = centre + 0.05 * np.random.default_rng(3).normal(size=(60, 4, 3))
    keypoints[:, 1] = keypoints[:, 0] * MIRROR
    keypoints[:, 2:, 0] = 0.0
    return fit_prior(keypoints)


def install(folder: Path, models: Sequence[KeypointDeformerModel]) -> None:
    """Put models into a folder, with a recogniser that takes everything for the first one."""
    for entry in models:
        name, path = entry.category, folder / f"kd-{entry.category}.safetensors"
        sha256 = save_keypoint_deformer(path, entry)
        register_model(Model(path.stem, "keypoint-deformer", name, name, path, sha256))
    net = recogniser.RecogniserNet(tuple(entry.category for entry in models), (8, 8, 8))
    last = net.classifier[-1]
    torch.nn.init.zeros_(last.weight)
    last.bias.data = torch.zeros_like(last.bias)
    last.bias.data[0] = 4.0
    path = folder / "recogniser.safetensors"
    sha256 = recogniser.NETWORK.save(path, net, {})
    register_model(Model("recogniser", "recogniser", "", "R", path, sha256))
