"""Heatmaps of keypoints that have names, learned from where they are in pictures.

Pavlakos, Zhou, Chan, Derpanis, Daniilidis 2017, "6-DoF object pose from semantic keypoints",
doi:10.1109/ICRA.2017.7989233: stacked hourglasses learn Gaussians at the known keypoints; the
height of a peak says how far to trust it when a pose is fitted. Here HRNet or dilated convolutions
may stand for the hourglasses, and edges between keypoints may have part affinity fields.
"""

from __future__ import annotations

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
from kpstudio.nn.picture_maps import gaussian_maps, in_units, refined_places

KIND = "pose"
#: Width of the Gaussians to learn, pixels of the maps. The hourglass paper has 1 on maps of
#: 64 x 64, with which a small network answers 0 everywhere for hundreds of steps.
SIGMA = 2.0
#: Half the width of a limb, pixels of the maps.
LIMB = 1.5


@dataclass(frozen=True)
class SemanticHeatmapsConfig(BackboneConfig):
    """Sizes of the network."""

    keypoints: int = parameter(10, "Number of keypoints.", low=1, high=64)
    edges: int = parameter(0, "Number of edges with part affinity fields.", low=0, high=128)
    stacks: int = parameter(2, "Hourglasses one after the other.", low=1, high=4)


class SemanticMaps(NamedTuple):
    """Heatmaps (b,k,h,w) and fields (b,e,2,h,w) of each stack, the last one being the answer."""

    heatmaps: tuple[Tensor, ...]
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


def read_out(found: SemanticMaps) -> tuple[Tensor, Tensor]:
    """Return places (b,k,2) in unit coordinates and confidence (b,k) in 0..1 of the last stack."""
    places, values = refined_places(found.heatmaps[-1])
    return places, values.clamp(0.0, 1.0)


def heatmap_loss(
    found: SemanticMaps, places: Tensor, known: Tensor, sigma: float = SIGMA
) -> Tensor:
    """Return the mean squared difference from Gaussians at the keypoints, over all stacks alike.

    Parameters
    ----------
    found
        What the network answers.
    places
        (b,k,2) the keypoints, unit coordinates.
    known
        (b,k) bool, which of them are known; the others' maps are not asked about.
    sigma
        Width of the Gaussians, pixels of the maps.
    """
    height, width = found.heatmaps[-1].shape[2:]
    size = (height, width)
    wanted = gaussian_maps(torch.where(known[..., None], places, 0.0), size, in_units(sigma, size))
    return _mean_squared(found.heatmaps, wanted, known[..., None, None])


def field_loss(
    found: SemanticMaps, places: Tensor, known: Tensor, edges: Edges, width: float = LIMB
) -> Tensor:
    """Return the mean squared difference from part affinity fields, over all stacks alike.

    Parameters
    ----------
    found, places, known
        As for `heatmap_loss`.
    edges
        The edges, as many as the network has fields.
    width
        Half the width of a limb, pixels of the maps.
    """
    height, columns = found.fields[-1].shape[3:]
    size = (height, columns)
    wanted = field_maps(places[:, None], known[:, None], edges, size, in_units(width, size))
    first, second = ([edge[side] for edge in edges] for side in (0, 1))
    asked = (known[:, first] & known[:, second])[..., None, None, None]
    return _mean_squared(found.fields, wanted, asked)


def _mean_squared(answers: tuple[Tensor, ...], wanted: Tensor, asked: Tensor) -> Tensor:
    weight = asked.to(wanted.dtype).expand_as(wanted)
    total = torch.stack([(weight * (each - wanted).square()).sum() for each in answers]).sum()
    return total / (weight.sum().clamp(min=1.0) * len(answers))


def make(config: Mapping[str, Any]) -> SemanticHeatmapsNet:
    """Return the network of a configuration, untrained."""
    return SemanticHeatmapsNet(build(SemanticHeatmapsConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
