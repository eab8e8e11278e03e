"""D3Feat: a descriptor for every point, and from it a score that says which points are key.

Bai, Luo, Zhou, Fu, Quan, Tai 2020, "D3Feat: joint learning of dense detection and description of
3D local features", CVPR, arXiv:2003.03164.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.frames import local_frames
from kpstudio.nn.groups import ball_points, gather_groups, interpolate
from kpstudio.nn.kpconv import KernelPointConvolution, Neighbourhood, neighbourhood, standardised
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.sampling import farthest_points, gather

KIND = "d3feat"
#: Length of a descriptor.
DESCRIPTOR = 32
#: Most points of a neighbourhood.
_MOST = 24
#: Each level has so many times fewer points, and twice the radius.
_COARSER = 4
#: Channels no stronger than this have no maximum to speak of.
_LEAST = 1e-6


@dataclass(frozen=True)
class D3FeatConfig:
    """Sizes of the network; the source has five levels and four times the width."""

    radius: float = parameter(
        0.06, "Radius of the finest neighbourhoods, in diameters of the shape.", low=0.01, high=0.5
    )
    width: int = parameter(32, "Channels of the finest level.", low=4, high=128)
    reach: float = parameter(
        0.1,
        "Radius of the local reference frames in which kernel points are placed (ours), 0 for "
        "none. With them nothing changes when a shape is turned.",
        low=0.0,
        high=1.0,
    )


class Described(NamedTuple):
    """Descriptors of unit length (b,n,32), scores (b,n), and which points (b,n) are peaks.

    A point is a peak when its strongest channel is nowhere stronger around it: the hard selection
    of the source.
    """

    descriptors: Tensor
    scores: Tensor
    peaks: Tensor


class D3FeatNet(nn.Module):
    """Down two levels of kernel point convolutions and up again.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: D3FeatConfig) -> None:
        super().__init__()
        self.config = config
        w = config.width
        widths = (w, 2 * w, 4 * w)
        self.first = KernelPointConvolution(1, w)
        self.down = nn.ModuleList(KernelPointConvolution(width, 2 * width) for width in widths[:-1])
        self.level = nn.ModuleList(KernelPointConvolution(width, width) for width in widths)
        self.up = nn.ModuleList(nn.Linear(3 * width, width) for width in widths[:-1])
        self.last = nn.Linear(w, DESCRIPTOR)

    def forward(self, points: Tensor, normals: Tensor) -> Described:
        """Return what is known of clouds (b,n,3) with unit normals (b,n,3), diameter 1."""
        features = self.features(points, normals)
        indices = ball_points(points, points, self.config.radius, _MOST)
        scores, peaks = detect(features, indices)
        return Described(nn.functional.normalize(features, dim=2), scores, peaks)

    def features(self, points: Tensor, normals: Tensor) -> Tensor:
        """Return features (b,n,32), not of unit length."""
        config = self.config
        frames = None
        if config.reach > 0.0:
            frames = local_frames(points, points, normals, config.reach)
        # All a point knows at first is that it is there, as in the source.
        features = torch.ones_like(points[..., :1])
        radius, above = config.radius, _around(points, points, config.radius, frames)
        features = self.level[0](self.first(features, above), above)
        levels = [(points, features)]
        for down, level in zip(self.down, self.level[1:], strict=True):
            radius *= 2.0
            chosen = _spread_out(points)
            coarse = gather(points, chosen)
            if frames is not None:
                frames = gather(frames.flatten(2), chosen).unflatten(2, (3, 3))  # type: ignore[no-untyped-call]
            features = down(features, _around(coarse, points, radius, frames))
            points = coarse
            features = features + level(features, _around(points, points, radius, frames))
            levels.append((points, features))
        for up, (finer, own) in zip(reversed(self.up), reversed(levels[:-1]), strict=True):
            brought = interpolate(finer, points, features)
            mixed = standardised(up(torch.cat([brought, own], dim=2)))
            points, features = finer, nn.functional.leaky_relu(mixed, 0.1)
        return standardised(self.last(features))


def _around(places: Tensor, points: Tensor, radius: float, frames: Tensor | None) -> Neighbourhood:
    return neighbourhood(places, points, radius, _MOST, frames)


def _spread_out(points: Tensor) -> Tensor:
    """Return (b,m) a quarter of the points, far apart; the choice turns with the cloud.

    The source takes cells of a grid, which does not turn.
    """
    start = (points - points.mean(dim=1, keepdim=True)).square().sum(dim=2).argmax(dim=1)
    return farthest_points(points, max(points.shape[1] // _COARSER, 1), start)


def detect(features: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Return scores (b,n) and peaks (b,n) bool of features (b,n,d).

    Score: the largest product, over channels, of alpha = softplus(D - mean of D around) and
    beta = D / max over channels of D (equations 4 to 7 of the source). Features are divided by the
    largest of their cloud first, as the source's code does: no cloud depends on another in the
    batch. Where no channel is positive beta is 0, so that no sign is turned by the division.

    Parameters
    ----------
    features
        Features of points, not of unit length.
    indices
        (b,n,h) points around each, itself first, which also fills up rows (`ball_points`).
    """
    largest = features.detach().abs().amax(dim=(1, 2), keepdim=True)
    features = features / largest.clamp(min=_LEAST)
    around = gather_groups(features, indices)
    # Whoever fills up a row does not count.
    own = indices[:, :, :1]
    present = (indices != own).to(features.dtype)
    present[:, :, 0] = 1.0
    weights = (present / present.sum(dim=2, keepdim=True))[..., None]
    alpha = nn.functional.softplus(features - (weights * around).sum(dim=2))
    strongest, channel = features.max(dim=2, keepdim=True)
    beta = features.clamp(min=0.0) / strongest.clamp(min=_LEAST)
    scores = (alpha * beta).amax(dim=2)
    nearby = around.detach().amax(dim=2).gather(2, channel)
    return scores, (strongest >= nearby)[..., 0]


def hardest_negatives(
    first: Tensor, second: Tensor, places: Tensor, others: Tensor, safe: float
) -> tuple[Tensor, Tensor]:
    """Return distances (b,p) to the descriptor that belongs to each, and to the likest wrong one.

    Parameters
    ----------
    first, second
        (b,p,d) descriptors of p points on one cloud and of the same on another.
    places, others
        (b,p,3) where they are, in one frame.
    safe
        Points closer than this are not wrong. Where all are, the distance is that of opposite
        descriptors, so that nothing is asked for.
    """
    positive = (first - second).square().sum(dim=2).clamp(min=1e-12).sqrt()
    squared = 2.0 - 2.0 * first @ second.transpose(1, 2)
    apart = squared.clamp(min=1e-12).sqrt()
    near = torch.cdist(places, others) <= safe
    return positive, apart.masked_fill(near, 2.0).amin(dim=2)


def contrastive(positive: Tensor, negative: Tensor, near: float = 0.1, far: float = 1.4) -> Tensor:
    """Return mean of max(0, d_pos - near) + max(0, far - d_neg): equation 8 of the source."""
    return ((positive - near).clamp(min=0.0) + (far - negative).clamp(min=0.0)).mean()


def detector_loss(positive: Tensor, negative: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return mean of (d_pos - d_neg) (s_A + s_B), all (b,p): equation 9 of the source.

    Points that are told apart from all others get a high score, ambiguous ones a low one.
    """
    return ((positive - negative) * (first + second)).mean()


def make(config: Mapping[str, Any]) -> D3FeatNet:
    """Return the network of a configuration, untrained."""
    return D3FeatNet(build(D3FeatConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
