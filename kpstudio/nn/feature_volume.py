"""A cloud as a volume of features, which can be asked anywhere in space.

Peng, Niemeyer, Mescheder, Pollefeys, Geiger 2020, "Convolutional occupancy networks", ECCV,
arXiv:2003.04618: a PointNet within each cell of a grid, a U-Net over the grid, and an interpolated
feature at every place. Group norm as in its code: a cloud gives the same volume alone and in a
batch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kpstudio.nn.pointnet import initialise
from kpstudio.nn.sampling import gather

#: Side of the cube that the grid covers; shapes have diameter 1 and their mean in its middle.
SIDE = 1.1
#: The U-Net halves the grid so often.
_LEVELS = 2


class FeatureVolume(nn.Module):
    """From a cloud to a volume.

    Parameters
    ----------
    cells
        Cells along a side of the grid, a multiple of 4.
    width
        Features of a cell.

    Raises
    ------
    ValueError
        The grid cannot be halved twice.
    """

    def __init__(self, cells: int, width: int) -> None:
        super().__init__()
        if cells % 2**_LEVELS:
            raise ValueError(f"{cells} cells, expected a multiple of {2**_LEVELS}")
        self.cells, self.width = cells, width
        w = width
        self.first = nn.Sequential(nn.Linear(6, 2 * w), nn.ReLU(), nn.Linear(2 * w, w), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(2 * w, w), nn.ReLU())
        self.third = nn.Sequential(nn.Linear(2 * w, w), nn.ReLU())
        initialise(self)
        self.grid = _Halved(w, _LEVELS)

    def forward(self, points: Tensor) -> Tensor:
        """Return volumes (b,w,x,y,z) of clouds (b,n,3)."""
        at = (points / SIDE + 0.5) * self.cells
        cell = at.floor().clamp(0, self.cells - 1)
        features = self.first(torch.cat([points, at - cell - 0.5], dim=2))
        x, y, z = cell.long().unbind(dim=2)
        index = (x * self.cells + y) * self.cells + z
        for layers in (self.second, self.third):
            group = gather(self._pooled(features, index, "amax"), index)
            features = layers(torch.cat([features, group], dim=2))
        volume = self._pooled(features, index, "mean").transpose(1, 2)
        answer: Tensor = self.grid(volume.unflatten(2, 3 * (self.cells,)))  # type: ignore[no-untyped-call]
        return answer

    def _pooled(self, features: Tensor, index: Tensor, how: str) -> Tensor:
        """Return (b,x*y*z,w) the largest or mean feature of the points in each cell, else 0."""
        empty = features.new_zeros((len(features), self.cells**3, features.shape[2]))
        index = index[:, :, None].expand_as(features)
        return empty.scatter_reduce(1, index, features, how, include_self=False)


def look_up(volume: Tensor, places: Tensor) -> Tensor:
    """Return features (b,m,w) of volumes (b,w,x,y,z) at places (b,m,3), interpolated linearly."""
    # torch takes the last axis first.
    at = places.flip(2)[:, None, None] * (2.0 / SIDE)
    found = nn.functional.grid_sample(volume, at, padding_mode="border", align_corners=False)
    return found[:, :, 0, 0].transpose(1, 2)


class _Halved(nn.Module):
    """One level of the U-Net: its own convolutions around those of the grid of half the size."""

    def __init__(self, width: int, levels: int) -> None:
        super().__init__()
        self.before = _convolution(width, width)
        self.inner = None
        if levels:
            self.shrink = nn.Sequential(nn.MaxPool3d(2), _convolution(width, 2 * width))
            self.inner = _Halved(2 * width, levels - 1)
            self.after = _convolution(3 * width, width)

    def forward(self, volume: Tensor) -> Tensor:
        """Return a volume of the same size."""
        own: Tensor = self.before(volume)
        if self.inner is None:
            return own
        below = nn.functional.interpolate(self.inner(self.shrink(own)), scale_factor=2)
        answer: Tensor = self.after(torch.cat([own, below], dim=1))
        return answer


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(before, after, 3, padding=1), nn.GroupNorm(4, after), nn.ReLU(inplace=True)
    )
