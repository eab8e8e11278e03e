"""Category-specific symmetric keypoints: a learned linear shape space, mirrored by a learned plane.

Fernandez-Labrador, Chhatkuli, Paudel, Guerrero, Demonceaux, Van Gool 2020, "Unsupervised learning
of category-specific symmetric 3D keypoints from point sets", ECCV, arXiv:2003.07619.

One branch proposes nodes from local groups of the cloud; the other explains them with a rotation
about the up axis and coefficients c of a basis B that the whole category shares,

    half = mat(B c),   keypoints = R [half, A half],   A the reflection by the plane's normal n,

so keypoint i and keypoint i + k/2 are mirror partners on every shape.
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
from kpstudio.nn.pointnet import PointNetEncoder, initialise
from kpstudio.nn.pointnet2 import shared_layers
from kpstudio.nn.sampling import gather

KIND = "symmetric"


@dataclass(frozen=True)
class SymmetricConfig:
    """Sizes of the network."""

    pairs: int = parameter(7, "Mirrored pairs of keypoints.", low=1, high=64)
    basis: int = parameter(10, "Vectors of the shape basis.", low=1, high=64)
    width: int = parameter(64, "Width of the groups' features.", low=8, high=512)
    neighbours: int = parameter(3, "Nodes that a node looks at.", low=1, high=64)


class SymmetricKeypoints(NamedTuple):
    """Keypoints (b,k,3), nodes (b,k,3), coefficients (b,c) and yaw (b,), normalised frame."""

    keypoints: Tensor
    nodes: Tensor
    coefficients: Tensor
    yaw: Tensor


class SymmetricNet(nn.Module):
    """Nodes of a cloud, and the symmetric keypoints that explain them.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: SymmetricConfig) -> None:
        super().__init__()
        self.config = config
        count = 2 * config.pairs
        self.features = NodeFeatures(count, config.neighbours, config.width, normals=False)
        self.offsets = nn.Sequential(
            shared_layers((self.features.width, self.features.width)),
            nn.Linear(self.features.width, 3),
        )
        self.encoder = PointNetEncoder((64, 128, config.basis + 1))
        self.basis = nn.Parameter(0.3 * torch.randn(config.pairs, 3, config.basis))
        self.normal = nn.Parameter(torch.tensor([1.0, 0.05, 0.05]))
        initialise(self.offsets)

    @property
    def plane(self) -> Tensor:
        """(3,) unit normal of the mirror plane through the origin, before the rotation."""
        return self.normal / self.normal.norm()

    def forward(self, points: Tensor) -> SymmetricKeypoints:
        """Return the keypoints of clouds (b,n,3) in the normalised frame (cube +-0.5)."""
        found = self.features(2.0 * points)
        nodes = found.places + self.offsets(found.features)
        answer = self.encoder(2.0 * points)[1]
        coefficients, yaw = answer[:, :-1], answer[:, -1]
        half = torch.einsum("pdc,bc->bpd", self.basis, coefficients)
        plane = self.plane
        mirrored = half - 2.0 * (half @ plane)[..., None] * plane
        keypoints = torch.cat([half, mirrored], dim=1) @ about_up(yaw).transpose(1, 2)
        return SymmetricKeypoints(keypoints / 2.0, nodes / 2.0, coefficients, yaw)


def about_up(yaw: Tensor) -> Tensor:
    """Return rotations (b,3,3) by angles (b,) about the y axis."""
    cos, sin = yaw.cos(), yaw.sin()
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)
    rows = [cos, zero, sin, zero, one, zero, -sin, zero, cos]
    return torch.stack(rows, dim=1).reshape(-1, 3, 3)


def coverage(nodes: Tensor, points: Tensor) -> Tensor:
    """Return how far the box of nodes (b,k,3) differs from that of clouds (b,n,3): Huber of sides.

    The source compares volumes or extents; extents do not vanish with one flat side.
    """
    side = nodes.amax(dim=1) - nodes.amin(dim=1)
    goal = points.amax(dim=1) - points.amin(dim=1)
    return nn.functional.smooth_l1_loss(side, goal, beta=0.1, reduction="none").sum(dim=1).mean()


def inclusivity(nodes: Tensor, points: Tensor) -> Tensor:
    """Return the mean squared distance of nodes (b,k,3) to the nearest point of clouds (b,n,3)."""
    index = nearest_points(nodes, points, 1)[1][:, :, 0]
    return (nodes - gather(points, index)).square().sum(dim=2).mean()


def make(config: Mapping[str, Any]) -> SymmetricNet:
    """Return the network of a configuration, untrained."""
    return SymmetricNet(build(SymmetricConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
