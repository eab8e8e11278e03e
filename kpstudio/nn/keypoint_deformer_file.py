"""A trained KeypointDeformer in one file: network, names of its keypoints, shape prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpstudio.base.errors import ModelError
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import Checkpoint
from kpstudio.nn.keypoint_deformer import KeypointDeformerConfig, KeypointDeformerNet
from kpstudio.nn.keypoint_model import prior_tensors, read_keypoints, schema_words
from kpstudio.nn.model_file import NetworkFile, NetworkKind

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
    words = schema_words(model.schema, model.prior)
    del words["mirror"]  # the network's configuration says it
    metadata = {**(info or {}), **words, "category": model.category}
    return NETWORK.save(path, model.net, metadata, prior_tensors(model.prior))


def load_keypoint_deformer(model: Model) -> KeypointDeformerModel:
    """Return a trained model; its network from memory if the file has not changed since.

    Raises
    ------
    ModelError
        The file is missing, damaged, or of another architecture.
    """
    return _with_keypoints(NETWORK.load(model), model.path)


def read_keypoint_deformer(checkpoint: Checkpoint) -> KeypointDeformerModel:
    """Return the model a checkpoint holds.

    Raises
    ------
    ModelError
        Its architecture, names or prior make no sense.
    """
    return _with_keypoints(NETWORK.read(checkpoint), checkpoint.path)


def _make(config: Mapping[str, Any]) -> KeypointDeformerNet:
    return KeypointDeformerNet(KeypointDeformerConfig.from_json(dict(config)))


#: Files of this network.
NETWORK = NetworkKind(KIND, _make)


def _with_keypoints(loaded: NetworkFile[KeypointDeformerNet], path: Path) -> KeypointDeformerModel:
    config = loaded.net.config
    metadata = {**loaded.metadata, "mirror": config.keypoint_mirror}
    try:
        schema, prior = read_keypoints(metadata, loaded.extras, config.count)
    except ModelError as error:
        raise error.at(path) from error
    return KeypointDeformerModel(loaded.net, schema, loaded.category, prior)
