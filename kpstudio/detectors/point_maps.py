"""From a network's weights on points to maps on the mesh and to confidence. Imports torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.field import Field
from kpstudio.detectors.category import confidence_of
from kpstudio.nn.groups import interpolate

_CHUNK = 16384


def tensor(points: FloatArray) -> Tensor:
    """Return points (n,3) as a batch (1,n,3) of one cloud."""
    return torch.from_numpy(points.astype(np.float32))[None]


@torch.inference_mode()
def at_vertices(
    points: Tensor, values: Tensor, vertices: FloatArray, ctx: RunContext
) -> FloatArray:
    """Return values (n,d) at vertices (n,3), interpolated from points (1,m,3) with values (1,m,d).

    Raises
    ------
    Cancelled
        Between two chunks of vertices.
    """
    parts = []
    for start in range(0, len(vertices), _CHUNK):
        ctx.check()
        some = tensor(vertices[start : start + _CHUNK])
        parts.append(interpolate(some, points, values)[0].double().numpy())
    return np.concatenate(parts)


def point_maps(
    points: Tensor, weights: Tensor, vertices: FloatArray, ctx: RunContext
) -> tuple[Field, ...]:
    """Return k fields on the vertices: weights (1,m,k) of points (1,m,3), the largest 1.

    Raises
    ------
    Cancelled
        Between two chunks of vertices.
    """
    values = at_vertices(points, weights, vertices, ctx)
    values /= np.maximum(values.max(axis=0), np.finfo(float).tiny)
    return tuple(Field(f"probability of {index}", column) for index, column in enumerate(values.T))


def spread_confidence(keypoints: Tensor, points: Tensor, weights: Tensor) -> FloatArray:
    """Return (k,) exp(-(s / 0.1)^2 / 2), s the spread of a keypoint's weights in longest sides.

    Parameters
    ----------
    keypoints
        (1,k,3) weighted means.
    points, weights
        (1,m,3) and (1,m,k), weights summing to 1 over the points.
    """
    squared = torch.cdist(points[0], keypoints[0]).square()
    spread = (weights[0] * squared).sum(dim=0).sqrt().double().numpy()
    return confidence_of(spread)
