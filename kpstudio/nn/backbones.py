"""The networks from a picture to features, to choose among by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from kpstudio.base.errors import ParameterError
from kpstudio.base.parameters import parameter
from kpstudio.nn.dilated import DilatedFeatures
from kpstudio.nn.hourglass import HourglassFeatures
from kpstudio.nn.hrnet import HRNetFeatures
from kpstudio.nn.picture_layers import PictureStem


def _hourglass(width: int, halved: bool) -> nn.Module:
    return nn.Sequential(PictureStem(width, halved), HourglassFeatures(width))


#: Makers by name, as model files have it: from width, and whether maps are half as large as
#: pictures, to the network.
BACKBONES: dict[str, Callable[[int, bool], nn.Module]] = {
    "dilated": DilatedFeatures,
    "hourglass": _hourglass,
    "hrnet": HRNetFeatures,
}


@dataclass(frozen=True)
class BackboneConfig:
    """Which backbone, and how large: the first part of a network's configuration."""

    backbone: str = parameter(
        "hourglass", "Network from a picture to features.", choices=tuple(BACKBONES)
    )
    width: int = parameter(32, "Channels of its features.", low=8, high=64)
    halved: bool = parameter(
        True, "Maps of half the picture's size: four times as fast, half as fine."
    )


class Backbone(nn.Module):
    """Pictures (b,3,h,w) in 0..1 to features (b,width,h,w), or of half the size.

    Parameters
    ----------
    layers
        The network.
    width
        Channels of its features.
    """

    def __init__(self, layers: nn.Module, width: int) -> None:
        super().__init__()
        self.layers = layers
        self.width = width

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the features of pictures."""
        features: Tensor = self.layers(pictures)
        return features


def make_backbone(name: str, width: int, halved: bool = True) -> Backbone:
    """Return a backbone, untrained.

    Parameters
    ----------
    name
        One of `BACKBONES`.
    width
        Channels of the features.
    halved
        Whether features are half as large as pictures.

    Raises
    ------
    ParameterError
        There is none of that name.
    """
    if name not in BACKBONES:
        raise ParameterError(
            f"there is no backbone {name!r}", remedy=f"Known: {', '.join(BACKBONES)}."
        )
    return Backbone(BACKBONES[name](width, halved), width)
