"""What multi-view discovery learns from, each loss a function.

The kinds of losses are those of Honari, Zhao, Salzmann, Fua 2022, "Unsupervised 3D keypoint
discovery with multi-view geometry", arXiv:2211.12829: picture and features, mask, coverage and
centring. Their forms are ours where said.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from kpstudio.nn.picture_maps import gaussian_maps, normalised, pixel_places, sample_maps

#: Colour behind the subject: the source knows its scenes without people.
BEHIND = 0.5
#: Times that pictures are halved for features.
_SCALES = 3
#: Softness of the nearest keypoint, unit coordinates squared.
_SOFTNESS = 0.01
#: Width of the spots that maps are told to have at first, unit coordinates; least probability.
_SPOT, _TINY = 0.1, 1e-8


def composed(mask: Tensor, subject: Tensor) -> Tensor:
    """Return pictures (b,3,h,w) of subjects (b,3,h,w) seen where masks (b,h,w) are 1."""
    seen = mask[:, None]
    return seen * subject + (1.0 - seen) * BEHIND


def image_loss(drawn: Tensor, true: Tensor) -> Tensor:
    """Return the mean squared difference of pictures (b,3,h,w)."""
    return (drawn - true).square().mean()


def feature_loss(drawn: Tensor, true: Tensor) -> Tensor:
    """Return the mean squared difference of slopes of pictures (b,3,h,w) at several scales.

    In place of the source's features of a network trained on photographs (ours).
    """
    total = drawn.new_zeros(())
    for _ in range(_SCALES):
        difference = drawn - true
        down, right = difference.diff(dim=2), difference.diff(dim=3)
        total = total + down.square().mean() + right.square().mean()
        drawn, true = avg_pool2d(drawn, 2), avg_pool2d(true, 2)
    return total / _SCALES


def mask_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """Return the cross-entropy of a drawn mask, logits (b,h,w), and the true one, 0..1."""
    return binary_cross_entropy_with_logits(logits, mask)


def coverage_loss(places: Tensor, mask: Tensor) -> Tensor:
    """Return how far the pixels of a mask are from their nearest keypoint, squared.

    The mean over the mask, in units of the picture; which keypoint is the nearest is soft (ours).

    Parameters
    ----------
    places
        (b,k,2) unit coordinates.
    mask
        (b,h,w), 0..1.
    """
    pixels = pixel_places((mask.shape[1], mask.shape[2]), places).flatten(0, 1)
    squared = (pixels[:, None] - places[:, None]).square().sum(dim=3)
    nearest = -_SOFTNESS * (-squared / _SOFTNESS).logsumexp(dim=2)
    share = normalised(mask[:, None])[:, 0].flatten(1)
    return (share * nearest).sum(dim=1).mean()


def centring_loss(places: Tensor, mask: Tensor) -> Tensor:
    """Return how far the mean of keypoints (b,k,2) is from the middle of masks (b,h,w), squared."""
    pixels = pixel_places((mask.shape[1], mask.shape[2]), places)
    middle = torch.einsum("bhw,hwi->bi", normalised(mask[:, None])[:, 0], pixels)
    return (places.mean(dim=1) - middle).square().sum(dim=1).mean()


def agreement_loss(places: Tensor, projected: Tensor) -> Tensor:
    """Return the mean squared distance of places (b,k,2) found from where their points fall (ours).

    The source has no such loss; without it a picture may show a keypoint anywhere as long as the
    others outvote it.
    """
    return (places - projected).square().sum(dim=2).mean()


def surface_loss(projected: Tensor, depths: Tensor, surface: Tensor, shapes: int) -> Tensor:
    """Return how far in front of or behind the surface keypoints are where they come nearest to it.

    Rendered pictures know their depth, which keypoints inside of a closed body do not match in any
    of them (ours). The mean over keypoints of the least absolute difference over a shape's views.

    Parameters
    ----------
    projected
        (s v,k,2) unit coordinates.
    depths
        (s v,k) of keypoints.
    surface
        (s v,h,w) of the surface; where there is none, anything far.
    shapes
        s.
    """
    there = sample_maps(surface[:, None], projected)[..., 0]
    apart = (depths - there).abs().reshape(shapes, -1, depths.shape[1])
    return apart.amin(dim=1).mean()


def start_loss(maps: Tensor, places: Tensor) -> Tensor:
    """Return the divergence of maps (b,k,h,w) from Gaussians at places (b,k,2) (ours).

    Unlike a distance of expected places it also tells a map with two peaks which one to give up.
    """
    target = normalised(gaussian_maps(places, (maps.shape[2], maps.shape[3]), _SPOT))
    known = target.clamp(min=_TINY).log() - maps.clamp(min=_TINY).log()
    return (target * known).sum(dim=(2, 3)).mean()
