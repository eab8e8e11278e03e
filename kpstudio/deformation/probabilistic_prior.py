"""A shape prior of incomplete keypoints: probabilistic principal components.

M. E. Tipping and C. M. Bishop, "Probabilistic principal component analysis", Journal of the Royal
Statistical Society B 61, 1999, doi:10.1111/1467-9868.00196. Keypoints of a shape, as a vector x of
length d = 3k, are

    x = W z + mu + e,   z ~ N(0, I_b),   e ~ N(0, sigma² I_d).

Without missing keypoints the most likely W and sigma are known: of the covariance's eigenvalues
l_1 >= l_2 ..., sigma² is the mean of those after the b-th, and W = U (L - sigma²)^(1/2). With
missing ones expectation maximisation finds them, in which only the coordinates o that are there
count: M = sigma² I + W_o^T W_o, E z = M^-1 W_o^T (x_o - mu_o), Cov z = sigma² M^-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import BoolArray, FloatArray, freeze
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.prior import ShapePrior

#: Rounds of expectation and maximisation, and the relative gain of likelihood at which they stop.
_ROUNDS, _STILL = 1000, 1e-8
#: Least noise, as a share of the mean variance: without any the likelihood has no bounds.
_LEAST_NOISE = 1e-8
#: Share of the trace added to moments, for coordinates that few shapes have.
_RIDGE = 1e-12


@dataclass(frozen=True, eq=False)
class ProbabilisticPrior:
    """Probabilistic principal components of keypoints.

    Parameters
    ----------
    mean
        (k,3) mu.
    loadings
        (b,k,3) the columns of W, orthogonal to each other, longest first.
    noise
        sigma, in the unit of the keypoints.
    count
        Number of shapes it was fitted to.
    likelihoods
        Logarithm of the likelihood before every round; one if it is known without rounds.
    """

    mean: FloatArray
    loadings: FloatArray
    noise: float
    count: int = 0
    likelihoods: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        mean = freeze(self.mean, (None, 3), float, "prior mean")
        object.__setattr__(self, "mean", mean)
        loadings = freeze(self.loadings, (None, len(mean), 3), float, "prior loadings")
        object.__setattr__(self, "loadings", loadings)

    @property
    def variances(self) -> FloatArray:
        """(b,) variance along each mode, noise included: eigenvalues of the covariance."""
        return np.asarray(np.square(self.loadings).sum(axis=(1, 2)) + self.noise**2)

    @property
    def explained(self) -> FloatArray:
        """(b,) share of the variance along each mode, 0..1."""
        rest = (self.mean.size - len(self.loadings)) * self.noise**2
        return np.asarray(self.variances / (self.variances.sum() + rest))

    @property
    def prior(self) -> ShapePrior:
        """The same modes as a prior to edit with."""
        lengths = np.sqrt(np.square(self.loadings).sum(axis=(1, 2)))
        modes = self.loadings / np.maximum(lengths, 1e-300)[:, None, None]
        return ShapePrior(self.mean, modes, self.variances, self.count, float(self.explained.sum()))

    def coefficients(self, keypoints: ArrayLike, seen: ArrayLike | None = None) -> FloatArray:
        """Return (s,b) E z of shapes (s,k,3), of which `seen` (s,k) are there; None for all.

        Of complete shapes without noise they are coefficients in standard deviations; what noise
        may have done draws them towards 0.
        """
        x, there = _flat(keypoints, seen)
        return _expected(x - self.mean.reshape(-1), there, self._w, self.noise**2).z

    def shapes(self, coefficients: ArrayLike) -> FloatArray:
        """Return (s,k,3) the shapes of coefficients z (s,b)."""
        z = np.atleast_2d(np.asarray(coefficients, float))
        return np.asarray(self.mean + np.tensordot(z, self.loadings, axes=1))

    def completed(self, keypoints: ArrayLike, seen: ArrayLike) -> FloatArray:
        """Return shapes (s,k,3) with the expected places for what is missing, `seen` (s,k)."""
        points, there = np.asarray(keypoints, float), np.asarray(seen, bool)
        return np.where(there[:, :, None], points, self.shapes(self.coefficients(points, there)))

    @property
    def _w(self) -> FloatArray:
        return self.loadings.reshape(len(self.loadings), -1).T


def fit_probabilistic(
    keypoints: ArrayLike, count: int, seen: ArrayLike | None = None
) -> ProbabilisticPrior:
    """Fit probabilistic principal components to keypoints of which some may be missing.

    Parameters
    ----------
    keypoints
        (s,k,3) keypoints of each shape, one frame for all, in the same order.
    count
        Number of modes b, below the number of shapes and of coordinates.
    seen
        (s,k) which of them are there; None for all.

    Raises
    ------
    InputError
        Fewer than two shapes, values that are not finite, a keypoint that is on no shape.
    ParameterError
        No modes, or more than shapes and keypoints tell.
    """
    x, there = _flat(keypoints, seen)
    if len(x) < 2 or not there.any(axis=0).all():
        raise InputError("a prior needs two shapes or more, and every keypoint on one of them")
    if not np.isfinite(x).all():
        raise InputError("keypoints hold values that are NaN or infinite")
    most = min(len(x) - 1, x.shape[1] - 1)
    if not 1 <= count <= most:
        raise ParameterError(f"{count} modes", remedy=f"Choose 1 to {most}.")
    if there.all():
        return _closed_form(x, count)
    return _iterated(x, there, count)


def _flat(keypoints: ArrayLike, seen: ArrayLike | None) -> tuple[FloatArray, BoolArray]:
    """Return shapes (s,d), 0 where a coordinate is missing, and which (s,d) are there."""
    points = np.asarray(keypoints, float)
    if points.ndim != 3 or points.shape[2] != 3:
        raise InputError(f"a prior needs keypoints of shape (s,k,3), not {points.shape}")
    there = np.ones(points.shape[:2], bool) if seen is None else np.asarray(seen, bool)
    if there.shape != points.shape[:2]:
        raise InputError(f"{there.shape} says which of {points.shape[:2]} keypoints are there")
    whole = np.repeat(there, 3, axis=1)
    return np.where(whole, points.reshape(len(points), -1), 0.0), whole


def _closed_form(x: FloatArray, count: int) -> ProbabilisticPrior:
    s, d = x.shape
    mean = x.mean(axis=0)
    _, singular, vt = np.linalg.svd(x - mean, full_matrices=False)
    eigenvalues = singular**2 / s
    noise = max(float(eigenvalues[count:].sum()) / (d - count), _floor(eigenvalues.sum() / d))
    lengths = np.sqrt(np.maximum(eigenvalues[:count] - noise, 0.0))
    w = vt[:count].T * lengths
    everything = np.ones(x.shape, bool)
    likelihood = _expected(x - mean, everything, w, noise).likelihood
    return _made(mean, w, noise, s, (likelihood,))


def _iterated(x: FloatArray, there: BoolArray, count: int) -> ProbabilisticPrior:
    s, d = x.shape
    seen = there.astype(float)
    mean = x.sum(axis=0) / seen.sum(axis=0)
    # Means for what is missing to begin with: rounds of expectation go on from there.
    begin = _closed_form(np.where(there, x, mean), count)
    w, noise, floor = begin._w, begin.noise**2, _floor(np.square((x - mean)[there]).mean())
    likelihoods: list[float] = []
    for _ in range(_ROUNDS):
        told = _expected(x - mean, there, w, noise)
        likelihoods.append(told.likelihood)
        if len(likelihoods) > 1:
            gain = likelihoods[-1] - likelihoods[-2]
            if gain < _STILL * max(abs(likelihoods[-1]), 1.0):
                break
        # With 1 as a last coefficient the mean is one more column of W.
        z1 = np.column_stack([told.z, np.ones(s)])
        spread = (seen.T @ told.covariances.reshape(s, -1)).reshape(d, count, count)
        left = (seen.T @ (z1[:, :, None] * z1[:, None, :]).reshape(s, -1)).reshape(
            d, count + 1, count + 1
        )
        left[:, :count, :count] += spread
        left += _RIDGE * np.trace(left, axis1=1, axis2=2)[:, None, None] * np.eye(count + 1)
        w1 = np.linalg.solve(left, (x.T @ z1)[:, :, None])[:, :, 0]
        w, mean = w1[:, :count], w1[:, count]
        away = np.square((x - told.z @ w.T - mean) * seen).sum()
        away += np.einsum("da,dab,db->", w, spread, w)
        noise = max(float(away) / seen.sum(), floor)
    return _made(mean, w, noise, s, tuple(likelihoods))


def _made(
    mean: FloatArray, w: FloatArray, noise: float, count: int, likelihoods: tuple[float, ...]
) -> ProbabilisticPrior:
    # Any rotation of z is as likely: the one with orthogonal columns is that of principal axes.
    u, lengths, _ = np.linalg.svd(w, full_matrices=False)
    loadings = (u * lengths).T
    # A sign that says nothing is chosen so that the same data give the same modes.
    largest = np.take_along_axis(loadings, np.abs(loadings).argmax(axis=1)[:, None], axis=1)
    loadings = np.where(largest < 0.0, -loadings, loadings)
    loadings = loadings.reshape(len(loadings), -1, 3)
    return ProbabilisticPrior(
        mean.reshape(-1, 3), loadings, float(np.sqrt(noise)), count, likelihoods
    )


@dataclass(frozen=True, eq=False)
class _Expected:
    """What shapes tell of their coefficients: E z (s,b), Cov z (s,b,b), and how likely they are."""

    z: FloatArray
    covariances: FloatArray
    likelihood: float


def _expected(centred: FloatArray, there: BoolArray, w: FloatArray, noise: float) -> _Expected:
    """Return what shapes (s,d), less the mean, tell; `noise` is sigma².

    Their likelihood needs no (d,d) matrices: |C_o| = sigma^(2 (o - b)) |M|, and
    C_o^-1 = (I - W_o M^-1 W_o^T) / sigma².
    """
    b, number = w.shape[1], there.sum(axis=1)
    products = (w[:, :, None] * w[:, None, :]).reshape(len(w), -1)
    m = (there @ products).reshape(-1, b, b) + noise * np.eye(b)
    residual = np.where(there, centred, 0.0)
    right = residual @ w
    inverse = np.linalg.inv(m)
    z = np.einsum("sab,sb->sa", inverse, right)
    squares = (np.square(residual).sum(axis=1) - (right * z).sum(axis=1)) / noise
    logs = (number - b) * np.log(noise) + np.linalg.slogdet(m)[1]
    likelihood = -0.5 * (number * np.log(2.0 * np.pi) + logs + squares).sum()
    return _Expected(z, np.asarray(noise * inverse), float(likelihood))


def _floor(variance: float) -> float:
    return max(_LEAST_NOISE * float(variance), 1e-300)
