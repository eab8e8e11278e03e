"""Rotations between sets of points, with gradients that stay finite."""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: Least sum of two singular values that a gradient is divided by, of the largest one.
_LEAST = 1e-2
_TINY = 1e-12
#: The sine of half an angle is kept so far below 1, where arcsine has no slope.
_BELOW_ONE = 1e-6


def fit_rotation(first: Tensor, second: Tensor) -> Tensor:
    """Return the rotations (b,3,3) R that minimise sum |R x_i - y_i|^2 after centring.

    Orthogonal Procrustes: Schoenemann 1966, "A generalized solution of the orthogonal Procrustes
    problem", doi:10.1007/BF02289451; without reflections as in Umeyama 1991,
    doi:10.1109/34.88573. The derivative is that of the polar factor, M = R P: it divides by sums
    of P's eigenvalues only, so that equal singular values do no harm, and where points lie on a
    line and a sum vanishes it is damped.

    Parameters
    ----------
    first, second
        (b,k,3) corresponding points x and y.
    """
    x = first - first.mean(dim=1, keepdim=True)
    y = second - second.mean(dim=1, keepdim=True)
    m = y.transpose(1, 2) @ x
    with torch.no_grad():
        u, s, vt = torch.linalg.svd(m)
        signs = torch.ones_like(s)
        signs[:, 2] = torch.det(u @ vt).sign()
        p = s * signs
        r, v = (u * signs[:, None]) @ vt, vt.transpose(1, 2)
        sums = (p[:, :, None] + p[:, None, :]).clamp(min=_TINY)
        sums = torch.maximum(sums, _LEAST * s[:, :1, None])
    # R^T M is symmetric: this is zero, and its derivative is the turn of the polar factor.
    turned = vt @ (r.transpose(1, 2) @ m - m.transpose(1, 2) @ r) @ v / sums
    return r + r @ v @ turned @ vt


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Return (b,) the angle of first^T second, radians: 2 arcsin(|R1 - R2|_F / (2 sqrt 2)).

    Parameters
    ----------
    first, second
        (b,3,3) rotations.
    """
    apart = ((first - second).square().sum(dim=(1, 2)) + _TINY).sqrt() / (2.0 * math.sqrt(2.0))
    return 2.0 * torch.asin(apart.clamp(max=1.0 - _BELOW_ONE))
