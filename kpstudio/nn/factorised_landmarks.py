"""Landmarks that only have to move with the picture: probability maps and their expectations.

Thewlis, Bilen, Vedaldi 2017, "Unsupervised learning of object landmarks by factorized spatial
embeddings", doi:10.1109/ICCV.2017.348. The smallest detector that can be trained without labels:
alignment under known warps, and diversity so that the landmarks are not all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.backbones import BackboneConfig, make_backbone
from kpstudio.nn.equivariance import equivariance_loss
from kpstudio.nn.landmark_heads import FactorisedHead, Landmarks
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_maps import pixel_places
from kpstudio.nn.picture_warps import Warp, warp_table

KIND = "factorised-landmarks"


@dataclass(frozen=True)
class FactorisedLandmarksConfig(BackboneConfig):
    """Sizes of the network."""

    landmarks: int = parameter(10, "Number of landmarks.", low=1, high=64)


class FactorisedLandmarksNet(nn.Module):
    """A score map for every landmark, its softmax, and the expected place.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: FactorisedLandmarksConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = make_backbone(config.backbone, config.width, config.halved)
        self.head = FactorisedHead(config.width, config.landmarks)

    def forward(self, pictures: Tensor) -> Landmarks:
        """Return the landmarks of pictures (b,3,h,w) in 0..1."""
        landmarks: Landmarks = self.head(self.backbone(pictures))
        return landmarks


def map_alignment(first: Tensor, second: Tensor, table: Tensor) -> Tensor:
    """Return the mean over landmarks of sum over u, v of |u - g(v)|^2 p(u) p'(v).

    The alignment of whole maps, which also asks that they be narrow (equation 5 of the source).
    The double sum over pixels factors into sums over one picture each:

        sum |u|^2 p(u) + sum |g(v)|^2 p'(v) - 2 (sum u p(u)) . (sum g(v) p'(v)).

    Parameters
    ----------
    first, second
        (b,k,h,w) probabilities in a picture and in the warped one.
    table
        (b,h,w,2) g(v), the place in the first picture of each pixel of the second.
    """
    height, width = first.shape[2:]
    places = pixel_places((height, width), first).expand_as(table)
    mean, square = _moments(first, places)
    warped_mean, warped_square = _moments(second, table)
    return (square + warped_square - 2.0 * (mean * warped_mean).sum(dim=2)).mean()


def _moments(maps: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """Return (b,k,2) expectations and (b,k) those of the squares of places (b,h,w,2)."""
    mean = torch.einsum("bkhw,bhwc->bkc", maps, places)
    square = torch.einsum("bkhw,bhw->bk", maps, places.square().sum(dim=3))
    return mean, square


def diversity(maps: Tensor, patch: int = 4) -> Tensor:
    """Return the mean over pictures of k - sum over u of max over landmarks of p(u).

    0 when no two landmarks share a patch, k - 1 when all are the same (equation 6 of the source).
    Probabilities are added up over patches first, so that landmarks which are near each other, not
    only those on the same pixel, count as the same.

    Parameters
    ----------
    maps
        (b,k,h,w) probabilities.
    patch
        Side of a patch, pixels of the maps.
    """
    pooled = nn.functional.avg_pool2d(maps, patch, ceil_mode=True, divisor_override=1)
    return maps.shape[1] - pooled.amax(dim=1).sum(dim=(1, 2)).mean()


def losses(first: Landmarks, second: Landmarks, warp: Warp) -> dict[str, Tensor]:
    """Return what the network learns from, by name, to be weighted and added.

    "alignment" is that of expected places, "map alignment" that of whole maps, which counts how
    wide they are too. In short trainings the latter alone made narrow maps that stood still in
    every picture, so give it a small weight at first.

    Parameters
    ----------
    first, second
        Landmarks of pictures, and of `picture_warps.warp_pictures` of them.
    warp
        The warp.
    """
    count, _, height, width = second.maps.shape
    table = warp_table(warp, count, (height, width), second.maps)
    return {
        "alignment": equivariance_loss(first.places, second.places, warp),
        "map alignment": map_alignment(first.maps, second.maps, table),
        "diversity": 0.5 * (diversity(first.maps) + diversity(second.maps)),
    }


def make(config: Mapping[str, Any]) -> FactorisedLandmarksNet:
    """Return the network of a configuration, untrained."""
    return FactorisedLandmarksNet(build(FactorisedLandmarksConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
