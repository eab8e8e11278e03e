"""SNAKE: how occupied and how salient every place in space is, asked of one volume of features.

Zhong, Yang, Hao, Zheng, Liu, Zhang 2022, "SNAKE: shape-aware neural 3D keypoint field", NeurIPS,
arXiv:2206.01724.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.feature_volume import FeatureVolume, look_up
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.pointnet import initialise
from kpstudio.nn.torch_libraries import leave_triton_out

KIND = "snake"


@dataclass(frozen=True)
class SnakeConfig:
    """Sizes of the network; the source has 64^3 cells, 32 features and 5 blocks."""

    cells: int = parameter(
        24, "Cells along a side of the grid, a multiple of 4.", low=8, high=64, step=4
    )
    width: int = parameter(16, "Features of a cell, a multiple of 4.", low=4, high=64, step=4)
    hidden: int = parameter(32, "Width of the decoders.", low=8, high=128)
    blocks: int = parameter(2, "Blocks of each decoder.", low=1, high=8)
    aligned: bool = parameter(
        True,
        "Turn clouds into their principal axes first (ours): what is found then turns with them.",
    )


class Decoder(nn.Module):
    """A number for every place, from where it is and the feature there: residual blocks.

    Parameters
    ----------
    width
        Length of the features.
    hidden
        Width of the blocks.
    blocks
        Their number.
    """

    def __init__(self, width: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.place = nn.Linear(3, hidden)
        self.features = nn.ModuleList(nn.Linear(width, hidden) for _ in range(blocks))
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
                          nn.Linear(hidden, hidden))
            for _ in range(blocks)
        )  # fmt: skip
        self.answer = nn.Linear(hidden, 1)
        initialise(self)

    def forward(self, places: Tensor, features: Tensor) -> Tensor:
        """Return numbers (b,m) for places (b,m,3) with features (b,m,w)."""
        value = self.place(places)
        for mix, block in zip(self.features, self.blocks, strict=True):
            value = value + mix(features)
            value = value + block(value)
        answer: Tensor = self.answer(value.relu())
        return answer[..., 0]


class SnakeNet(nn.Module):
    """Encoder and two decoders.

    Clouds, places and volumes are in one frame: `frames` gives it, the caller turns into it.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: SnakeConfig) -> None:
        super().__init__()
        self.config = config
        self.encode = FeatureVolume(config.cells, config.width)
        self.occupancy_decoder = Decoder(config.width, config.hidden, config.blocks)
        self.saliency_decoder = Decoder(config.width, config.hidden, config.blocks)

    def frames(self, points: Tensor) -> Tensor:
        """Return frames (b,3,3) of clouds (b,n,3), rows the axes; `points @ frame.mT` turns."""
        if self.config.aligned:
            return principal_frames(points)
        return torch.eye(3).to(points).expand(len(points), 3, 3)

    def occupancy_logits(self, volume: Tensor, places: Tensor) -> Tensor:
        """Return (b,m) what the sigmoid of is how occupied places (b,m,3) of a volume are."""
        answer: Tensor = self.occupancy_decoder(places, look_up(volume, places))
        return answer

    def occupancy(self, volume: Tensor, places: Tensor) -> Tensor:
        """Return (b,m) in 0..1 how occupied places (b,m,3) of a volume are."""
        return self.occupancy_logits(volume, places).sigmoid()

    def saliency(self, volume: Tensor, places: Tensor) -> Tensor:
        """Return (b,m) in 0..1 how salient places (b,m,3) of a volume are: x / (1 + x), x > 0."""
        answer = nn.functional.softplus(self.saliency_decoder(places, look_up(volume, places)))
        return answer / (1.0 + answer)


@torch.no_grad()
def principal_frames(points: Tensor) -> Tensor:
    """Return right-handed frames (b,3,3), rows the principal axes of clouds (b,n,3), longest first.

    The first two point to the side of the longer tail, by third moments. Of a mirrored shape that
    side is anybody's guess, and does not matter.
    """
    centred = points.double()
    centred = centred - centred.mean(dim=1, keepdim=True)
    axes = torch.linalg.eigh(centred.transpose(1, 2) @ centred).eigenvectors
    x, y = axes[..., 2], axes[..., 1]
    x, y = (axis * _side(centred, axis) for axis in (x, y))
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=1).to(points.dtype)


def _side(centred: Tensor, axis: Tensor) -> Tensor:
    tail = (centred @ axis[..., None])[..., 0].pow(3).sum(dim=1)
    return torch.where(tail < 0.0, -1.0, 1.0).to(axis.dtype)[:, None]


def climb(
    saliency: Callable[[Tensor], Tensor], seeds: Tensor, steps: int, rate: float
) -> tuple[Tensor, Tensor]:
    """Return places (m,3) of more saliency near seeds (m,3), and the saliency (m,) there.

    Adam on the coordinates. Every place is the one with the saliency that is returned with it, the
    best on the way: the source's code keeps a reference to the moving tensor there, and so pairs
    the best saliency with the last place.

    Parameters
    ----------
    saliency
        From places (m,3) to their saliency (m,).
    seeds
        Where to begin.
    steps
        Number of steps; the places after the last one count too.
    rate
        Adam's learning rate: about the length of a step along each axis.
    """
    places = seeds.detach().clone().requires_grad_()
    leave_triton_out()
    optimiser = torch.optim.Adam([places], lr=rate)
    best, most = seeds.detach().clone(), torch.full_like(seeds[:, 0], -torch.inf)
    for step in range(steps + 1):
        value = saliency(places)
        better = value.detach() > most
        most = torch.where(better, value.detach(), most)
        best = torch.where(better[:, None], places.detach(), best)
        if step < steps:
            (places.grad,) = torch.autograd.grad(-value.sum(), places)
            optimiser.step()
    return best, most


def repeatability_loss(first: Tensor, second: Tensor) -> Tensor:
    """Return 1 - mean cosine of saliencies (b,p,q) of patches and of the same ones moved."""
    return 1.0 - nn.functional.cosine_similarity(first, second, dim=2).mean()


def sparsity_loss(saliency: Tensor) -> Tensor:
    """Return 1 - mean over patches of (largest - mean) of saliencies (b,p,q): one peak in each."""
    return 1.0 - (saliency.amax(dim=2) - saliency.mean(dim=2)).mean()


def surface_loss(occupancy: Tensor, saliency: Tensor) -> Tensor:
    """Return mean of (1 - o) s: nothing is salient where nothing is."""
    return ((1.0 - occupancy) * saliency).mean()


def make(config: Mapping[str, Any]) -> SnakeNet:
    """Return the network of a configuration, untrained."""
    return SnakeNet(build(SnakeConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
