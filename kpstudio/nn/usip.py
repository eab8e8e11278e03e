"""USIP: places that are found again wherever the cloud is moved, and how certain each is.

Li and Lee 2019, "USIP: unsupervised stable interest point detection from 3D point clouds", ICCV,
doi:10.1109/ICCV.2019.00045.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.groups import nearest_points
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.nodes import NodeFeatures
from kpstudio.nn.pointnet import initialise
from kpstudio.nn.pointnet2 import shared_layers
from kpstudio.nn.sampling import gather

KIND = "usip"
#: Least uncertainty.
_LEAST = 1e-4


@dataclass(frozen=True)
class UsipConfig:
    """Sizes of the network; the source has 512 nodes and four times the width."""

    nodes: int = parameter(256, "Number of nodes.", low=4, high=4096)
    neighbours: int = parameter(
        12, "Nodes that a node looks at: the receptive field.", low=1, high=512
    )
    width: int = parameter(64, "Width of the groups' features.", low=8, high=512)
    reach: float = parameter(
        0.1, "Radius of local reference frames (ours), 0 for none.", low=0.0, high=1.0
    )


class Proposals(NamedTuple):
    """Proposed keypoints (b,m,3), their uncertainty sigma (b,m), and the nodes (b,m,3)."""

    keypoints: Tensor
    sigma: Tensor
    nodes: Tensor


class UsipNet(nn.Module):
    """A proposal and its uncertainty for every node.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: UsipConfig) -> None:
        super().__init__()
        self.config = config
        self.features = NodeFeatures(
            config.nodes, config.neighbours, config.width, reach=config.reach
        )
        wide = self.features.width
        self.layers = shared_layers((wide, wide, wide // 2))
        self.answer = nn.Linear(wide // 2, 4)
        initialise(self.layers)
        nn.init.normal_(self.answer.weight, std=0.01)
        nn.init.zeros_(self.answer.bias)

    def forward(self, points: Tensor, normals: Tensor) -> Proposals:
        """Return the proposals of clouds (b,n,3) with normals (b,n,3), diameter 1."""
        places, features, frames = self.features(points, normals)
        answer = self.answer(self.layers(features))
        offsets = answer[:, :, :3]
        if frames is not None:
            offsets = (frames.transpose(2, 3) @ offsets[..., None])[..., 0]
        # At the start a sigma of a twentieth of the diameter: the source's scenes are larger.
        sigma = nn.functional.softplus(answer[:, :, 3] - 3.0) + _LEAST
        return Proposals(places + offsets, sigma, places)


def probabilistic_chamfer(
    keypoints: Tensor, sigma: Tensor, others: Tensor, other_sigma: Tensor
) -> Tensor:
    """Return how improbable it is that two sets of proposals are the same places.

    ln s + d / s of every proposal and the nearest of the other set, s the mean of their
    uncertainties; both directions. Equation 3 of the source.

    Parameters
    ----------
    keypoints, others
        (b,m,3) proposals of two clouds, in one frame.
    sigma, other_sigma
        (b,m) their uncertainties.
    """

    def one_way(a: Tensor, s: Tensor, b: Tensor, t: Tensor) -> Tensor:
        index = nearest_points(a, b, 1)[1][:, :, 0]
        distance = (a - gather(b, index)).square().sum(dim=2).clamp(min=1e-12).sqrt()
        mean = (s + t.gather(1, index)) / 2.0
        return (mean.log() + distance / mean).mean()

    forward = one_way(keypoints, sigma, others, other_sigma)
    return forward + one_way(others, other_sigma, keypoints, sigma)


def to_cloud(keypoints: Tensor, points: Tensor) -> Tensor:
    """Return the mean distance of keypoints (b,m,3) to the nearest point of clouds (b,n,3)."""
    index = nearest_points(keypoints, points, 1)[1][:, :, 0]
    squared = (keypoints - gather(points, index)).square().sum(dim=2)
    return squared.clamp(min=1e-12).sqrt().mean()


def degeneracy(proposals: Proposals) -> Tensor:
    """Return (b,) how far proposals have collapsed: 0 none, 1 all into one place or one line.

    With a receptive field that spans the shape, the centroid and the principal axis are the most
    repeatable places, and the network proposes nothing else (section 4.3 of the source). Measured
    by the second largest spread of the proposals against that of the nodes: a centroid has none,
    an axis has one direction alone.
    """

    def second_spread(points: Tensor) -> Tensor:
        centred = points - points.mean(dim=1, keepdim=True)
        values: Tensor = torch.linalg.svdvals(centred)
        return values[:, 1]

    share = second_spread(proposals.keypoints) / second_spread(proposals.nodes).clamp(min=1e-9)
    return (1.0 - share).clamp(0.0, 1.0)


def make(config: Mapping[str, Any]) -> UsipNet:
    """Return the network of a configuration, untrained."""
    return UsipNet(build(UsipConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
