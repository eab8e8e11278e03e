"""Structural points: each a convex combination of the cloud, found without labels.

Chen, Liu, Cui, Chen, Ceylan, Tu, Wang 2020, "Unsupervised learning of intrinsic structural
representation points", CVPR, arXiv:2003.01661. PointNet++ gives features of 128
places; k probability maps over the places give k points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.pointnet import initialise
from kpstudio.nn.pointnet2 import Level, Scale, SetAbstraction, shared_layers

KIND = "structural-points"


@dataclass(frozen=True)
class StructuralPointsConfig:
    """Sizes of the network; the source's are 512 and 128 places and twice the width."""

    keypoints: int = parameter(16, "Number of keypoints.", low=1, high=512)
    fine: int = parameter(256, "Balls of the first level.", low=16, high=4096)
    places: int = parameter(128, "Places that keypoints combine.", low=16, high=4096)
    width: int = parameter(16, "Width of the narrowest layer.", low=4, high=128)


class StructuralPoints(NamedTuple):
    """Keypoints (b,k,3), places (b,m,3) and the weights (b,m,k) of each, summing to 1."""

    keypoints: Tensor
    places: Tensor
    weights: Tensor


class StructuralPointsNet(nn.Module):
    """Probability maps over places of the cloud, and their expectations.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: StructuralPointsConfig) -> None:
        super().__init__()
        self.config = config
        w = config.width
        self.first = SetAbstraction(
            config.fine,
            0,
            (Scale(0.1, 8, (w, w, 2 * w)), Scale(0.2, 16, (2 * w, 2 * w, 4 * w)),
             Scale(0.4, 32, (2 * w, 3 * w, 4 * w))),
        )  # fmt: skip
        self.second = SetAbstraction(
            config.places,
            self.first.width,
            (Scale(0.2, 16, (2 * w, 4 * w)), Scale(0.4, 16, (4 * w, 8 * w)),
             Scale(0.8, 32, (4 * w, 8 * w))),
        )  # fmt: skip
        self.mixed = shared_layers((self.second.width, 8 * w, 8 * w))
        self.logits = nn.Linear(8 * w, config.keypoints)
        initialise(self)

    def forward(self, points: Tensor) -> StructuralPoints:
        """Return the keypoints of clouds (b,n,3) in the normalised frame (cube +-0.5)."""
        places, features = self.second(self.first(Level(2.0 * points, None)))
        weights = self.logits(self.mixed(features)).softmax(dim=1)
        places = places / 2.0
        return StructuralPoints(weights.transpose(1, 2) @ places, places, weights)


def make(config: Mapping[str, Any]) -> StructuralPointsNet:
    """Return the network of a configuration, untrained."""
    return StructuralPointsNet(build(StructuralPointsConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
