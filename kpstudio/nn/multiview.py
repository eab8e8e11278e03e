"""Multi-view discovery: 2D keypoints of several pictures, joined in space, draw the subject again.

Honari, Zhao, Salzmann, Fua 2022, "Unsupervised 3D keypoint discovery with multi-view geometry",
arXiv:2211.12829. An encoder finds keypoints in every picture, triangulation joins them, and where
they fall back into the pictures a decoder draws the subject's mask and the subject. The encoder is
any backbone and landmark head here, in place of the source's own.
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
from kpstudio.nn.landmark_heads import LANDMARK_HEADS, make_landmark_head
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_layers import convolved
from kpstudio.nn.picture_maps import gaussian_maps

KIND = "multiview"

#: Width of the decoder's Gaussians, unit coordinates.
_SIGMA = 0.12
#: No picture counts for nothing in triangulation.
_LEAST = 0.02


@dataclass(frozen=True)
class MultiviewConfig(BackboneConfig):
    """Sizes of the network, and the camera of the pictures it was trained on."""

    head: str = parameter(
        "factorised", "How features become keypoints.", choices=tuple(LANDMARK_HEADS)
    )
    keypoints: int = parameter(12, "Number of keypoints.", low=4, high=64)
    descriptor: int = parameter(8, "Length of a keypoint's description.", low=1, high=64)
    size: int = parameter(64, "Side of the pictures.", unit="pixels", low=16, high=512)
    angle: float = parameter(37.0, "Angle of view.", unit="degrees", low=1.0, high=120.0)
    distance: float = parameter(2.5, "Distance of the camera, longest sides.", low=0.5, high=1e3)


class Encoded(NamedTuple):
    """What is found in b pictures.

    Parameters
    ----------
    places
        (b,k,2) keypoints, unit coordinates.
    maps
        (b,k,h,w) probabilities.
    weights
        (b,k) how much each counts in triangulation, up to 1.
    descriptors
        (b,k,d) what the surroundings of each look like.
    """

    places: Tensor
    maps: Tensor
    weights: Tensor
    descriptors: Tensor


class Drawn(NamedTuple):
    """Mask (b,h,w), as logits, and subject (b,3,h,w) in 0..1, of the size of the maps."""

    mask: Tensor
    subject: Tensor


class MultiviewNet(nn.Module):
    """Encoder of single pictures, and the decoder that it is trained with.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: MultiviewConfig) -> None:
        super().__init__()
        self.config = config
        width, count = config.width, config.keypoints
        self.backbone = make_backbone(config.backbone, width, config.halved)
        self.head = make_landmark_head(config.head, width, count)
        self.sureness = nn.Conv2d(width, count, 1)
        self.describe = nn.Conv2d(width, config.descriptor, 1)
        half = width // 2
        self.draw = nn.Sequential(convolved(count, half), HourglassFeatures(half))
        self.mask = nn.Conv2d(half, 1, 3, padding=1)
        self.paint = nn.Sequential(
            convolved(half + config.descriptor, half), nn.Conv2d(half, 3, 3, padding=1)
        )

    def forward(self, pictures: Tensor) -> Encoded:
        """Return what is found in pictures (b,3,h,w), red, green and blue 0..1."""
        features = self.backbone(pictures)
        places, maps = self.head(features)
        sure = torch.einsum("bkhw,bkhw->bk", maps, self.sureness(features)).sigmoid()
        descriptors = torch.einsum("bkhw,bdhw->bkd", maps, self.describe(features))
        return Encoded(places, maps, _LEAST + (1.0 - _LEAST) * sure, descriptors)

    def draw_mask(self, places: Tensor, size: tuple[int, int]) -> Tensor:
        """Return logits (b,h,w) of the subject's mask, told only where keypoints (b,k,2) are."""
        return self._from_places(gaussian_maps(places, size, _SIGMA))[1]

    def decode(self, places: Tensor, descriptors: Tensor, size: tuple[int, int]) -> Drawn:
        """Return mask and subject from keypoints.

        Parameters
        ----------
        places
            (b,k,2) unit coordinates.
        descriptors
            (b,k,d); the mask knows nothing of them.
        size
            Height and width of what is drawn.
        """
        spots = gaussian_maps(places, size, _SIGMA)
        features, mask = self._from_places(spots)
        painted = torch.einsum("bkhw,bkd->bdhw", spots, descriptors)
        subject = self.paint(torch.cat([features, painted], dim=1))
        return Drawn(mask, subject.sigmoid())

    def _from_places(self, spots: Tensor) -> tuple[Tensor, Tensor]:
        features = self.draw(spots)
        return features, self.mask(features)[:, 0]


def make(config: Mapping[str, Any]) -> MultiviewNet:
    """Return the network of a configuration, untrained."""
    return MultiviewNet(build(MultiviewConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
