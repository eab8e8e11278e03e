"""Landmarks from which, with a few numbers each, the picture can be drawn again.

Zhang, Guo, Jin, Luo, He, Lee 2018, "Unsupervised discovery of object landmarks as structural
representations", CVPR, arXiv:1804.04412. An encoder shares every pixel among k landmarks and the
background; a decoder sees only Gaussians at the landmarks and a descriptor of each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.backbones import BackboneConfig, make_backbone
from kpstudio.nn.equivariance import equivariance_loss
from kpstudio.nn.hourglass import HourglassFeatures
from kpstudio.nn.landmark_heads import StructuralHead
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_layers import convolved
from kpstudio.nn.picture_maps import expectation, gaussian_maps, variance
from kpstudio.nn.picture_warps import Warp

KIND = "structural-landmarks"
#: Width of the decoder's Gaussians, unit coordinates.
DECODER_SIGMA = 0.1
#: Width within which landmarks push each other away, unit coordinates.
SEPARATION_SIGMA = 0.15


@dataclass(frozen=True)
class StructuralLandmarksConfig(BackboneConfig):
    """Sizes of the network."""

    landmarks: int = parameter(10, "Number of landmarks.", low=1, high=64)
    descriptor: int = parameter(8, "Length of a landmark's descriptor.", low=1, high=64)


class Structure(NamedTuple):
    """What a picture is made of.

    Places (b,k,2) in unit coordinates; maps (b,k,h,w), each adding up to 1 over the pixels; and
    descriptors (b,k+1,d), the last of the background.
    """

    places: Tensor
    maps: Tensor
    descriptors: Tensor


class StructuralLandmarksNet(nn.Module):
    """The encoder, and the decoder that it is trained with.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: StructuralLandmarksConfig) -> None:
        super().__init__()
        self.config = config
        width, shares = config.width, config.landmarks + 1
        self.backbone = make_backbone(config.backbone, width, config.halved)
        self.head = StructuralHead(width, config.landmarks)
        self.describe = nn.Conv2d(width, config.descriptor, 1)
        # Each landmark reads its descriptor in its own way.
        self.read = nn.Parameter(torch.randn(shares, config.descriptor, width) / width**0.5)
        self.mix = convolved(width + shares, width, 1)
        self.draw = HourglassFeatures(width)
        self.colour = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, pictures: Tensor) -> Structure:
        """Return the structure of pictures (b,3,h,w) in 0..1."""
        features = self.backbone(pictures)
        maps = self.head.maps(features)
        descriptors = torch.einsum("bkhw,bdhw->bkd", maps, self.describe(features))
        return Structure(expectation(maps[:, :-1]), maps[:, :-1], descriptors)

    def decode(self, structure: Structure) -> Tensor:
        """Return pictures (b,3,h,w) in 0..1 from places and descriptors alone."""
        height, width = structure.maps.shape[2:]
        shares = landmark_shares(structure.places, (height, width))
        read = torch.einsum("bkd,kdw->bkw", structure.descriptors, self.read).relu()
        painted = torch.einsum("bkhw,bkc->bchw", shares, read)
        drawn = self.draw(self.mix(torch.cat([painted, shares], dim=1)))
        if self.config.halved:
            drawn = nn.functional.interpolate(drawn, scale_factor=2.0, mode="nearest")
        pictures: Tensor = self.colour(drawn)
        return pictures.sigmoid()


def landmark_shares(places: Tensor, size: tuple[int, int], sigma: float = DECODER_SIGMA) -> Tensor:
    """Return shares (b,k+1,h,w) of each pixel, from places (b,k,2) alone.

    Densities of Gaussians at the landmarks against 1 for the background, made to add up to 1.

    Parameters
    ----------
    places
        The landmarks.
    size
        Height and width of the maps.
    sigma
        Width of the Gaussians, unit coordinates.
    """
    density = gaussian_maps(places, size, sigma) / (2.0 * math.pi * sigma**2)
    raw = torch.cat([density, torch.ones_like(density[:, :1])], dim=1)
    return raw / raw.sum(dim=1, keepdim=True)


def concentration(maps: Tensor) -> Tensor:
    """Return the mean over pictures of the sum over landmarks of exp(entropy) of their Gaussians.

    2 pi e sigma^2 of the round Gaussian that has the map's variance: the area it covers.

    Parameters
    ----------
    maps
        (b,k,h,w), each adding up to 1 over the pixels.
    """
    # `variance` is that of both axes together.
    area = 2.0 * math.pi * math.e * variance(maps) / 2.0
    return area.sum(dim=1).mean()


def separation(places: Tensor, sigma: float = SEPARATION_SIGMA) -> Tensor:
    """Return the mean over pictures of the sum over ordered pairs of exp(-d^2 / (2 sigma^2)).

    Parameters
    ----------
    places
        (b,k,2) landmarks.
    sigma
        How near is too near, unit coordinates.
    """
    squared = (places[:, :, None] - places[:, None]).square().sum(dim=3)
    # Each landmark's own term is 1.
    return (-0.5 * squared / sigma**2).exp().sum(dim=(1, 2)).mean() - places.shape[1]


def losses(
    net: StructuralLandmarksNet, pictures: Tensor, warped: Tensor, warp: Warp
) -> dict[str, Tensor]:
    """Return what the network learns from, by name, to be weighted and added.

    Parameters
    ----------
    net
        The network.
    pictures, warped
        (b,3,h,w) pictures, and others of the same with a known correspondence.
    warp
        It takes places of the second to the first.
    """
    first, second = net(pictures), net(warped)
    return {
        "reconstruction": nn.functional.mse_loss(net.decode(first), pictures),
        "concentration": concentration(first.maps),
        "separation": separation(first.places),
        "equivariance": equivariance_loss(first.places, second.places, warp),
    }


def make(config: Mapping[str, Any]) -> StructuralLandmarksNet:
    """Return the network of a configuration, untrained."""
    return StructuralLandmarksNet(build(StructuralLandmarksConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
