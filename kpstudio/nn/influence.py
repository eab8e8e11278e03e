"""How much each keypoint moves each cage vertex.

    c* = c + W (p* - p),   W = S + Z(W_C + W_I(x))

W_C is one matrix for the category, W_I(x) a small offset predicted from the shape, as in
KeypointDeformer (Jakab et al. 2021, doi:10.1109/CVPR46437.2021.01259). Ours are S and Z: S is the
inverse-distance weighting of the keypoints near a cage vertex (Shepard 1968,
doi:10.1145/800186.810616), the deformation before anything is learned; Z removes from every row
its mean over the keypoints near that cage vertex. Rows of S sum to 1 and rows of Z to 0, so

    moving every keypoint by t moves the whole cage, and with it the whole shape, by t exactly,

and no cage vertex is left without control. (The published matrices have rows that sum to 3-30 and
leave a fifth of the airplane's cage vertices uncontrolled.)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Influence(nn.Module):
    """W_C and W_I of a category, tied under the mirror plane.

    Parameters
    ----------
    width
        Width of the global feature from which W_I is predicted.
    cage_mirror
        c indices: the mirror partner of every cage vertex.
    keypoint_mirror
        k indices: the mirror partner of every keypoint.
    """

    cage_mirror: Tensor
    keypoint_mirror: Tensor

    def __init__(
        self, width: int, cage_mirror: Sequence[int], keypoint_mirror: Sequence[int]
    ) -> None:
        super().__init__()
        self.shape = (len(cage_mirror), len(keypoint_mirror))
        # Zero at the start, as in the source: learning begins at the distance weights.
        self.canonical = nn.Parameter(torch.zeros(self.shape))
        self.offset = nn.Linear(width, self.shape[0] * self.shape[1])
        nn.init.zeros_(self.offset.weight)
        nn.init.zeros_(self.offset.bias)
        for name, mirror in (("cage_mirror", cage_mirror), ("keypoint_mirror", keypoint_mirror)):
            self.register_buffer(name, torch.tensor(list(mirror)), persistent=False)

    def offsets(self, feature: Tensor, mirrored_feature: Tensor) -> Tensor:
        """Return W_I (b,c,k) from the features (b,g) of a cloud and of its mirror image."""
        own: Tensor = self.offset(feature).reshape(-1, *self.shape)
        other: Tensor = self.offset(mirrored_feature).reshape(-1, *self.shape)
        return (own + self._mirrored(other)) / 2.0

    def forward(self, offsets: Tensor, cage: Tensor, keypoints: Tensor, reach: int) -> Tensor:
        """Return W (b,c,k) for cages (b,c,3), keypoints (b,k,3) and offsets W_I (b,c,k)."""
        squared = torch.cdist(cage, keypoints).square()
        near = locality(squared, reach)
        learned = (self.canonical + self._mirrored(self.canonical)) / 2.0 + offsets
        return distance_weights(squared, near) + zero_mean_rows(learned, near)

    def _mirrored(self, matrix: Tensor) -> Tensor:
        rows = matrix.index_select(-2, self.cage_mirror)
        return rows.index_select(-1, self.keypoint_mirror)


def locality(squared: Tensor, reach: int) -> Tensor:
    """Return (b,c,k) bool: cage vertex c may follow keypoint k.

    Each keypoint moves its `reach` nearest cage vertices (and those at the same distance, so that
    mirror images get mirrored masks); a cage vertex that none reaches follows its nearest keypoint.

    Parameters
    ----------
    squared
        (b,c,k) squared distances.
    reach
        Number of cage vertices a keypoint moves.
    """
    slack = 1e-5
    limit = squared.kthvalue(min(reach, squared.shape[1]), dim=1, keepdim=True).values
    near = squared <= limit + slack
    closest = squared <= squared.amin(dim=2, keepdim=True) + slack
    return near | (closest & ~near.any(dim=2, keepdim=True))


def distance_weights(squared: Tensor, near: Tensor) -> Tensor:
    """Return S (b,c,k): inverse fourth power of the distance where `near`, rows summing to 1."""
    weights = near / (squared + 1e-4).square()
    return weights / weights.sum(dim=2, keepdim=True)


def zero_mean_rows(matrix: Tensor, near: Tensor) -> Tensor:
    """Return Z (b,c,k): `matrix` where `near` less its row's mean there, 0 elsewhere."""
    kept = matrix * near
    mean = kept.sum(dim=2, keepdim=True) / near.sum(dim=2, keepdim=True)
    return kept - mean * near
