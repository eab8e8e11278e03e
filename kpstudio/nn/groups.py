"""Which points lie around which: nearest neighbours and balls, for batches of clouds."""

from __future__ import annotations

import torch
from torch import Tensor

#: Above this many distances a CPU finds neighbours faster in a tree.
_TREE = 1 << 18


@torch.no_grad()
def nearest_points(queries: Tensor, points: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return distances and indices (b,m,count) of the points nearest to each query, nearest first.

    Parameters
    ----------
    queries
        (b,m,3) places.
    points
        (b,n,3) clouds, n at least `count`.
    count
        Number of neighbours.
    """
    pairs = queries.shape[1] * points.shape[1]
    if queries.device.type == "cpu" and pairs > _TREE:
        return _by_trees(queries, points, count)
    found = torch.cdist(queries, points).topk(count, dim=2, largest=False)
    return found.values, found.indices


@torch.no_grad()
def ball_points(queries: Tensor, points: Tensor, radius: float, count: int) -> Tensor:
    """Return indices (b,m,count) of the nearest points within a radius of each query.

    Where a ball holds fewer, the nearest point is repeated: the maximum over a group does not
    notice. PointNet++ takes the first points in the order of the file instead, which depends on
    that order.
    """
    distances, indices = nearest_points(queries, points, min(count, points.shape[1]))
    return torch.where(distances <= radius, indices, indices[:, :, :1])


def gather_groups(values: Tensor, indices: Tensor) -> Tensor:
    """Return values (b,m,k,d) at indices (b,m,k) of values (b,n,d)."""
    batch, rows, count = indices.shape
    flat = indices.reshape(batch, rows * count, 1).expand(-1, -1, values.shape[2])
    return values.gather(1, flat).reshape(batch, rows, count, values.shape[2])


def interpolate(queries: Tensor, points: Tensor, values: Tensor, count: int = 3) -> Tensor:
    """Return values (b,m,d) at queries, from the nearest points by inverse squared distance.

    Qi, Yi, Su, Guibas 2017, "PointNet++", arXiv:1706.02413, equation 2.

    Parameters
    ----------
    queries
        (b,m,3) places.
    points, values
        (b,n,3) where values are known, and (b,n,d) the values.
    count
        Number of points to take them from.
    """
    distances, indices = nearest_points(queries, points, min(count, points.shape[1]))
    weights = 1.0 / (distances.square() + 1e-8)
    weights = weights / weights.sum(dim=2, keepdim=True)
    return (gather_groups(values, indices) * weights[..., None]).sum(dim=2)


def _by_trees(queries: Tensor, points: Tensor, count: int) -> tuple[Tensor, Tensor]:
    from scipy.spatial import cKDTree

    distances, indices = [], []
    for some, cloud in zip(queries.detach().numpy(), points.detach().numpy(), strict=True):
        tree = cKDTree(cloud, balanced_tree=False)
        found = tree.query(some, count)
        distances.append(torch.from_numpy(found[0].reshape(len(some), count)))
        indices.append(torch.from_numpy(found[1].reshape(len(some), count)))
    return torch.stack(distances).to(queries.dtype), torch.stack(indices).long()
