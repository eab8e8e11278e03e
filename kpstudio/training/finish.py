"""From a trained network to a model: its shape prior, its names, its lines."""

from __future__ import annotations

import numpy as np
import torch

from kpstudio.base.arrays import FloatArray
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.deformation.prior import fit_prior
from kpstudio.nn.keypoint_deformer import KeypointDeformerNet
from kpstudio.nn.keypoint_deformer_file import KeypointDeformerModel
from kpstudio.training.pool import Pool

_CHUNK = 16


@torch.inference_mode()
def predicted_keypoints(net: KeypointDeformerNet, pool: Pool) -> FloatArray:
    """Return (s,k,3) the keypoints of all shapes of a pool, unchanged, normalised frame."""
    device = next(net.parameters()).device
    parts = [
        net(torch.from_numpy(pool.points[start : start + _CHUNK]).to(device)).keypoints.cpu()
        for start in range(0, len(pool), _CHUNK)
    ]
    return torch.cat(parts).double().numpy()


def finished_model(
    net: KeypointDeformerNet, pool: Pool, names: tuple[str, ...], category: str
) -> KeypointDeformerModel:
    """Return the model of a trained network, with the prior of its keypoints on the pool.

    Parameters
    ----------
    net
        The trained network; it goes to the CPU and into evaluation mode.
    pool
        The training shapes, two at least.
    names
        k names of the keypoints.
    category
        The category.
    """
    net.eval().requires_grad_(False)
    prior = fit_prior(predicted_keypoints(net, pool))
    mirror = net.config.keypoint_mirror
    schema = KeypointSchema(names, mirror=mirror, edges=spanning_edges(prior.mean, mirror))
    return KeypointDeformerModel(net.cpu(), schema, category, prior)


def spanning_edges(keypoints: FloatArray, mirror: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Return lines between keypoints (k,3): their shortest tree, and its mirror image.

    Prim 1957, "Shortest connection networks and some generalizations",
    doi:10.1002/j.1538-7305.1957.tb01515.x.
    """
    distances = np.linalg.norm(keypoints[:, None] - keypoints[None], axis=2)
    joined, edges = [0], set()
    while len(joined) < len(keypoints):
        outside = [index for index in range(len(keypoints)) if index not in joined]
        table = distances[np.ix_(joined, outside)]
        row, column = np.unravel_index(table.argmin(), table.shape)
        a, b = joined[int(row)], outside[int(column)]
        edges |= {(min(a, b), max(a, b))}
        a, b = mirror[a], mirror[b]
        if min(a, b) >= 0:
            edges |= {(min(a, b), max(a, b))}
        joined.append(outside[int(column)])
    return tuple(sorted(edges))
