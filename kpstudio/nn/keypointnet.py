"""KeypointNet: ordered 3D keypoints of one picture, found without labels.

Suwajanakorn, Snavely, Tompson, Norouzi 2018, "Discovery of latent 3D keypoints via end-to-end
geometric reasoning", NeurIPS, arXiv:1807.03146. Of every keypoint a network gives a map of
probabilities over the picture and a map of depths; their expectations are the keypoint. A smaller
network of its own finds how the shape is turned, which tells left from right where it looks alike.

The source works in the axes of OpenGL, here depths are positive; see `geometry.camera`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.dilated import DilatedFeatures
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_maps import expectation, pixel_places, softmax_maps

KIND = "keypointnet"

#: Channels that say how the shape is turned.
_CHANNELS = 4
_TINY = 1e-6


@dataclass(frozen=True)
class KeypointNetConfig:
    """Sizes of the network, and the camera of the pictures it was trained on.

    The source has width 64 and maps as large as its pictures, 128 pixels.
    """

    keypoints: int = parameter(10, "Number of keypoints.", low=4, high=64)
    width: int = parameter(32, "Width of the layers.", low=4, high=256)
    orientation_width: int = parameter(16, "Width of the orientation network.", low=4, high=256)
    halved: bool = parameter(True, "Whether maps are half as large as pictures.")
    size: int = parameter(64, "Side of the pictures.", unit="pixels", low=16, high=512)
    angle: float = parameter(37.0, "Angle of view.", unit="degrees", low=1.0, high=120.0)
    distance: float = parameter(2.5, "Distance of the camera, longest sides.", low=0.5, high=1e3)

    @property
    def focal(self) -> float:
        """Focal length in unit coordinates: u = focal x / z."""
        return 1.0 / math.tan(math.radians(self.angle) / 2.0)


class KeypointsOfPictures(NamedTuple):
    """k keypoints of b pictures.

    Parameters
    ----------
    maps
        (b,k,h,w) probabilities.
    places
        (b,k,2) unit coordinates.
    depths
        (b,k) along the camera's axis, longest sides of the shape.
    ends
        (b,2,2) unit coordinates of the front and back ends of the shape's axis, as the
        orientation network sees them.
    end_maps
        (b,2,h,w) its probabilities.
    """

    maps: Tensor
    places: Tensor
    depths: Tensor
    ends: Tensor
    end_maps: Tensor


class OrientationNet(nn.Module):
    """Where the two ends of the shape's axis from front to back are in the picture.

    What the other network is told of it says `along_axis`.

    Parameters
    ----------
    width
        Of the layers.
    halved
        Whether maps are half as large as pictures.
    """

    def __init__(self, width: int, halved: bool) -> None:
        super().__init__()
        self.features = DilatedFeatures(width, halved)
        self.logits = nn.Conv2d(width, 2, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return maps (b,2,h,w) of probabilities of front and back in pictures (b,3,h,w)."""
        logits = self.logits(self.features(pictures))
        with in_full_precision(logits):
            return softmax_maps(logits.float())


class KeypointNet(nn.Module):
    """Orientation network and keypoint network.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: KeypointNetConfig) -> None:
        super().__init__()
        self.config = config
        self.orientation = OrientationNet(config.orientation_width, config.halved)
        self.features = DilatedFeatures(config.width, config.halved, channels=3 + _CHANNELS)
        self.logits = nn.Conv2d(config.width, config.keypoints, 3, padding=1)
        self.depths = nn.Conv2d(config.width, config.keypoints, 3, padding=1)

    def forward(self, pictures: Tensor) -> KeypointsOfPictures:
        """Return the keypoints of pictures (b,3,h,w), red, green and blue 0..1."""
        end_maps = self.find_ends(pictures)
        return self.find_keypoints(pictures, end_maps, expectation(end_maps))

    def find_ends(self, pictures: Tensor) -> Tensor:
        """Return maps (b,2,h,w) of the ends of the axis: what the orientation network says."""
        maps: Tensor = self.orientation(pictures)
        return maps

    def find_keypoints(
        self, pictures: Tensor, end_maps: Tensor, told: Tensor
    ) -> KeypointsOfPictures:
        """Return the keypoints, going by ends of the axis that may be told while training.

        Parameters
        ----------
        pictures
            (b,3,h,w).
        end_maps
            (b,2,h,w) what the orientation network says.
        told
            (b,2,2) the ends to go by; the losses of keypoints teach them nothing.
        """
        directions = along_axis(pictures, told.detach())
        features = self.features(torch.cat([pictures, directions], dim=1))
        logits, depth = self.logits(features), self.depths(features)
        with in_full_precision(logits):
            maps = softmax_maps(logits.float())
            # The distance is the bias of the depths, as in the source.
            depths = (maps * (self.config.distance + depth.float())).sum(dim=(2, 3))
            places, ends = expectation(maps), expectation(end_maps)
        return KeypointsOfPictures(maps, places, depths, ends, end_maps)


def along_axis(pictures: Tensor, ends: Tensor) -> Tensor:
    """Return channels (b,4,h,w) that say how a shape is turned: the source's flag, and more.

    The first two are the same everywhere, the way from back to front in the picture, u and v: the
    flag of the source is the sign of the first, which is a toss-up for a shape seen along its
    axis. The others are the place itself, along the axis' unit vector and across it, from the
    middle of the ends: with them left and right are a matter of one place (ours).

    Parameters
    ----------
    pictures
        (b,c,h,w), of which only the size counts.
    ends
        (b,2,2) unit coordinates of front and back.
    """
    height, width = pictures.shape[2:]
    way = ends[:, 0] - ends[:, 1]
    unit = way / way.norm(dim=1, keepdim=True).clamp(min=_TINY)
    from_middle = pixel_places((height, width), pictures) - ends.mean(dim=1)[:, None, None]
    along = torch.einsum("bhwc,bc->bhw", from_middle, unit)
    across = (
        from_middle[..., 0] * unit[:, None, None, 1] - from_middle[..., 1] * unit[:, None, None, 0]
    )
    flat = way[:, :, None, None].expand(-1, -1, height, width)
    return torch.cat([flat, along[:, None], across[:, None]], dim=1)


def in_full_precision(like: Tensor) -> torch.autocast:
    """Return a context in which places are computed as they are, also while training in half."""
    return torch.autocast(like.device.type, enabled=False)


def lift(places: Tensor, depths: Tensor, focal: float) -> Tensor:
    """Return the points (b,k,3) in camera axes seen at places (b,k,2) in depths (b,k).

    Parameters
    ----------
    places
        Unit coordinates.
    depths
        Along the camera's axis.
    focal
        Focal length in unit coordinates.
    """
    return torch.cat([places / focal, torch.ones_like(depths)[:, :, None]], 2) * depths[:, :, None]


def make(config: Mapping[str, Any]) -> KeypointNet:
    """Return the network of a configuration, untrained."""
    return KeypointNet(build(KeypointNetConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
