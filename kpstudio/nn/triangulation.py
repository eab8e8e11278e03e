"""Triangulation with gradients: from places in several pictures to points in space."""

from __future__ import annotations

import torch
from torch import Tensor

from kpstudio.nn.keypointnet_losses import Eyes

#: Times that equations are weighed anew by the depths that the time before found.
_ROUNDS = 2
#: Least depth that equations are divided by, and how much of each system pulls to the origin:
#: where rays are nearly parallel, gradients stay finite.
_NEAREST, _RIDGE = 0.1, 1e-5


def triangulate(places: Tensor, weights: Tensor, eyes: Eyes) -> Tensor:
    """Return the points (s,k,3) that v pictures of each of s shapes show.

    A camera with rows r of its rotation sees a point X at u when (f r1 - u r3) X = u t3 - f t1,
    and alike for the second coordinate: weighted linear least squares, each equation divided by
    the point's depth, so that what is left over is in units of the picture. The iterative linear
    method of Hartley and Sturm 1997, "Triangulation", doi:10.1006/cviu.1997.0547.

    Parameters
    ----------
    places
        (s,v,k,2) unit coordinates.
    weights
        (s,v,k) how much each counts, positive.
    eyes
        The s v cameras, those of a shape after each other.
    """
    shapes, views, count = weights.shape
    rotation = eyes.rotation.reshape(shapes, views, 1, 3, 3)
    shift = eyes.translation.reshape(shapes, views, 1, 3)
    u = places[..., None]
    sides = eyes.focal * rotation[..., :2, :] - u * rotation[..., 2:, :]
    values = u[..., 0] * shift[..., 2:] - eyes.focal * shift[..., :2]
    shares = weights / weights.sum(dim=1, keepdim=True)
    depth = shift[..., 2].expand(-1, -1, count)
    ridge = _RIDGE * torch.eye(3, dtype=places.dtype, device=places.device)
    points = places.new_zeros(shapes, count, 3)
    for _ in range(_ROUNDS):
        weighed = sides * (shares / depth.square())[..., None, None]
        normal = torch.einsum("svkai,svkaj->skij", weighed, sides) + ridge
        right = torch.einsum("svkai,svka->ski", weighed, values)
        points = torch.linalg.solve(normal, right)
        with torch.no_grad():
            seen = torch.einsum("svi,ski->svk", rotation[:, :, 0, 2], points) + shift[..., 2]
            depth = seen.clamp(min=_NEAREST)
    return points
