"""The shape prior: keypoints of a category vary together along a few directions.

Principal components of aligned keypoint sets (Cootes et al. 1995, "Active shape models",
doi 10.1006/cviu.1995.1004), used to edit as in Jakab et al. 2021, "KeypointDeformer",
doi 10.1109/CVPR46437.2021.01259. Everything here is in the normalised frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.prior import ShapePrior

#: Coefficients stay within this many standard deviations.
LIMIT = 3.0
_EXPLAINED = 0.95
#: Standard deviation of where a person means to put a keypoint; side of the unit cube = 1.
_HAND = 0.01
#: Smallest standard deviation of a mode, same unit: variation below it is noise.
_SMALLEST_DEVIATION = 1e-3


def fit_prior(
    keypoints: ArrayLike, count: int | None = None, explained: float = _EXPLAINED
) -> ShapePrior:
    """Fit a prior to the keypoints of s shapes.

    Parameters
    ----------
    keypoints
        (s,k,3) keypoints of each shape, normalised frame, in the same order.
    count
        Most modes to keep; None for as many as `explained` asks for.
    explained
        Fraction of the variance to explain, 0..1.

    Raises
    ------
    InputError
        Fewer than two shapes, or values that are not finite.
    """
    data = np.asarray(keypoints, float)
    if data.ndim != 3 or data.shape[2] != 3 or len(data) < 2:
        raise InputError(f"a prior needs keypoints of two shapes or more, not {data.shape}")
    if not np.isfinite(data).all():
        raise InputError("keypoints hold values that are NaN or infinite")
    mean = data.mean(axis=0)
    flat = (data - mean).reshape(len(data), -1)
    _, singular, modes = np.linalg.svd(flat, full_matrices=False)
    variances = singular**2 / (len(data) - 1)
    total = float(variances.sum())
    shares = np.cumsum(variances) / total if total > 0.0 else np.ones(len(variances))
    kept = int(np.searchsorted(shares, explained - 1e-12)) + 1
    kept = min(kept, len(data) - 1, len(variances), len(variances) if count is None else count)
    if kept < 1:
        raise ParameterError("a prior needs at least one mode")
    return ShapePrior(
        mean,
        modes[:kept].reshape(kept, -1, 3),
        np.maximum(variances[:kept], _SMALLEST_DEVIATION**2),
        count=len(data),
        explained=float(shares[kept - 1]),
    )


def coefficients(prior: ShapePrior, keypoints: FloatArray) -> FloatArray:
    """Return the (b,) coefficients of the shape of the prior nearest to `keypoints` (k,3)."""
    return np.tensordot(prior.modes, keypoints - prior.mean, axes=2)


def with_coefficients(prior: ShapePrior, keypoints: FloatArray, values: ArrayLike) -> FloatArray:
    """Return `keypoints` (k,3) with other coefficients (b,), keeping what no mode explains."""
    change = np.asarray(values, float) - coefficients(prior, keypoints)
    return keypoints + np.tensordot(change, prior.modes, axes=1)


def synchronise(
    prior: ShapePrior,
    rest: FloatArray,
    moved: ArrayLike,
    offsets: ArrayLike,
    strength: float = 1.0,
) -> FloatArray:
    """Let the other keypoints follow those that a person moves.

    The change db of the coefficients that best explains the moved keypoints S,

        min |P_S db - d_S|² / hand² + sum_i db_i² / variance_i,

    is kept within 3 standard deviations and moves the others by strength * P db. No offsets, no
    change. A keypoint that must not move is one moved by zero.

    Parameters
    ----------
    prior
        Of the category, k keypoints.
    rest
        (k,3) keypoints that the offsets start from.
    moved
        Indices of the m keypoints that a person holds.
    offsets
        (m,3) where they go.
    strength
        0: the others stay; 1: they follow fully.

    Returns
    -------
    (k,3) offsets of all keypoints; exactly `offsets` for the moved ones.
    """
    held = np.asarray(moved, np.intp).reshape(-1)
    targets = np.asarray(offsets, float).reshape(len(held), 3)
    result = np.zeros(rest.shape)
    if strength != 0.0 and targets.any():
        change = _explaining_change(prior, held, targets)
        now = coefficients(prior, rest)
        # A rest shape beyond the limit may stay there, but goes no farther.
        limit = np.maximum(LIMIT * np.sqrt(prior.variances), np.abs(now))
        change = np.clip(now + change, -limit, limit) - now
        result = strength * np.tensordot(change, prior.modes, axes=1)
    result[held] = targets
    return result


def sample(prior: ShapePrior, rng: np.random.Generator, spread: float = 1.0) -> FloatArray:
    """Return the keypoints (k,3) of a random shape of the category.

    Coefficients are normal with the prior's variances, cut off at 3 standard deviations.

    Parameters
    ----------
    prior
        Of the category.
    rng
        Source of randomness.
    spread
        Factor on the coefficients: 0 gives the mean shape, 1 the variety of the category.
    """
    values = rng.standard_normal(len(prior.variances))
    while (outside := np.abs(values) > LIMIT).any():
        values[outside] = rng.standard_normal(int(outside.sum()))
    values *= spread * np.sqrt(prior.variances)
    return prior.mean + np.tensordot(values, prior.modes, axes=1)


def _explaining_change(
    prior: ShapePrior, held: NDArray[np.intp], targets: FloatArray
) -> FloatArray:
    """Return the (b,) change of coefficients that moves the held keypoints to their targets."""
    P = prior.modes[:, held].reshape(len(prior.modes), -1)
    # In the m-by-m form of ridge regression: the drag has few coordinates.
    PV = P.T * prior.variances
    gram = PV @ P + _HAND**2 * np.eye(P.shape[1])
    return np.asarray(PV.T @ np.linalg.solve(gram, targets.reshape(-1)))
