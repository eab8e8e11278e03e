"""The losses of KeypointNet, each a function; all from its source but where said.

Suwajanakorn, Snavely, Tompson, Norouzi 2018, "Discovery of latent 3D keypoints via end-to-end
geometric reasoning", NeurIPS, arXiv:1807.03146, sections 3 to 5 and appendix.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from kpstudio.nn.picture_maps import expectation, gaussian_maps
from kpstudio.nn.rigid import angle_between, fit_rotation

#: Least depth of a point that is projected, longest sides: points behind the eye have no place.
_NEAREST = 0.1
_TINY = 1e-12
#: Width of an end of the axis, unit coordinates, and the weight of its map in the loss.
_END_WIDTH, _DIVERGENCE = 0.1, 0.1


class Eyes(NamedTuple):
    """b cameras: rotation (b,3,3) and translation (b,3), world to camera; focal length.

    The focal length is that of unit coordinates: u = focal x / z.
    """

    rotation: Tensor
    translation: Tensor
    focal: float

    def of(self, rows: Tensor | slice) -> Eyes:
        """Return some of the cameras."""
        return Eyes(self.rotation[rows], self.translation[rows], self.focal)

    def project(self, seen: Tensor) -> Tensor:
        """Return unit coordinates (b,k,2) of points (b,k,3) in camera axes."""
        return self.focal * seen[..., :2] / seen[..., 2:].clamp(min=_NEAREST)

    def to_world(self, seen: Tensor) -> Tensor:
        """Return points (b,k,3) in camera axes in the world's."""
        return (seen - self.translation[:, None]) @ self.rotation

    def to_camera(self, points: Tensor) -> Tensor:
        """Return points (b,k,3) of the world in camera axes."""
        return points @ self.rotation.transpose(1, 2) + self.translation[:, None]


def consistency_loss(first: Tensor, second: Tensor, eyes: Eyes, others: Eyes) -> Tensor:
    """Return L_con: how far keypoints land from their partners in the other picture, squared.

    Half the mean over the keypoints of both directions' squared distances, unit coordinates.

    Parameters
    ----------
    first, second
        (b,k,3) keypoints of two pictures, each in its own camera's axes.
    eyes, others
        Their cameras.
    """
    there = others.project(others.to_camera(eyes.to_world(first))) - others.project(second)
    back = eyes.project(eyes.to_camera(others.to_world(second))) - eyes.project(first)
    return (there.square() + back.square()).sum(dim=2).mean() / 2.0


def pose_loss(
    first: Tensor, second: Tensor, eyes: Eyes, others: Eyes, noise: Tensor | None = None
) -> Tensor:
    """Return L_pose: the angle between the cameras' true turn and that of the keypoints, radians.

    Parameters
    ----------
    first, second, eyes, others
        As for `consistency_loss`.
    noise
        (2,b,k,3) added to the keypoints, so that they do not rest on tiny differences.
    """
    if noise is not None:
        first, second = first + noise[0], second + noise[1]
    true = others.rotation @ eyes.rotation.transpose(1, 2)
    return angle_between(fit_rotation(first, second), true).mean()


def separation_loss(keypoints: Tensor, least: float) -> Tensor:
    """Return L_sep: mean over pairs (b,k,3) of max(0, least^2 - distance^2)."""
    count = keypoints.shape[1]
    squared = (keypoints[:, :, None] - keypoints[:, None]).square().sum(dim=3)
    close = (least**2 - squared).clamp(min=0.0)
    itself = torch.eye(count, dtype=torch.bool, device=keypoints.device)
    return close.masked_fill(itself, 0.0).sum(dim=(1, 2)).mean() / count**2


def silhouette_loss(maps: Tensor, mask: Tensor) -> Tensor:
    """Return L_obj: mean over the keypoints of -log of the probability that is on the shape.

    Parameters
    ----------
    maps
        (b,k,h,w) probabilities.
    mask
        (b,h,w) share of each place that the shape covers, 0..1.
    """
    inside = torch.einsum("bkhw,bhw->bk", maps, mask)
    return -(inside + _TINY).log().mean()


def orientation_loss(maps: Tensor, true: Tensor) -> Tensor:
    """Return how far maps of the ends of a shape's axis are from where these are.

    The squared distance of the expected places, as in the source, and (ours) a tenth of the
    Kullback-Leibler divergence from Gaussians: a network that does not know yet which end is
    which learns from it where ends are, while its expectation is the middle of both.

    Parameters
    ----------
    maps
        (b,2,h,w) probabilities.
    true
        (b,2,2) unit coordinates.
    """
    size = (maps.shape[2], maps.shape[3])
    target = gaussian_maps(true, size, _END_WIDTH) + _TINY
    target = target / target.sum(dim=(2, 3), keepdim=True)
    divergence = (target * (target.log() - (maps + _TINY).log())).sum(dim=(2, 3)).mean()
    return (expectation(maps) - true).square().sum(dim=2).mean() + _DIVERGENCE * divergence
