"""What the model file of an ordered detector says of its keypoints: names, lines, shape prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from kpstudio.base.errors import KPStudioError, ModelError
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior

_PRIOR = ("mean", "modes", "variances")


def schema_words(schema: KeypointSchema, prior: ShapePrior | None) -> dict[str, Any]:
    """Return JSON values for the metadata of a model file."""
    words: dict[str, Any] = {
        "names": schema.names,
        "mirror": schema.mirror,
        "edges": schema.edges,
    }
    if prior is not None:
        words["prior"] = {"count": prior.count, "explained": prior.explained}
    return words


def prior_tensors(prior: ShapePrior | None) -> dict[str, torch.Tensor]:
    """Return the tensors of a shape prior, for a model file."""
    if prior is None:
        return {}
    return {f"prior.{name}": torch.tensor(getattr(prior, name)) for name in _PRIOR}


def read_keypoints(
    metadata: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], count: int
) -> tuple[KeypointSchema, ShapePrior | None]:
    """Return the schema and the shape prior that a model file describes.

    Parameters
    ----------
    metadata, tensors
        What the file holds.
    count
        Number of keypoints of its network.

    Raises
    ------
    ModelError
        They make no sense, or are for another number of keypoints.
    """
    try:
        schema = KeypointSchema(
            tuple(str(name) for name in metadata["names"]),
            mirror=tuple(int(index) for index in metadata["mirror"]),
            edges=tuple((int(a), int(b)) for a, b in metadata["edges"]),
        )
        prior = _prior(metadata, tensors)
    except (KeyError, TypeError, ValueError, KPStudioError) as error:
        raise ModelError(
            f"describes no keypoints ({error})", remedy="Train the model anew."
        ) from error
    if len(schema) != count or (prior is not None and prior.mean.shape != (count, 3)):
        raise ModelError(
            "has names or a prior for another number of keypoints",
            remedy="Train the model anew.",
        )
    return schema, prior


def _prior(metadata: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> ShapePrior | None:
    about = metadata.get("prior")
    if about is None:
        return None
    arrays = {name: tensors[f"prior.{name}"].numpy() for name in _PRIOR}
    return ShapePrior(**arrays, count=int(about["count"]), explained=float(about["explained"]))
