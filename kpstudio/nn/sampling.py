"""Farthest point sampling of batches."""

from __future__ import annotations

import torch
from torch import Tensor


def farthest_points(points: Tensor, count: int, start: Tensor | None = None) -> Tensor:
    """Return indices (b,count) of points, each as far as possible from those before it.

    Eldar, Lindenbaum, Porat, Zeevi 1997, "The farthest point strategy for progressive image
    sampling", doi:10.1109/83.623193.

    Parameters
    ----------
    points
        (b,n,3) clouds.
    count
        Number of points to choose, at most n to avoid repeats.
    start
        (b,) indices of the first points; the first of every cloud by default.
    """
    batch = torch.arange(len(points), device=points.device)
    current = torch.zeros_like(batch) if start is None else start
    chosen = torch.empty((len(points), count), dtype=torch.long, device=points.device)
    # Coordinates apart: three contiguous (b,n) rows are faster than one strided (b,n,3).
    axes = points.detach().permute(2, 0, 1).contiguous()
    nearest = torch.full(points.shape[:2], torch.inf, device=points.device)
    for step in range(count):
        chosen[:, step] = current
        pick = axes[:, batch, current][:, :, None]
        torch.minimum(nearest, ((axes - pick) ** 2).sum(dim=0), out=nearest)
        current = nearest.argmax(dim=1)
    return chosen


def gather(points: Tensor, indices: Tensor) -> Tensor:
    """Return points (b,m,d) at indices (b,m) of clouds (b,n,d)."""
    return points.gather(1, indices[:, :, None].expand(-1, -1, points.shape[2]))
