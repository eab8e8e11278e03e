"""Patches: how dense a cloud is around a point, on a small grid that turns with the surface.

The smoothed density value representation of Gojcic, Zhou, Wegner, Wieser 2019, "The perfect match:
3D point cloud matching with smoothed densities", doi:10.1109/CVPR.2019.00569, in local reference
frames; UKPGAN looks at them. Their grid has 16^3 cells and a Gaussian for every point and cell;
ours has 8^3, each point is shared among eight cells and the grid is blurred, which takes a
hundredth of the time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kpstudio.nn.frames import local_frames
from kpstudio.nn.groups import gather_groups, nearest_points

#: Cells along a side of the grid.
CELLS = 8
#: Blur along each axis: a Gaussian with a standard deviation of 0.85 cells.
_BLUR = (0.25, 0.5, 0.25)


@torch.no_grad()
def density_patches(
    places: Tensor, points: Tensor, normals: Tensor, radius: float, most: int = 128
) -> Tensor:
    """Return densities (b,m,8,8,8) around places (b,m,3), each patch summing to 1.

    Parameters
    ----------
    places
        (b,m,3) places on the clouds.
    points, normals
        (b,n,3) clouds and unit normals.
    radius
        Half the side of the grid; frames are taken from balls sqrt(3) times as large, as in the
        source.
    most
        Most points of the cloud that are put into one patch, the nearest ones.
    """
    frames = local_frames(places, points, normals, 3.0**0.5 * radius, most)
    indices = nearest_points(places, points, min(most, points.shape[1]))[1]
    offsets = gather_groups(points, indices) - places[:, :, None]
    inside = (offsets @ frames.transpose(2, 3)) / radius  # -1..1 is the grid
    grid = _shared_out(inside.flatten(0, 1))
    for axis in (1, 2, 3):
        grid = _blurred(grid, axis)
    grid = grid / grid.sum(dim=(1, 2, 3), keepdim=True).clamp(min=1e-9)
    return grid.unflatten(0, places.shape[:2])  # type: ignore[no-untyped-call]


def _shared_out(inside: Tensor) -> Tensor:
    """Return grids (p,8,8,8) with points (p,k,3), in -1..1, shared among the cells around each."""
    patches = len(inside)
    at = (inside + 1.0) * (CELLS / 2.0) - 0.5
    low = at.floor()
    part = at - low
    grid = inside.new_zeros((patches, CELLS**3))
    for corner in range(8):
        step = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1], device=at.device)
        cell = low.long() + step
        weight = torch.where(step.bool(), part, 1.0 - part).prod(dim=2)
        weight = weight * ((cell >= 0) & (cell < CELLS)).all(dim=2)
        cell = cell.clamp(0, CELLS - 1)
        flat = (cell[..., 0] * CELLS + cell[..., 1]) * CELLS + cell[..., 2]
        grid.scatter_add_(1, flat, weight)
    return grid.view(patches, CELLS, CELLS, CELLS)


def _blurred(grid: Tensor, axis: int) -> Tensor:
    """Return the grid blurred along an axis, nothing beyond its ends."""
    side, middle, _ = _BLUR
    result = middle * grid
    result.narrow(axis, 1, CELLS - 1).add_(grid.narrow(axis, 0, CELLS - 1), alpha=side)
    result.narrow(axis, 0, CELLS - 1).add_(grid.narrow(axis, 1, CELLS - 1), alpha=side)
    return result
