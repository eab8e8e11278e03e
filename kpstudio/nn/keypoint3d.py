"""Keypoint3D: places, depths and attention of every picture, joined in space, draw them again.

Chen, Abbeel, Pathak 2021, "Unsupervised learning of visual 3D keypoints for control", ICML,
arXiv:2106.07643. In every picture each keypoint has a map of confidence and a map of depths. The
mean of the first says how much a picture counts when all are joined to one place in space, from
where the keypoint is drawn back into the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.backbones import BackboneConfig, make_backbone
from kpstudio.nn.hourglass import HourglassFeatures
from kpstudio.nn.keypointnet import lift
from kpstudio.nn.keypointnet_losses import Eyes
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_layers import convolved
from kpstudio.nn.picture_maps import expectation, gaussian_maps, softmax_maps

KIND = "keypoint3d"

#: Width of the spots that the decoder sees, unit coordinates.
_SIGMA = 0.12


@dataclass(frozen=True)
class Keypoint3DConfig(BackboneConfig):
    """Sizes of the network, and the camera of the pictures it was trained on."""

    keypoints: int = parameter(12, "Number of keypoints.", low=4, high=64)
    look: int = parameter(8, "Numbers that say how a picture looks.", low=1, high=64)
    size: int = parameter(64, "Side of the pictures.", unit="pixels", low=16, high=512)
    angle: float = parameter(37.0, "Angle of view.", unit="degrees", low=1.0, high=120.0)
    distance: float = parameter(2.5, "Distance of the camera, longest sides.", low=0.5, high=1e3)


class Encoded3D(NamedTuple):
    """What is found in b pictures.

    Parameters
    ----------
    places
        (b,k,2) keypoints, unit coordinates.
    depths
        (b,k) along the camera's axis, longest sides of the shape.
    maps
        (b,k,h,w) probabilities.
    depth_maps
        (b,k,h,w) depth of each keypoint if it were at that place.
    attention
        (b,k) mean of the confidence map: the logarithm of how much a picture counts.
    look
        (b,d) what the decoder is told of colours and light (ours: pictures of one shape differ).
    """

    places: Tensor
    depths: Tensor
    maps: Tensor
    depth_maps: Tensor
    attention: Tensor
    look: Tensor


class Keypoint3DNet(nn.Module):
    """Encoder of single pictures, and the decoder that it is trained with.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: Keypoint3DConfig) -> None:
        super().__init__()
        self.config = config
        width, count = config.width, config.keypoints
        self.backbone = make_backbone(config.backbone, width, config.halved)
        self.confidence = nn.Conv2d(width, count, 1)
        self.depth = nn.Conv2d(width, count, 1)
        self.look = nn.Linear(width, config.look)
        half = width // 2
        self.draw = nn.Sequential(
            convolved(count + config.look, half),
            HourglassFeatures(half),
            nn.Conv2d(half, 3, 3, padding=1),
        )

    def forward(self, pictures: Tensor) -> Encoded3D:
        """Return what is found in pictures (b,3,h,w), red, green and blue 0..1."""
        features = self.backbone(pictures)
        confidence = self.confidence(features)
        maps = softmax_maps(confidence)
        depths = self.config.distance + self.depth(features)
        return Encoded3D(
            expectation(maps),
            (maps * depths).sum(dim=(2, 3)),
            maps,
            depths,
            confidence.mean(dim=(2, 3)),
            self.look(features.mean(dim=(2, 3))),
        )

    def decode(
        self, places: Tensor, attention: Tensor, look: Tensor, size: tuple[int, int]
    ) -> Tensor:
        """Return pictures (b,3,h,w) in 0..1.

        Parameters
        ----------
        places
            (b,k,2) where joined keypoints fall into each picture.
        attention
            (b,k) of each picture: keypoints it is not sure of are faint.
        look
            (b,d).
        size
            Height and width of what is drawn.
        """
        spots = gaussian_maps(places, size, _SIGMA) * attention.sigmoid()[:, :, None, None]
        everywhere = look[:, :, None, None].expand(-1, -1, *size)
        pictures: Tensor = self.draw(torch.cat([spots, everywhere], dim=1))
        return pictures.sigmoid()


def in_space(found: Encoded3D, eyes: Eyes) -> Tensor:
    """Return (b,k,3) where each picture by itself puts its keypoints, in the world."""
    return eyes.to_world(lift(found.places, found.depths, eyes.focal))


def joined(points: Tensor, attention: Tensor) -> Tensor:
    """Return (s,k,3) the keypoints of s shapes: means over pictures, weighted by attention.

    Parameters
    ----------
    points
        (s,v,k,3) of v pictures of each.
    attention
        (s,v,k) logarithms of weights.
    """
    return (attention.softmax(dim=1)[..., None] * points).sum(dim=1)


def make(config: Mapping[str, Any]) -> Keypoint3DNet:
    """Return the network of a configuration, untrained."""
    return Keypoint3DNet(build(Keypoint3DConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
