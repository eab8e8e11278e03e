"""What structure from pictures is learned from; see `image_structure`.

Reconstruction, projection and repulsion are those of the source. Ours: the turn of a rendering is
known (`pose_loss`), without which left and right, front and back change places for long; and the
shape that one picture shows is that of another picture of it, where it is projected to
(`heatmap_loss`).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, interpolate

from kpstudio.nn.image_structure import Pose
from kpstudio.nn.picture_maps import gaussian_maps, in_units, normalised, variance

#: Width within which keypoints push each other away, longest sides.
NEAR = 0.12
#: Sides of the squares that colours and edge strengths are averaged over before they are compared.
_SCALES = (1, 2, 4)
#: Where the distance of keypoints turns from square to linear, unit coordinates.
_BEND = 0.05
#: Width of the Gaussians that heatmaps learn, pixels of the maps.
_SIGMA = 1.5
_TINY = 1e-8
#: Standard deviation of a heatmap that counts for exp(-1/2), unit coordinates.
_NARROW = 0.15
#: Cells along a side of a hint.
_CELLS = 8


def picture_features(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Return (b,4,h,w) colours of pictures (b,3,H,W), and how strongly their brightness changes.

    Parameters
    ----------
    pictures
        Red, green and blue 0..1.
    size
        Height and width of the answer, as large as the pictures or smaller.
    """
    grey = pictures.mean(dim=1, keepdim=True)
    slope = grey.new_tensor([[[[-1.0, 0.0, 1.0]] * 3]]) / 3.0
    padded = torch.nn.functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    changes = torch.cat([conv2d(padded, slope), conv2d(padded, slope.transpose(2, 3))], dim=1)
    strength = (changes.square().sum(dim=1, keepdim=True) + 1e-6).sqrt()
    # Weak edges count as well: those inside a shape are much weaker than its outline.
    features = torch.cat([pictures, strength.sqrt()], dim=1)
    return interpolate(features, size=size, mode="area")


def hint_of(pictures: Tensor, size: tuple[int, int], share: float) -> Tensor:
    """Return (b,4,h,w) the colours of a random share of the cells of pictures, and which those are.

    Parameters
    ----------
    pictures
        (b,3,H,W).
    size
        Height and width of the answer.
    share
        How much is shown, 0..1.
    """
    shown = (torch.rand(len(pictures), 1, _CELLS, _CELLS, device=pictures.device) < share).float()
    shown = interpolate(shown, size=size, mode="nearest")
    return torch.cat([interpolate(pictures, size=size, mode="area") * shown, shown], dim=1)


def reconstruction_loss(drawn: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared difference of features (b,c,h,w) at several scales."""
    terms = [
        (avg_pool2d(drawn, side) - avg_pool2d(wanted, side)).square().mean() for side in _SCALES
    ]
    return torch.stack(terms).mean()


def projection_loss(projected: Tensor, places: Tensor, maps: Tensor) -> Tensor:
    """Return the mean pseudo-Huber distance of shapes in pictures from keypoints there.

    Ours: keypoints count as their heatmaps are narrow, exp(-v / (2 0.15^2)) with the variance v. A
    keypoint that may be at either end of a shape is expected in its middle, and would draw all
    shapes together.

    Parameters
    ----------
    projected, places
        (b,k,2) unit coordinates.
    maps
        (b,k,h,w) probabilities of the keypoints.
    """
    squared = (projected - places).square().sum(dim=2)
    sure = (-0.5 * variance(maps.detach()) / _NARROW**2).exp()
    return (sure * _BEND * ((squared / _BEND**2 + 1.0).sqrt() - 1.0)).mean()


def heatmap_loss(maps: Tensor, projected: Tensor) -> Tensor:
    """Return the mean Kullback-Leibler divergence of heatmaps from Gaussians at projected shapes.

    It teaches the heatmaps alone: shapes follow by `projection_loss`.

    Parameters
    ----------
    maps
        (b,k,h,w) probabilities.
    projected
        (b,k,2) where a shape has its keypoints, unit coordinates.
    """
    size = (int(maps.shape[2]), int(maps.shape[3]))
    inside = projected.detach().clamp(-1.0, 1.0)
    wanted = normalised(gaussian_maps(inside, size, in_units(_SIGMA, size)))
    return (torch.xlogy(wanted, wanted) - wanted * (maps + _TINY).log()).sum(dim=(2, 3)).mean()


def repulsion_loss(shape: Tensor, near: float = NEAR) -> Tensor:
    """Return the mean over keypoints (b,k,3) of the sum over others of exp(-d^2 / (2 near^2))."""
    squared = (shape[:, :, None] - shape[:, None]).square().sum(dim=3)
    # Each keypoint's own term is 1.
    return (-0.5 * squared / near**2).exp().sum(dim=2).mean() - 1.0


def pose_loss(found: Pose, true: Pose) -> Tensor:
    """Return how far poses are from true ones: rotations, logarithms of scales, shifts, squared."""
    turn = (found.rotation - true.rotation).square().sum(dim=(1, 2))
    scale = (found.scale / true.scale).log().square()
    shift = (found.shift - true.shift).square().sum(dim=1)
    return (turn + scale + shift).mean()
