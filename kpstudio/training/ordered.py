"""From a trained network with ordered keypoints to what its file says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.arrays import FloatArray
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.deformation.prior import fit_prior
from kpstudio.nn.keypoint_model import prior_tensors, schema_words
from kpstudio.nn.model_file import NetworkKind
from kpstudio.training.cloud_trainee import CloudTrainee
from kpstudio.training.clouds import CloudPool
from kpstudio.training.finish import spanning_edges
from kpstudio.training.pool import Labelled

_CHUNK = 8
#: Two keypoints are mirror partners when their mean places are, within this much of the longest
#: side.
_MIRROR_TOLERANCE = 0.08


@torch.inference_mode()
def keypoints_of_pool(
    predict: Callable[[Tensor], Tensor], pool: CloudPool, points: int, device: torch.device
) -> FloatArray:
    """Return (s,k,3) what a network says of all shapes of a pool, normalised frame.

    Parameters
    ----------
    predict
        From clouds (b,n,3) to keypoints (b,k,3).
    pool
        The shapes, unchanged.
    points
        Points of each cloud.
    device
        Where the network is.
    """
    parts = [
        predict(torch.from_numpy(pool.points[start : start + _CHUNK, :points]).to(device)).cpu()
        for start in range(0, len(pool), _CHUNK)
    ]
    return torch.cat(parts).double().numpy()


def save_ordered(
    network: NetworkKind[Any],
    path: Path,
    trainee: CloudTrainee,
    category: str,
    info: Mapping[str, Any],
    mirror: tuple[int, ...] | None = None,
) -> None:
    """Write the model file of a network whose answer has `keypoints`.

    The names of the keypoints, their mirror partners and their prior on the training shapes go
    along.

    Parameters
    ----------
    network
        The kind of the file.
    path, trainee, category, info
        As for `system.System.save`.
    mirror
        As for `describe_keypoints`.
    """
    net = trainee.module.eval().requires_grad_(False)
    pool = trainee.pool
    found = keypoints_of_pool(
        lambda points: net(points).keypoints, pool, trainee.recipe.points, trainee.device
    )
    schema, prior = describe_keypoints(found, pool, mirror)
    metadata = {**info, "category": category, **schema_words(schema, prior)}
    network.save(path, net.cpu(), metadata, prior_tensors(prior))


def describe_keypoints(
    keypoints: FloatArray, pool: Labelled, mirror: tuple[int, ...] | None = None
) -> tuple[KeypointSchema, ShapePrior | None]:
    """Return names, mirror partners, lines and shape prior of keypoints (s,k,3) of a pool.

    Names say which landmark of the procedural shapes each keypoint is most often nearest to;
    numbers stand where nothing is known. `mirror` are the mirror partners where the network knows
    them; else they are told by their mean places.
    """
    mean = keypoints.mean(axis=0)
    mirror = mirror_partners(mean) if mirror is None else mirror
    prior = fit_prior(keypoints) if len(keypoints) > 2 else None
    schema = KeypointSchema(names_of(keypoints, pool), mirror, spanning_edges(mean, mirror))
    return schema, prior


def names_of(keypoints: FloatArray, pool: Labelled) -> tuple[str, ...]:
    """Return k different names of keypoints (s,k,3): "near <landmark>", or their numbers."""
    rows = np.flatnonzero(pool.known.any(axis=1) & ~pool.real)
    if len(rows) == 0:
        return tuple(str(index) for index in range(keypoints.shape[1]))
    offsets = keypoints[rows, :, None] - pool.landmarks[rows, None]
    distances = np.linalg.norm(offsets, axis=3)
    distances[np.broadcast_to(~pool.known[rows, None], distances.shape)] = np.inf
    nearest = distances.argmin(axis=2)
    near = [f"near {pool.landmark_names[np.bincount(column).argmax()]}" for column in nearest.T]
    total, seen = Counter(near), Counter[str]()
    names = []
    for name in near:
        seen[name] += 1
        names.append(name if total[name] == 1 else f"{name} {seen[name]}")
    return tuple(names)


def mirror_partners(mean: FloatArray, tolerance: float = _MIRROR_TOLERANCE) -> tuple[int, ...]:
    """Return the mirror partner of each keypoint, by mean places (k,3); -1 for none.

    The mirror plane is x = 0: shapes are in canonical axes.
    """
    mirrored = mean * (-1.0, 1.0, 1.0)
    distances = np.linalg.norm(mean[:, None] - mirrored[None], axis=2)
    best = distances.argmin(axis=1)
    return tuple(
        int(partner) if best[partner] == index and distances[index, partner] < tolerance else -1
        for index, partner in enumerate(best)
    )
