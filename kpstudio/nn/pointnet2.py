"""PointNet++: features of ever larger balls, and back to every point.

Qi, Yi, Su, Guibas 2017, "PointNet++: deep hierarchical feature learning on point sets in a metric
space", arXiv:1706.02413. Layer norm stands in for batch norm: a cloud gives the same features
alone and in a batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.nn.groups import ball_points, gather_groups, interpolate
from kpstudio.nn.pointnet import initialise
from kpstudio.nn.sampling import farthest_points, gather


class Scale(NamedTuple):
    """One size of balls: radius, most points in one, widths of its layers."""

    radius: float
    most: int
    widths: tuple[int, ...]


class Level(NamedTuple):
    """Some points with features: places (b,m,3), features (b,m,d)."""

    points: Tensor
    features: Tensor | None


def shared_layers(widths: Sequence[int]) -> nn.Sequential:
    """Return layers that treat every point alike: linear, layer norm, ReLU, of these widths."""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.LayerNorm(after), nn.ReLU()]
    return nn.Sequential(*layers)


class SetAbstraction(nn.Module):
    """Features of balls around farthest points: a small PointNet in each, at several radii.

    Parameters
    ----------
    centres
        Number of balls.
    width
        Width of the features that come in, 0 for none.
    scales
        Sizes of the balls; their features are joined.
    """

    def __init__(self, centres: int, width: int, scales: Sequence[Scale]) -> None:
        super().__init__()
        self.centres, self.scales = centres, tuple(scales)
        self.layers = nn.ModuleList(
            shared_layers((3 + width, *scale.widths)) for scale in self.scales
        )
        self.width = sum(scale.widths[-1] for scale in self.scales)
        initialise(self)

    def forward(self, level: Level) -> Level:
        """Return the balls' centres (b,m,3) and features (b,m,w)."""
        count = min(self.centres, level.points.shape[1])
        centres = gather(level.points, farthest_points(level.points, count))
        parts = [
            self._group(centres, level, scale, layers)
            for scale, layers in zip(self.scales, self.layers, strict=True)
        ]
        return Level(centres, torch.cat(parts, dim=2))

    def _group(self, centres: Tensor, level: Level, scale: Scale, layers: nn.Module) -> Tensor:
        indices = ball_points(centres, level.points, scale.radius, scale.most)
        around = (gather_groups(level.points, indices) - centres[:, :, None]) / scale.radius
        if level.features is not None:
            around = torch.cat([around, gather_groups(level.features, indices)], dim=3)
        features: Tensor = layers(around)
        return features.amax(dim=2)


class FeaturePropagation(nn.Module):
    """Features of a coarse level brought to the points of a finer one, and mixed with its own.

    Parameters
    ----------
    coarse, fine
        Widths of the features of both levels.
    widths
        Widths of the layers.
    """

    def __init__(self, coarse: int, fine: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = shared_layers((coarse + fine, *widths))
        self.width = widths[-1]
        initialise(self)

    def forward(self, coarse: Level, fine: Level) -> Level:
        """Return the finer level's points with mixed features (b,n,w)."""
        assert coarse.features is not None
        brought = interpolate(fine.points, coarse.points, coarse.features)
        if fine.features is not None:
            brought = torch.cat([brought, fine.features], dim=2)
        return Level(fine.points, self.layers(brought))


class PointFeatures(nn.Module):
    """Features of every point of a cloud, and of the cloud: down two levels and up again.

    Parameters
    ----------
    fine, coarse
        Number of balls of the two levels.
    width
        Width of the narrowest layer; the features of points have four times, that of the cloud
        sixteen times as many.
    """

    def __init__(self, fine: int, coarse: int, width: int) -> None:
        super().__init__()
        w = width
        self.first = SetAbstraction(
            fine, 0, (Scale(0.1, 8, (w, w, 2 * w)), Scale(0.2, 16, (w, w, 2 * w)))
        )
        self.second = SetAbstraction(
            coarse,
            self.first.width,
            (Scale(0.3, 16, (4 * w, 4 * w, 8 * w)), Scale(0.6, 16, (4 * w, 4 * w, 8 * w))),
        )
        self.whole = shared_layers((3 + self.second.width, 16 * w, 16 * w))
        self.middle = FeaturePropagation(16 * w + self.second.width, self.first.width, (8 * w,))
        self.last = FeaturePropagation(8 * w, 3, (4 * w, 4 * w))
        self.width, self.whole_width = self.last.width, 16 * w
        initialise(self.whole)

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (b,n,w) of points (b,n,3) in the cube +-1, and (b,g) of the clouds."""
        first = self.first(Level(points, None))
        second = self.second(first)
        joined = torch.cat([second.points, second.features], dim=2)
        whole: Tensor = self.whole(joined).amax(dim=1)
        spread = whole[:, None].expand(-1, second.points.shape[1], -1)
        second = Level(second.points, torch.cat([second.features, spread], dim=2))
        level = self.last(self.middle(second, first), Level(points, points))
        assert level.features is not None
        return level.features, whole
