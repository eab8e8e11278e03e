"""Structure from pictures of a category: keypoints, the lines between them, and a shape in space.

After Wang and others, structure from category image collections: k heatmaps give keypoints; a mean
shape and a basis, turned, scaled and shifted, explain them in space; and a picture is drawn again
from lines between the keypoints, whose weights, the same for all pictures, become a skeleton. The
lines are those of He, Wandt, Rhodin 2022, "AutoLink: self-supervised learning of human skeletons
and object outlines by linking keypoints", NeurIPS, arXiv:2205.10636.

Ours: perspective in the formula of the picture, and what is drawn again are colours and edge
strengths instead of the features of a network that learned from millions of photos.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.backbones import BackboneConfig, make_backbone
from kpstudio.nn.hourglass import HourglassFeatures
from kpstudio.nn.landmark_heads import LANDMARK_HEADS, make_landmark_head
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_layers import convolved
from kpstudio.nn.picture_maps import pixel_places

KIND = "image-structure"
#: Width of a line, unit coordinates.
LINE = 0.07
#: Channels of what is drawn again: red, green, blue, edge strength.
CHANNELS = 4
#: Side of the maps that the pose is read from, and width of its hidden layer.
_GRID, _HIDDEN = 4, 96
#: Numbers of a pose: two columns of a rotation, scale, shift.
_POSE = 9
_TINY = 1e-6


@dataclass(frozen=True)
class ImageStructureConfig(BackboneConfig):
    """Sizes of the network, and the camera of the pictures it was trained on."""

    keypoints: int = parameter(12, "Number of keypoints.", low=4, high=64)
    basis: int = parameter(6, "Coefficients of a shape.", low=0, high=64)
    head: str = parameter(
        "factorised", "How keypoints share the picture.", choices=tuple(LANDMARK_HEADS)
    )
    size: int = parameter(64, "Side of the pictures.", unit="pixels", low=16, high=512)
    angle: float = parameter(37.0, "Angle of view.", unit="degrees", low=1.0, high=120.0)
    distance: float = parameter(2.5, "Distance of the camera, longest sides.", low=0.5, high=1e3)

    @property
    def scale(self) -> float:
        """Unit coordinates a longest side, in the middle of a shape in the usual distance."""
        return 1.0 / (self.distance * math.tan(math.radians(self.angle) / 2.0))


class Pose(NamedTuple):
    """Where b shapes are: rotations (b,3,3) to camera axes, scales (b,), shifts (b,2).

    A scale of 1 is that of the usual distance; shifts are in unit coordinates.
    """

    rotation: Tensor
    scale: Tensor
    shift: Tensor


class ImageStructure(NamedTuple):
    """What b pictures show.

    Parameters
    ----------
    places
        (b,k,2) keypoints in unit coordinates, of the heatmaps.
    maps
        (b,k,h,w) their probabilities.
    shape
        (b,k,3) the shape in its own axes, longest sides.
    rotation, scale, shift
        As of a `Pose`.
    edge_map
        (b,h,w) the lines between the keypoints.
    """

    places: Tensor
    maps: Tensor
    shape: Tensor
    rotation: Tensor
    scale: Tensor
    shift: Tensor
    edge_map: Tensor

    @property
    def pose(self) -> Pose:
        """Where the shape is."""
        return Pose(self.rotation, self.scale, self.shift)


class ImageStructureNet(nn.Module):
    """Keypoints, shape and pose of a picture, and the decoder that it is trained with.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: ImageStructureConfig) -> None:
        super().__init__()
        self.config = config
        width, count = config.width, config.keypoints
        self.backbone = make_backbone(config.backbone, width, config.halved)
        self.head = make_landmark_head(config.head, width, count)
        self.look_closer = nn.Sequential(
            convolved(width, width, stride=2), convolved(width, width, stride=2),
            nn.AdaptiveAvgPool2d(_GRID), nn.Flatten(),
        )  # fmt: skip
        self.put_together = nn.Sequential(
            nn.Linear(width * _GRID**2 + 2 * count, _HIDDEN), nn.ReLU(),
            nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU(),
        )  # fmt: skip
        self.pose = nn.Linear(_HIDDEN, _POSE)
        self.coefficients = nn.Linear(_HIDDEN, config.basis)
        self.mean = nn.Parameter(0.15 * torch.randn(count, 3))
        self.modes = nn.Parameter(0.02 * torch.randn(config.basis, count, 3))
        #: The pairs of keypoints.
        self.pairs = list(combinations(range(count), 2))
        self.edges = nn.Parameter(torch.zeros(len(self.pairs)))
        half = width // 2
        self.mix = convolved(1 + CHANNELS, half, 1)
        self.draw = nn.Sequential(HourglassFeatures(half), nn.Conv2d(half, CHANNELS, 1))

    @property
    def weights(self) -> Tensor:
        """(e,) weight 0..1 of the line between each pair of keypoints."""
        return self.edges.sigmoid()

    def forward(self, pictures: Tensor) -> ImageStructure:
        """Return the structure of pictures (b,3,h,w) in 0..1."""
        features = self.backbone(pictures)
        found = self.head(features)
        # Keypoints tell the most of a pose, and learn sooner than it does.
        told = torch.cat([self.look_closer(features), found.places.detach().flatten(1)], dim=1)
        hidden = self.put_together(told)
        pose = read_pose(self.pose(hidden))
        shape = self.mean + torch.einsum("bm,mki->bki", self.coefficients(hidden), self.modes)
        size = (int(features.shape[2]), int(features.shape[3]))
        lines = self.edge_map(found.places, size)
        return ImageStructure(found.places, found.maps, shape, *pose, lines)

    def edge_map(self, places: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (b,h,w) the strongest of the lines between keypoints (b,k,2) at every pixel.

        A line is its weight times exp(-d^2 / LINE^2) at distance d.
        """
        starts, ends = (places[:, [pair[side] for pair in self.pairs]] for side in (0, 1))
        pixels = pixel_places(size, places).flatten(0, 1).expand(len(places), -1, -1)
        with torch.no_grad():
            reach = squared_distances(pixels[:, None], starts[:, :, None], ends[:, :, None])
            strongest = (self.weights.log()[:, None] - reach / LINE**2).argmax(dim=1)
        # Only one line of each pixel has a gradient, so only that one is computed with it.
        row = torch.arange(len(places), device=places.device)[:, None]
        starts, ends = starts[row, strongest], ends[row, strongest]
        lines = (-squared_distances(pixels, starts, ends) / LINE**2).exp()
        return (self.weights[strongest] * lines).unflatten(1, size)  # type: ignore[no-untyped-call]

    def decode(self, edge_map: Tensor, hint: Tensor) -> Tensor:
        """Return colours and edge strengths (b,4,h,w) of a picture, from its lines and a hint.

        Parameters
        ----------
        edge_map
            (b,h,w) lines.
        hint
            (b,4,h,w) the colours of some parts of the picture, and 1 where those are.
        """
        drawn: Tensor = self.draw(self.mix(torch.cat([edge_map[:, None], hint], dim=1)))
        return drawn

    def project(self, shape: Tensor, pose: Pose) -> Tensor:
        """Return unit coordinates (b,k,2) of shapes (b,k,3) in poses.

        u = s f (R X)_xy / (1 + (R X)_z / D) + t, D being the usual distance and f the size of a
        longest side there.
        """
        turned = shape @ pose.rotation.transpose(1, 2)
        nearness = 1.0 + turned[..., 2:] / self.config.distance
        scale = (self.config.scale * pose.scale)[:, None, None]
        return scale * turned[..., :2] / nearness.clamp(min=0.1) + pose.shift[:, None]


def read_pose(numbers: Tensor) -> Pose:
    """Return poses of what a network says of them (b,9), any numbers.

    Rotations by Gram-Schmidt on two columns: Zhou, Barnes, Lu, Yang, Li 2019, "On the continuity of
    rotation representations in neural networks", doi:10.1109/CVPR.2019.00589.
    """
    x = nn.functional.normalize(numbers[:, :3], dim=1, eps=_TINY)
    y = numbers[:, 3:6]
    y = nn.functional.normalize(y - (x * y).sum(dim=1, keepdim=True) * x, dim=1, eps=_TINY)
    rotation = torch.stack([x, y, torch.linalg.cross(x, y)], dim=2)
    return Pose(rotation, numbers[:, 6].clamp(-2.0, 2.0).exp(), numbers[:, 7:9])


def squared_distances(points: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Return (...,) squared distances of points (...,2) from segments (...,2) to (...,2)."""
    x, y = (points - starts).unbind(dim=-1)
    along_x, along_y = (ends - starts).unbind(dim=-1)
    length = (along_x.square() + along_y.square()).clamp(min=_TINY)
    share = ((x * along_x + y * along_y) / length).clamp(0.0, 1.0)
    return (x - share * along_x).square() + (y - share * along_y).square()


def make(config: Mapping[str, Any]) -> ImageStructureNet:
    """Return the network of a configuration, untrained."""
    return ImageStructureNet(build(ImageStructureConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
