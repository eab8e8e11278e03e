"""Do keypoints move with the picture? A loss for those that learn, a figure for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from kpstudio.nn.picture_warps import Warp, warp_pictures


def residual(first: Tensor, second: Tensor, warp: Warp) -> Tensor:
    """Return (b,k) distances |l - g(l')| between keypoints and those found after a known warp.

    Parameters
    ----------
    first, second
        (b,k,2) keypoints in a picture and in the warped one, unit coordinates, whoever found them.
    warp
        Takes places of the second picture to the first.
    """
    return (first - warp(second)).norm(dim=2)


def equivariance_loss(
    first: Tensor, second: Tensor, warp: Warp, seen: Tensor | None = None
) -> Tensor:
    """Return the mean of |l - g(l')|^2 over keypoints.

    Thewlis, Bilen, Vedaldi 2017, "Unsupervised learning of object landmarks by factorized spatial
    embeddings", doi:10.1109/ICCV.2017.348, and Zhang et al. 2018, arXiv:1804.04412. It is often
    written with g on the wrong side, which is right only for the inverse of g.

    Parameters
    ----------
    first, second, warp
        As for `residual`.
    seen
        (b,k) weights, such as 0 where a keypoint is hidden from the first camera; all 1 by
        default.
    """
    squared = (first - warp(second)).square().sum(dim=2)
    if seen is None:
        return squared.mean()
    return (seen * squared).sum() / seen.sum().clamp(min=1.0)


@torch.no_grad()
def stability(find: Callable[[Tensor], Tensor], pictures: Tensor, warps: Sequence[Warp]) -> Tensor:
    """Return (b,k) how far keypoints stray on average when a picture is warped, unit coordinates.

    The lower, the more stable; no ground truth is needed, and any detector will do. Keypoints must
    keep their order; one that always stays in the middle of the picture strays too.

    Parameters
    ----------
    find
        The detector: from pictures (b,3,h,w) to keypoints (b,k,2), unit coordinates.
    pictures
        (b,3,h,w) in 0..1.
    warps
        At least one, such as those of `picture_warps.random_warp`.
    """
    first = find(pictures)
    strayed = [residual(first, find(warp_pictures(pictures, warp)), warp) for warp in warps]
    return torch.stack(strayed).mean(dim=0)
