"""Kernel point convolution: weights sit on points in space, and neighbours share the near ones.

Thomas, Qi, Deschaud, Marcotegui, Goulette, Guibas 2019, "KPConv: flexible and deformable
convolution for point clouds", ICCV, arXiv:1904.08889; the rigid kernel with linear correlation.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.nn.groups import gather_groups, nearest_points

#: Kernel points: the centre and the fourteen corners of a rhombic dodecahedron.
KERNEL_POINTS = 15
#: Distance of the outer kernel points from the centre, as a share of the radius.
_SHELL = 0.66
#: Distance at which a neighbour no longer feels a kernel point, as a share of the radius: 1.2 of
#: the source's cells, which measure 1 / 2.5 of a radius.
_EXTENT = 0.48


class Neighbourhood(NamedTuple):
    """Who is around each of m places, and how much each of the 15 kernel points has of them.

    Parameters
    ----------
    indices
        (b,m,h) points of the level below, the nearest first.
    present
        (b,m,h) 1 for points within the radius, 0 for those that fill up the row.
    influence
        (b,m,15,h) correlation of kernel points and neighbours, 0 for those not present.
    """

    indices: Tensor
    present: Tensor
    influence: Tensor


def kernel_points() -> Tensor:
    """Return (15,3) the kernel points for radius 1, the centre first.

    The source lets fourteen points repel each other on a ball; corners of a rhombic dodecahedron,
    six along the axes and eight along the diagonals, are as evenly spread and never differ.
    """
    axes = torch.cat([torch.eye(3), -torch.eye(3)])
    signs = torch.tensor([-1.0, 1.0])
    diagonals = torch.cartesian_prod(signs, signs, signs) / 3.0**0.5
    return torch.cat([torch.zeros(1, 3), _SHELL * axes, _SHELL * diagonals])


@torch.no_grad()
def neighbourhood(
    places: Tensor, points: Tensor, radius: float, most: int, frames: Tensor | None = None
) -> Neighbourhood:
    """Return the neighbourhoods of places (b,m,3) in clouds (b,n,3).

    Parameters
    ----------
    places, points
        Where features are wanted, and where there are some.
    radius
        Radius of a neighbourhood.
    most
        Most neighbours that count, the nearest ones.
    frames
        (b,m,3,3) axes in which kernel points are placed; those of the cloud if None.
    """
    distances, indices = nearest_points(places, points, min(most, points.shape[1]))
    present = (distances <= radius).to(points.dtype)
    offsets = (gather_groups(points, indices) - places[:, :, None]) / radius
    if frames is not None:
        offsets = offsets @ frames.transpose(2, 3)
    kernel = kernel_points().to(points)
    # |x - k|^2 = |x|^2 - 2 x k + |k|^2 without an array (b,m,15,h,3)
    squared = offsets.square().sum(dim=3)[:, :, None] - 2.0 * kernel @ offsets.transpose(2, 3)
    apart = (squared + kernel.square().sum(dim=1)[:, None]).clamp(min=0.0).sqrt()
    influence = (1.0 - apart / _EXTENT).clamp(min=0.0) * present[:, :, None]
    return Neighbourhood(indices, present, influence)


class KernelPointConvolution(nn.Module):
    """A weighted sum over the neighbours of each place, divided by their number.

    Dividing makes it the same for dense and sparse clouds: the density normalisation of D3Feat
    (Bai et al. 2020, arXiv:2003.03164, equation 3). Neighbours that only fill up a row do not
    count.

    Parameters
    ----------
    before, after
        Widths of the features.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.mix = nn.Linear(KERNEL_POINTS * before, after)
        nn.init.kaiming_uniform_(self.mix.weight, a=5.0**0.5)
        nn.init.zeros_(self.mix.bias)
        self.scale = nn.Parameter(torch.ones(after))
        self.shift = nn.Parameter(torch.zeros(after))

    def forward(self, features: Tensor, around: Neighbourhood) -> Tensor:
        """Return features (b,m,after) of places from features (b,n,before) of points."""
        gathered = gather_groups(features, around.indices)
        count = around.present.sum(dim=2).clamp(min=1.0)[..., None, None]
        at_kernel = around.influence @ gathered / count
        normal = standardised(self.mix(at_kernel.flatten(2))) * self.scale + self.shift
        return nn.functional.leaky_relu(normal, 0.1)


def standardised(features: Tensor) -> Tensor:
    """Return features (b,n,d) with mean 0 and variance 1 over the points of each cloud.

    What batch norm does in the source, whose batches are one pair of clouds. Layer norm does not
    serve: points would begin all alike, and stay so for hundreds of steps.
    """
    centred = features - features.mean(dim=1, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(dim=1, keepdim=True) + 1e-5)
