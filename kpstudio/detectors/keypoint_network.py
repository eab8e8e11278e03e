"""KeypointDeformer's network on one shape: arrays in, arrays out. Imports torch: load it late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.detectors.category import confidence_of
from kpstudio.detectors.point_maps import spread_confidence, tensor
from kpstudio.geometry.chamfer import nearest
from kpstudio.nn.keypoint_deformer import KeypointDeformerNet, Prediction

_CHUNK = 16384


@dataclass(frozen=True, eq=False)
class PredictedKeypoints:
    """What the network says of one shape, normalised frame.

    Parameters
    ----------
    keypoints
        (k,3) positions.
    confidence
        (k,) 0..1.
    prediction
        The network's own words, with which to ask for more.
    """

    keypoints: FloatArray
    confidence: FloatArray
    prediction: Prediction


@torch.inference_mode()
def predict(net: KeypointDeformerNet, points: FloatArray) -> PredictedKeypoints:
    """Return the keypoints of a cloud (n,3).

    Confidence is exp(-(s / 0.1)^2 / 2), s in longest sides of the shape: the spread of the weights
    around the keypoint (softmax head), or its distance to the cloud (regression head).
    """
    cloud = tensor(points)
    prediction = net(cloud)
    keypoints = prediction.keypoints[0].double().numpy()
    if prediction.weights is None:
        confidence = confidence_of(nearest(keypoints, points)[1])
    else:
        confidence = spread_confidence(prediction.keypoints, cloud, prediction.weights)
    return PredictedKeypoints(keypoints, confidence, prediction)


@torch.inference_mode()
def influence_matrix(
    net: KeypointDeformerNet, predicted: PredictedKeypoints, cage_vertices: FloatArray
) -> FloatArray:
    """Return the influence (c,k) for the shape's cage (c,3), rows summing to 1."""
    cage = torch.from_numpy(cage_vertices.astype(np.float32))[None]
    matrix: FloatArray = net.influences(predicted.prediction, cage)[0].double().numpy()
    # Single precision leaves the sums a millionth off.
    matrix /= matrix.sum(axis=1, keepdims=True)
    return matrix


@torch.inference_mode()
def heatmaps(
    net: KeypointDeformerNet,
    predicted: PredictedKeypoints,
    points: FloatArray,
    ctx: RunContext,
) -> FloatArray | None:
    """Return heat (n,k) at any points (n,3) of the shape, largest 1; None without heatmaps.

    Raises
    ------
    Cancelled
        Between two chunks of points.
    """
    if predicted.prediction.weights is None:
        return None
    parts = []
    for start in range(0, len(points), _CHUNK):
        ctx.progress(start / len(points), "Drawing heatmaps")
        part = torch.from_numpy(points[start : start + _CHUNK].astype(np.float32))
        parts.append(net.heatmaps(predicted.prediction, part).numpy())
    heat: FloatArray = np.concatenate(parts).astype(np.float64)
    heat /= np.maximum(heat.max(axis=0), np.finfo(float).tiny)
    return heat
