"""What Keypoint3D learns from besides drawing its pictures again, each loss a function.

Chen, Abbeel, Pathak 2021, "Unsupervised learning of visual 3D keypoints for control", ICML,
arXiv:2106.07643. Lengths count in `MARGIN`, so that the source's weights serve; the forms of the
losses are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Length that counts as near, longest sides.
MARGIN = 0.05


def multiview_loss(points: Tensor, keypoints: Tensor) -> Tensor:
    """Return how far pictures put keypoints from where all together do, squared margins.

    The mean over keypoints and pictures.

    Parameters
    ----------
    points
        (s,v,k,3) of each picture.
    keypoints
        (s,k,3) joined.
    """
    squared = (points - keypoints[:, None]).square().sum(dim=3)
    return squared.mean() / MARGIN**2


def separation_loss(keypoints: Tensor) -> Tensor:
    """Return the sum over ordered pairs (s,k,3) of 1 / (1 + squared distance in margins)."""
    squared = (keypoints[:, :, None] - keypoints[:, None]).square().sum(dim=3)
    near = 1.0 / (1.0 + squared / MARGIN**2)
    itself = torch.eye(keypoints.shape[1], dtype=torch.bool, device=keypoints.device)
    return near.masked_fill(itself, 0.0).sum(dim=(1, 2)).mean()


def sparsity_loss(attention: Tensor) -> Tensor:
    """Return how many keypoints a picture draws: the sum of the strengths of attention (b,k)."""
    return attention.sigmoid().sum(dim=1).mean()


def depth_loss(depths: Tensor, true: Tensor) -> Tensor:
    """Return the mean squared difference of depths (b,k), squared margins."""
    return (depths - true).square().mean() / MARGIN**2
