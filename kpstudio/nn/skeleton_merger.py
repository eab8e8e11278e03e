"""Skeleton Merger: keypoints whose skeleton, edge by edge, covers the shape.

Shi, Xue, You, Lu 2021, "Skeleton Merger: an unsupervised aligned keypoint detector", CVPR,
doi:10.1109/CVPR46437.2021.00011. Keypoints are convex combinations of the points; every pair of
them is an edge with an activation strength; the decoder samples points along all edges, each moved
by a learned offset, and the composite Chamfer distance compares them with the cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.pointnet import initialise
from kpstudio.nn.pointnet2 import PointFeatures

#: Of the source, in its frame of longest side 2: smoothing of distances, cost of a point that no
#: edge accounts for, spread of the offsets at the start.
_SMOOTH, _UNCOVERED, _OFFSET = 1e-4, 20.0, 0.002


@dataclass(frozen=True)
class SkeletonMergerConfig:
    """Sizes of the network; the source has four levels and up to 200 points on an edge."""

    keypoints: int = parameter(10, "Number of keypoints.", low=2, high=64)
    fine: int = parameter(256, "Balls of the first level.", low=16, high=4096)
    coarse: int = parameter(64, "Balls of the second level.", low=4, high=4096)
    width: int = parameter(16, "Width of the narrowest layer.", low=4, high=128)
    edge_points: int = parameter(16, "Points on an edge.", low=2, high=200)


class Skeleton(NamedTuple):
    """Keypoints (b,k,3), their weights on the points (b,n,k), and strengths (b,e) of the edges."""

    keypoints: Tensor
    weights: Tensor
    strengths: Tensor


class SkeletonMergerNet(nn.Module):
    """Keypoints and edge strengths of a cloud, and the skeleton they span.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: SkeletonMergerConfig) -> None:
        super().__init__()
        self.config = config
        #: (2,e) ends of the edges: every pair of keypoints once.
        self.ends: Tensor
        self.register_buffer("ends", torch.triu_indices(config.keypoints, config.keypoints, 1))
        edges = self.ends.shape[1]
        self.features = PointFeatures(config.fine, config.coarse, config.width)
        self.logits = nn.Linear(self.features.width, config.keypoints)
        whole = self.features.whole_width
        self.strengths = nn.Sequential(
            nn.Linear(whole, whole), nn.ReLU(), nn.Linear(whole, whole // 2), nn.ReLU(),
            nn.Linear(whole // 2, edges),
        )  # fmt: skip
        initialise(self.logits)
        initialise(self.strengths)
        self.offsets = nn.Parameter(torch.randn(edges, config.edge_points, 3) * _OFFSET / 2.0)

    def forward(self, points: Tensor) -> Skeleton:
        """Return the skeleton of clouds (b,n,3) in the normalised frame (cube +-0.5)."""
        local, whole = self.features(2.0 * points)
        weights = self.logits(local).softmax(dim=1)
        keypoints = weights.transpose(1, 2) @ points
        return Skeleton(keypoints, weights, self.strengths(whole).sigmoid())

    def edge_points(self, keypoints: Tensor) -> Tensor:
        """Return (b,e,m,3) points along the edges between keypoints (b,k,3), with offsets."""
        start, end = keypoints[:, self.ends[0], None], keypoints[:, self.ends[1], None]
        count = self.config.edge_points
        steps = torch.linspace(0.0, 1.0, count, device=keypoints.device)[:, None]
        return start + (end - start) * steps + self.offsets


def composite_chamfer(cloud: Tensor, edges: Tensor, strengths: Tensor) -> Tensor:
    """Return the composite Chamfer distance of clouds and skeletons, mean over the batch.

    Fidelity: points of an edge shall lie near the cloud, weighted by the edge's strength.
    Coverage: every point of the cloud is accounted for by the edges nearest to it, each for as
    much as its strength, until that makes 1; what nobody accounts for costs 20. Distances are
    square roots, smoothed at zero, in a frame of longest side 2 as in the source.

    Parameters
    ----------
    cloud
        (b,n,3) points, longest side 1.
    edges
        (b,e,m,3) points of the edges.
    strengths
        (b,e) in 0..1.
    """
    batch, count, samples, _ = edges.shape
    # The smoothing keeps the gradient of cdist finite where points coincide.
    squared = torch.cdist(2.0 * edges.reshape(batch, -1, 3), 2.0 * cloud).square()
    squared = squared.reshape(batch, count, samples, -1)
    distances = (squared + _SMOOTH).sqrt()
    fidelity = (distances.amin(dim=3).mean(dim=2) * strengths).mean()
    to_edges, order = distances.amin(dim=2).sort(dim=1)
    sorted_strengths = strengths[:, :, None].expand_as(to_edges).gather(1, order)
    reached = sorted_strengths.cumsum(dim=1).clamp(max=1.0)
    before = torch.cat([torch.zeros_like(reached[:, :1]), reached[:, :-1]], dim=1)
    covered = ((reached - before) * to_edges).sum(dim=1)
    return fidelity + (covered + _UNCOVERED * (1.0 - reached[:, -1])).mean()


def make(config: Mapping[str, Any]) -> SkeletonMergerNet:
    """Return the network of a configuration, untrained."""
    return SkeletonMergerNet(build(SkeletonMergerConfig, config))


#: Model files of the two detectors that share the network.
SKELETON_MERGER = NetworkKind("skeleton-merger", make)
MUTUAL_RECONSTRUCTION = NetworkKind("mutual-reconstruction", make)
