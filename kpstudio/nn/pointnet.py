"""The PointNet encoder: one small network for every point, then the maximum over all points."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: The widest layer that a model file may ask for: more would only fill the memory.
WIDEST = 4096


class PointNetEncoder(nn.Module):
    """Local and global features of a cloud, whatever the number and order of its points.

    Qi, Su, Mo, Guibas 2017, "PointNet: deep learning on point sets for 3D classification and
    segmentation", doi:10.1109/CVPR.2017.16, without its transformer nets and batch norm, as in
    KeypointDeformer: shared layers with ReLU between them, none after the last.

    Parameters
    ----------
    widths
        Widths of the shared layers; the last is that of the global feature.
    """

    def __init__(self, widths: Sequence[int] = (64, 128, 256)) -> None:
        super().__init__()
        sizes = (3, *widths)
        self.layers = nn.ModuleList(
            nn.Linear(before, after) for before, after in itertools.pairwise(sizes)
        )
        self.local_width = sizes[-2]
        self.global_width = sizes[-1]
        initialise(self)

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return local (b,n,l) and global (b,g) features of clouds (b,n,3) in the cube +-1."""
        local = self.local(points)
        return local, self.layers[-1](local).amax(dim=1)

    def local(self, points: Tensor) -> Tensor:
        """Return the local features (b,n,l) alone."""
        features = points
        for layer in self.layers[:-1]:
            features = torch.relu(layer(features))
        return features


def initialise(module: nn.Module) -> None:
    """Give every linear layer Xavier-uniform weights and zero biases."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            nn.init.zeros_(part.bias)
