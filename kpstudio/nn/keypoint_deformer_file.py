"""A trained KeypointDeformer in one file: network, names of its keypoints, shape prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from kpstudio.base.errors import KPStudioError, ModelError
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import Checkpoint, load_model, load_weights, save_model
from kpstudio.nn.keypoint_deformer import KeypointDeformerConfig, KeypointDeformerNet

KIND = "keypoint-deformer"


@dataclass(frozen=True, eq=False)
class KeypointDeformerModel:
    """Everything about one trained category.

    Parameters
    ----------
    net
        The network, in evaluation mode.
    schema
        Names, mirror partners and edges of its keypoints.
    category
        The category it was trained on.
    prior
        How the keypoints of the training shapes vary together.
    """

    net: KeypointDeformerNet
    schema: KeypointSchema
    category: str
    prior: ShapePrior | None = None


def save_keypoint_deformer(
    path: Path | str, model: KeypointDeformerModel, info: Mapping[str, Any] | None = None
) -> str:
    """Write a model file and return its SHA-256.

    `info` holds more JSON values for its metadata, such as the seed and the data.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    tensors = {f"net.{name}": tensor for name, tensor in model.net.state_dict().items()}
    metadata: dict[str, Any] = {
        **(info or {}),
        "kind": KIND,
        "category": model.category,
        "config": model.net.config.as_json(),
        "names": model.schema.names,
        "edges": model.schema.edges,
    }
    if model.prior is not None:
        for name in ("mean", "modes", "variances"):
            tensors[f"prior.{name}"] = torch.tensor(getattr(model.prior, name))
        metadata["prior"] = {"count": model.prior.count, "explained": model.prior.explained}
    return save_model(path, tensors, metadata)


def load_keypoint_deformer(model: Model) -> KeypointDeformerModel:
    """Return a trained model, from memory if its file has not changed since the last time.

    Raises
    ------
    ModelError
        The file is missing, damaged, or of another architecture.
    """
    if not model.path.is_file():
        load_model(model.path)  # says that it is missing, and what to do
    return _load(model.path, model.path.stat().st_mtime_ns, model.sha256)


@lru_cache(maxsize=8)
def _load(path: Path, _mtime: int, sha256: str) -> KeypointDeformerModel:
    return read_keypoint_deformer(load_model(path, KIND, sha256))


def read_keypoint_deformer(checkpoint: Checkpoint) -> KeypointDeformerModel:
    """Return the model a checkpoint holds.

    Raises
    ------
    ModelError
        Its architecture, names or prior make no sense.
    """
    metadata = checkpoint.metadata
    try:
        config = KeypointDeformerConfig.from_json(metadata["config"])
        schema = KeypointSchema(
            tuple(str(name) for name in metadata["names"]),
            mirror=config.keypoint_mirror,
            edges=tuple((int(a), int(b)) for a, b in metadata["edges"]),
        )
        prior = _prior(checkpoint)
        fits = len(schema) == config.count and (
            prior is None or prior.mean.shape == (config.count, 3)
        )
        category = str(metadata["category"])
    except (KeyError, TypeError, ValueError, KPStudioError) as error:
        raise ModelError(
            f"describes no KeypointDeformer ({error})",
            remedy="Install KP Studio again, or train the model anew.",
            path=checkpoint.path,
        ) from error
    if not fits:
        raise ModelError(
            "has names or a prior for another number of keypoints",
            remedy="Train the model anew.",
            path=checkpoint.path,
        )
    net = KeypointDeformerNet(config)
    load_weights(net, checkpoint.part("net"), checkpoint.path)
    net.eval().requires_grad_(False)
    return KeypointDeformerModel(net, schema, category, prior)


def _prior(checkpoint: Checkpoint) -> ShapePrior | None:
    arrays = checkpoint.part("prior")
    if not arrays:
        return None
    about = checkpoint.metadata["prior"]
    return ShapePrior(
        mean=arrays["mean"].numpy(),
        modes=arrays["modes"].numpy(),
        variances=arrays["variances"].numpy(),
        count=int(about["count"]),
        explained=float(about["explained"]),
    )
