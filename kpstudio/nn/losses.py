"""What KeypointDeformer learns from. Squared distances in the normalised frame throughout."""

from __future__ import annotations

import torch
from torch import Tensor

from kpstudio.nn.sampling import farthest_points, gather

#: Largest distance matrix held at once, in numbers.
_CHUNK = 1 << 24


@torch.no_grad()
def nearest(points: Tensor, others: Tensor) -> Tensor:
    """Return indices (b,n) of the nearest of `others` (b,m,3) to each of `points` (b,n,3)."""
    if points.device.type == "cpu" and len(points[0]) * len(others[0]) > 1 << 14:
        return _nearest_by_trees(points, others)
    rows = max(1, _CHUNK // (len(others[0]) * len(others)))
    parts = [
        torch.cdist(points[:, start : start + rows], others).argmin(dim=2)
        for start in range(0, points.shape[1], rows)
    ]
    return torch.cat(parts, dim=1)


def _nearest_by_trees(points: Tensor, others: Tensor) -> Tensor:
    # On a CPU k-d trees beat the full matrix: 11 against 64 ms for 16 x 1024 x 1024.
    from scipy.spatial import cKDTree

    pairs = zip(points.detach().numpy(), others.detach().numpy(), strict=True)
    rows = [torch.from_numpy(cKDTree(b, balanced_tree=False).query(a)[1]) for a, b in pairs]
    return torch.stack(rows).long()


def one_sided(points: Tensor, others: Tensor) -> Tensor:
    """Return (b,) mean squared distance from `points` (b,n,3) to the nearest of `others`."""
    return (points - gather(others, nearest(points, others))).square().sum(dim=2).mean(dim=1)


def chamfer(first: Tensor, second: Tensor) -> Tensor:
    """Return (b,) Chamfer distance: mean squared nearest distance, both directions added.

    Fan, Su, Guibas 2017, "A point set generation network for 3D object reconstruction from a
    single image", doi:10.1109/CVPR.2017.264.
    """
    return one_sided(first, second) + one_sided(second, first)


def coverage_loss(keypoints: Tensor, points: Tensor, starts: Tensor) -> Tensor:
    """Return L_kpt: Chamfer distance of keypoints (b,k,3) and 2k farthest points of the cloud.

    It spreads the keypoints and holds them at the surface. KeypointDeformer, section 3.3; twice k
    samples as in its code. `starts` (b,) are the random first points.
    """
    far = gather(points, farthest_points(points, 2 * keypoints.shape[1], starts))
    return chamfer(keypoints, far).mean()


def spread_loss(weights: Tensor, points: Tensor, keypoints: Tensor) -> Tensor:
    """Return how far the weights of a softmax head spread around their keypoint: mean variance.

    It keeps heatmaps to one place. The variance loss of KeypointNet (Suwajanakorn, Snavely,
    Tompson, Norouzi 2018, "Discovery of latent 3D keypoints", arXiv:1807.03146), in 3D.

    Parameters
    ----------
    weights
        (b,n,k), summing to 1 over the points.
    points
        (b,n,3) points.
    keypoints
        (b,k,3) their weighted means.
    """
    second_moments = torch.einsum("bnk,bn->bk", weights, points.square().sum(dim=2))
    return (second_moments - keypoints.square().sum(dim=2)).mean()


def response_loss(response: Tensor) -> Tensor:
    """Return how far dragging keypoint k is from moving the surface at k, and nowhere else.

    Ours. `response` (b,k,k) holds at [j,k] how far the surface at keypoint j moves when keypoint
    k moves by 1; the ideal handle has the identity.
    """
    identity = torch.eye(response.shape[1], device=response.device)
    return (response - identity).square().sum(dim=2).mean()


def landmark_loss(keypoints: Tensor, landmarks: Tensor, known: Tensor) -> Tensor:
    """Return L_sem: mean squared distance to known landmarks; 0 when none is known.

    Ours, and optional: weak supervision by the procedural shapes, whose landmarks cost nothing.

    Parameters
    ----------
    keypoints
        (b,g,3) predictions for the g named keypoints.
    landmarks
        (b,g,3) where they are, anything where not known.
    known
        (b,g) bool, which of them are.
    """
    squared = (keypoints - landmarks.nan_to_num()).square().sum(dim=2)
    return (squared * known).sum() / known.sum().clamp(min=1)
