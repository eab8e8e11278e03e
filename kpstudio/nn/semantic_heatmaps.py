"""Heatmaps of keypoints that have names, learned from where they are in pictures.

Pavlakos, Zhou, Chan, Derpanis, Daniilidis 2017, "6-DoF object pose from semantic keypoints",
doi:10.1109/ICRA.2017.7989233: stacked hourglasses learn Gaussians at the known keypoints; the
height of a peak says how far to trust it when a pose is fitted. Here HRNet or dilated convolutions
may stand for the hourglasses, and edges between keypoints may have part affinity fields.

Ours: heatmaps are probabilities over the picture, and learn the Gaussians by cross-entropy. The
squared differences of the source drown a few bright pixels among a thousand dark ones, and a small
network answers 0 everywhere for hundreds of steps. As each map adds up to 1, its peak falls as the
inverse of its variance: the very weight that the keypoint has in least squares.
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
from kpstudio.nn.hourglass import StackedHourglass
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.part_fields import Edges, field_maps
from kpstudio.nn.picture_maps import (
    gaussian_maps,
    in_units,
    normalised,
    refined_places,
    softmax_maps,
)

KIND = "pose"
#: Width of the Gaussians to learn, pixels of the maps, as in the hourglass paper.
SIGMA = 1.0
#: Half the width of a limb, pixels of the maps.
LIMB = 1.5


@dataclass(frozen=True)
class SemanticHeatmapsConfig(BackboneConfig):
    """Sizes of the network, and the camera of the pictures it was trained on."""

    keypoints: int = parameter(10, "Number of keypoints.", low=1, high=64)
    edges: int = parameter(0, "Number of edges with part affinity fields.", low=0, high=128)
    stacks: int = parameter(2, "Hourglasses one after the other.", low=1, high=4)
    size: int = parameter(64, "Side of the pictures.", unit="pixels", low=16, high=512)
    angle: float = parameter(37.0, "Angle of view.", unit="degrees", low=1.0, high=120.0)
    distance: float = parameter(2.5, "Distance of the camera, longest sides.", low=0.5, high=1e3)


class SemanticMaps(NamedTuple):
    """Scores (b,k,h,w) and fields (b,e,2,h,w) of each stack, the last one being the answer.

    A softmax over the pixels makes scores probabilities; `read_out` gives heatmaps.
    """

    scores: tuple[Tensor, ...]
    fields: tuple[Tensor, ...]


class SemanticHeatmapsNet(nn.Module):
    """Stacked hourglasses, or another backbone and one head.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: SemanticHeatmapsConfig) -> None:
        super().__init__()
        self.config = config
        maps, width = config.keypoints + 2 * config.edges, config.width
        self.layers: nn.Module
        if config.backbone == "hourglass":
            self.layers = StackedHourglass(width, maps, config.stacks, config.halved)
        else:
            backbone = make_backbone(config.backbone, width, config.halved)
            self.layers = nn.Sequential(backbone, nn.Conv2d(width, maps, 1))

    def forward(self, pictures: Tensor) -> SemanticMaps:
        """Return the maps of pictures (b,3,h,w) in 0..1."""
        found = self.layers(pictures)
        answers = found.maps if isinstance(self.layers, StackedHourglass) else (found,)
        count = self.config.keypoints
        return SemanticMaps(
            tuple(each[:, :count] for each in answers),
            tuple(each[:, count:].unflatten(1, (self.config.edges, 2)) for each in answers),
        )


class Read(NamedTuple):
    """Keypoints of b pictures.

    Places (b,k,2) in unit coordinates, confidence (b,k) in 0..1, and heatmaps (b,k,h,w) whose
    peaks are about as high as the confidence.
    """

    places: Tensor
    confidence: Tensor
    heatmaps: Tensor


def read_out(found: SemanticMaps) -> Read:
    """Return the keypoints that the last stack sees.

    A heatmap is 1 where its probabilities are as high as in the middle of what was to be learned,
    a Gaussian of width `SIGMA`; one n times as wide in area has a peak of 1 / n.
    """
    maps = softmax_maps(found.scores[-1]) * (2.0 * math.pi * SIGMA**2)
    places, values = refined_places(maps)
    return Read(places, values.clamp(0.0, 1.0), maps)


def heatmap_loss(found: SemanticMaps, places: Tensor, weights: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence from Gaussians at keypoints, over all stacks alike.

    Parameters
    ----------
    found
        What the network answers.
    places
        (b,k,2) the keypoints, unit coordinates.
    weights
        (b,k) how much each counts, not negative; 0 where it is not known.
    """
    height, width = found.scores[-1].shape[2:]
    size = (height, width)
    safe = torch.where(weights[..., None] > 0.0, places, 0.0)
    wanted = normalised(gaussian_maps(safe, size, in_units(SIGMA, size))).flatten(2)
    # 0 log 0 = 0.
    least = torch.xlogy(wanted, wanted)
    each = [
        (least - wanted * scores.flatten(2).log_softmax(dim=2)).sum(dim=2)
        for scores in found.scores
    ]
    total = (weights * torch.stack(each).mean(dim=0)).sum()
    return total / weights.sum().clamp(min=1.0)


def field_loss(
    found: SemanticMaps, places: Tensor, known: Tensor, edges: Edges, width: float = LIMB
) -> Tensor:
    """Return the mean squared difference from part affinity fields, over all stacks alike.

    Ours: the few pixels on limbs count as much as all others together.

    Parameters
    ----------
    found
        What the network answers.
    places
        (b,k,2) the keypoints, unit coordinates.
    known
        (b,k) bool, which of them are known; the fields of others are not asked about.
    edges
        The edges, as many as the network has fields.
    width
        Half the width of a limb, pixels of the maps.
    """
    height, columns = found.fields[-1].shape[3:]
    size = (height, columns)
    wanted = field_maps(places[:, None], known[:, None], edges, size, in_units(width, size))
    first, second = ([edge[side] for edge in edges] for side in (0, 1))
    asked = (known[:, first] & known[:, second])[..., None, None]
    on_limb = wanted.square().sum(dim=2) > 0.0
    squares = torch.stack([(each - wanted).square().sum(dim=2) for each in found.fields])
    return _mean(squares, asked & on_limb) + _mean(squares, asked & ~on_limb)


def _mean(values: Tensor, where: Tensor) -> Tensor:
    """Return the mean of values (s,...) where (...) is true, 0 if nowhere."""
    count = where.sum().clamp(min=1) * len(values)
    return torch.where(where, values, 0.0).sum() / count


def make(config: Mapping[str, Any]) -> SemanticHeatmapsNet:
    """Return the network of a configuration, untrained."""
    return SemanticHeatmapsNet(build(SemanticHeatmapsConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
