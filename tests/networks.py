"""Small networks that nobody trained, as model files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.nn import keypointnet, structural_points, usip
from kpstudio.nn.keypoint_model import prior_tensors, schema_words


def ordered_model(path: Path, category: str = "chair", **metadata: Any) -> Path:
    """Write a model of four structural points and return its file."""
    torch.manual_seed(1)
    config = structural_points.StructuralPointsConfig(4, width=4)
    words = schema_words(KeypointSchema(("a", "b", "c", "d")), None)
    net = structural_points.StructuralPointsNet(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    structural_points.NETWORK.save(path, net, {"category": category, **words, **metadata})
    return path


def general_model(path: Path, seed: int = 1) -> Path:
    """Write a USIP model of 16 nodes and return its file."""
    torch.manual_seed(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    usip.NETWORK.save(path, usip.UsipNet(usip.UsipConfig(16, 4, 8, 0.1)), {"category": ""})
    return path


def picture_model(
    path: Path, category: str = "chair", size: int = 32, prior: ShapePrior | None = None
) -> Path:
    """Write a KeypointNet of four keypoints and return its file."""
    torch.manual_seed(1)
    config = keypointnet.KeypointNetConfig(4, 4, 4, size=size)
    words = schema_words(KeypointSchema(("a", "b", "c", "d"), edges=((0, 1), (1, 2))), prior)
    path.parent.mkdir(parents=True, exist_ok=True)
    net = keypointnet.KeypointNet(config)
    keypointnet.NETWORK.save(path, net, {"category": category, **words}, prior_tensors(prior))
    return path
