"""UKPGAN: a saliency and an embedding for every point, the same however the shape is turned.

You, Liu, Ze, Li, Wang, Lu 2022, "UKPGAN: a general self-supervised keypoint detector", CVPR,
arXiv:2011.11974. A patch around each point goes through 3D convolutions to a saliency in 0..1 and
an embedding. The saliencies of a shape are held to a Beta distribution, which decides how many
points are key; the shape must be reconstructed from the embeddings of those that are.

In the source a critic (WGAN-GP) holds them to it. What a Wasserstein critic estimates has a closed
form on the line: the difference of sorted values. We take that: no second player, nothing that can
run away. With the critic all our saliencies went to 0, and the gradient of the sigmoid with them.
Ours as well: logits with limits, so that a saliency can come back from an end; saliencies that
agree in two samplings of a shape; and embeddings by which a place is found in the other sampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.patches import density_patches

KIND = "ukpgan"
#: Logits of saliencies stay within plus and minus this: a saliency can come back from an end, and
#: those near 1 still differ, so that there is a strongest one.
_LIMIT = 8.0
#: Most points of the cloud in one patch.
_MOST = 256


@dataclass(frozen=True)
class UkpganConfig:
    """Sizes of the network; the source has grids of 16^3 and nearly three times the width."""

    radius: float = parameter(
        0.2, "Half the side of a patch, in diameters of the shape.", low=0.01, high=0.5
    )
    width: int = parameter(12, "Channels of the first convolution.", low=4, high=64)
    embedding: int = parameter(64, "Length of an embedding.", low=8, high=256)


class Embedded(NamedTuple):
    """Saliency (b,m) in 0..1 and embedding (b,m,f) of unit length of each place."""

    saliency: Tensor
    embedding: Tensor


class UkpganNet(nn.Module):
    """The detector: patches to saliency and embedding.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: UkpganConfig) -> None:
        super().__init__()
        self.config = config
        w = config.width
        self.convolutions = nn.Sequential(
            nn.Conv3d(1, w, 3, padding=1), nn.ReLU(),
            nn.Conv3d(w, 2 * w, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv3d(2 * w, 4 * w, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv3d(4 * w, 8 * w, 2), nn.ReLU(),
        )  # fmt: skip
        self.mixed = nn.Sequential(nn.Linear(8 * w, 8 * w), nn.ReLU())
        self.saliency = nn.Linear(8 * w, 1)
        self.embedding = nn.Linear(8 * w, config.embedding)

    def forward(self, places: Tensor, points: Tensor, normals: Tensor) -> Embedded:
        """Return saliency and embedding of places (b,m,3) on clouds (b,n,3), diameter 1."""
        patches = density_patches(places, points, normals, self.config.radius, _MOST)
        # A flat patch fills 64 of the 512 cells: scaled so that it holds ones.
        flat = 64.0 * patches.flatten(0, 1)[:, None]
        features = self.mixed(self.convolutions(flat).flatten(1))
        logit = _LIMIT * nn.functional.softsign(self.saliency(features) / _LIMIT)
        saliency = logit.sigmoid()[:, 0].view(places.shape[:2])
        embedding = nn.functional.normalize(self.embedding(features), dim=1)
        return Embedded(saliency, embedding.view(*places.shape[:2], -1))


def shape_code(found: Embedded) -> Tensor:
    """Return (b,2f) what is kept of a shape: [max of Phi max(h,0), max of Phi max(-h,0)]."""
    weight = found.saliency[..., None]
    positive = (weight * found.embedding.clamp(min=0.0)).amax(dim=1)
    negative = (weight * (-found.embedding).clamp(min=0.0)).amax(dim=1)
    return torch.cat([positive, negative], dim=1)


class TreeDecoder(nn.Module):
    """A cloud from a code, level by level: every node of a tree has some children.

    Tchapmi, Kosaraju, Rezatofighi, Reid, Savarese 2019, "TopNet: structural point cloud decoder",
    doi:10.1109/CVPR.2019.00047.

    Parameters
    ----------
    code
        Length of the code.
    growth
        Number of children of a node on each level; their product is the number of points.
    width
        Features of a node.
    """

    def __init__(self, code: int, growth: tuple[int, ...] = (4, 8, 16), width: int = 16) -> None:
        super().__init__()
        self.growth = growth
        sizes = [width] * (len(growth) - 1) + [3]
        self.root = nn.Sequential(
            nn.Linear(code, 128), nn.ReLU(), nn.Linear(128, growth[0] * sizes[0])
        )
        self.levels = nn.ModuleList(
            nn.Sequential(nn.Linear(code + width, 64), nn.ReLU(), nn.Linear(64, count * size))
            for count, size in zip(growth[1:], sizes[1:], strict=True)
        )

    def forward(self, code: Tensor) -> Tensor:
        """Return clouds (b,p,3) of codes (b,c)."""
        nodes = self.root(code).tanh().view(len(code), self.growth[0], -1)
        for count, layers in zip(self.growth[1:], self.levels, strict=True):
            spread = code[:, None].expand(-1, nodes.shape[1], -1)
            grown = layers(torch.cat([nodes, spread], dim=2))
            nodes = grown.tanh().view(len(code), nodes.shape[1] * count, -1)
        return nodes


def beta_quantiles(alpha: float, beta: float, count: int) -> Tensor:
    """Return (count,) values of the quantile function of Beta(alpha, beta), evenly spaced."""
    from scipy.special import betaincinv

    levels = (np.arange(count) + 0.5) / count
    return torch.from_numpy(betaincinv(alpha, beta, levels)).float()


def sparsity(saliency: Tensor, quantiles: Tensor) -> Tensor:
    """Return the squared 2-Wasserstein distance of saliencies (b,m) from quantiles (m,), averaged.

    Between distributions on the line it is the mean squared difference of their sorted values
    (Villani 2003, "Topics in optimal transportation", theorem 2.18).
    """
    return (saliency.sort(dim=1).values - quantiles).square().mean()


def told_apart(one: Tensor, other: Tensor, alike: Tensor, temperature: float = 0.1) -> Tensor:
    """Return how badly embeddings find the same place among all places of the shape.

    The contrastive loss of van den Oord, Li, Vinyals 2018, arXiv:1807.03748.

    Parameters
    ----------
    one, other
        (b,m,f) unit embeddings of the same places in two samplings.
    alike
        (b,m,m) bool, places that need not be told apart.
    temperature
        Of the softmax over places.
    """
    similarity = one @ other.transpose(1, 2) / temperature
    itself = torch.eye(alike.shape[1], dtype=torch.bool, device=alike.device)
    similarity = similarity.masked_fill(alike & ~itself, -torch.inf)
    return -similarity.log_softmax(dim=2).diagonal(dim1=1, dim2=2).mean()


def make(config: Mapping[str, Any]) -> UkpganNet:
    """Return the network of a configuration, untrained."""
    return UkpganNet(build(UkpganConfig, config))


#: Its model files: the detector alone; the decoder is for training.
NETWORK = NetworkKind(KIND, make)
