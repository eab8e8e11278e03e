"""Local reference frames: axes that turn with the surface, so that what is seen in them does not.

Tombari, Salti, Di Stefano 2010, "Unique signatures of histograms for local surface description",
doi:10.1007/978-3-642-15558-1_26, section 3: eigenvectors of the weighted scatter of a ball, with
signs towards where most of its points lie.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kpstudio.nn.groups import gather_groups, nearest_points


@torch.no_grad()
def local_frames(
    places: Tensor, points: Tensor, normals: Tensor, radius: float, most: int = 64
) -> Tensor:
    """Return frames (b,m,3,3) at places (b,m,3) of clouds (b,n,3); rows are the axes x, y, z.

    x is the direction of most spread, z that of least, y completes them. Coordinates in a frame
    are `offsets @ frame.transpose(-1, -2)`.

    Parameters
    ----------
    places
        Where frames are wanted.
    points, normals
        The clouds, and their unit normals (b,n,3): on a flat place, where the source has nothing
        to go by, they say which side z points to (ours).
    radius
        Radius of the balls.
    most
        Most points of a ball that count, the nearest ones.
    """
    distances, indices = nearest_points(places, points, min(most, points.shape[1]))
    offsets = gather_groups(points, indices) - places[:, :, None]
    # In double precision: signs and close eigenvalues must not hang on the last digits.
    offsets = offsets.double()
    weights = (radius - distances.double()).clamp(min=0.0)[..., None]
    scatter = (weights * offsets).transpose(2, 3) @ offsets
    axes = torch.linalg.eigh(scatter).eigenvectors
    z, x = axes[..., 0], _towards_most(axes[..., 2], offsets, weights)
    outward = (weights * gather_groups(normals, indices).double()).sum(dim=2)
    z = z * torch.where((z * outward).sum(dim=2) < 0.0, -1.0, 1.0)[..., None]
    y = torch.linalg.cross(z, x)
    return torch.stack([x, y, z], dim=2).to(points.dtype)


def _towards_most(axis: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
    """Return axes (b,m,3) turned to the side where the weighted points lie."""
    side = (weights * offsets).sum(dim=2)
    third = (weights[..., 0] * (offsets @ axis[..., None])[..., 0].pow(3)).sum(dim=2)
    first = (side * axis).sum(dim=2)
    # A mean that is nearly zero says nothing: then the longer tail decides.
    extent = (weights[..., 0] * (offsets @ axis[..., None])[..., 0].abs()).sum(dim=2)
    vague = first.abs() < 0.05 * extent
    sign = torch.where(vague, third, first)
    return axis * torch.where(sign < 0.0, -1.0, 1.0)[..., None]
