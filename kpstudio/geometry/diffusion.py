"""Diffusion over a surface: Gaussian averages of any width at the price of a few hundred products.

The operator L approaches minus the Laplacian, so exp(-t L) averages with a Gaussian of variance
2 t along the surface. It is a semigroup: averaging with sigma a and then with sigma b is averaging
with sqrt(a^2 + b^2), to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry import neighbours
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Points are linked within so many mesh resolutions.
_REACH = 2.0
#: Smallest weight of an edge, so that long edges among short ones still conduct.
_LEAST_WEIGHT = 1e-4
#: Mean squared length of links that is assumed at least, in squared resolutions: what lies closer
#: together would only slow everything down.
_LEAST_MOMENT = 0.25
#: Chebyshev coefficients below this are left out.
_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class Diffusion:
    """One step of a random walk over the points of a surface, and how often it is made.

    Parameters
    ----------
    step
        (n,n) not negative, rows sum to 1, eigenvalues in -1..1: who is reached with which share.
    rate
        Steps in a unit of time; in time t a value spreads with variance 2 t along each axis.
    measure
        (n,) weights, sum 1, whose weighted mean of values diffusion keeps.
    """

    step: csr_array
    rate: float
    measure: FloatArray


def diffusion(surface: Surface) -> Diffusion:
    """Return the diffusion operator of a surface, computed once.

    L f (i) = sum_j w_ij (f_i - f_j) / (1/4 sum_j w_ij d_ij^2), w_ij = a_i a_j exp(-d_ij^2 / 2 h^2)
    with areas a, distances d and the mesh resolution h: the weights of Belkin, Sun and Wang 2008
    (doi:10.1145/1377676.1377725), scaled by their second moment so that values spread equally
    fast where points are dense and where they are sparse. Links are the pairs within two
    resolutions and the edges, so neighbouring parts that are not joined exchange values.
    """
    return surface.kept("diffusion", lambda: _diffusion(surface))


def _diffusion(surface: Surface) -> Diffusion:
    from scipy.sparse import csr_array, diags_array

    count, h = len(surface), surface.resolution
    pairs, squared = _links(surface)
    areas = surface.areas / surface.areas.mean()
    weights = np.maximum(np.exp(-0.5 * squared / h**2), _LEAST_WEIGHT)
    weights *= np.maximum(areas[pairs[:, 0]] * areas[pairs[:, 1]], 1e-12)
    w = neighbours.symmetric(pairs, weights, count)
    total = np.asarray(w.sum(axis=1)).reshape(-1)
    moment = np.asarray(neighbours.symmetric(pairs, weights * squared, count).sum(axis=1))
    moment = np.maximum(moment.reshape(-1), _LEAST_MOMENT * h**2 * total) / 4.0
    speed = np.divide(total, moment, out=np.zeros(count), where=moment > 0.0)
    rate = float(speed.max(initial=0.0)) or 1.0
    per_step = np.divide(1.0 / rate, moment, out=np.zeros(count), where=moment > 0.0)
    stay = diags_array(1.0 - speed / rate, format="csr")
    step = csr_array(diags_array(per_step, format="csr") @ w + stay)
    measure = np.where(moment > 0.0, moment, 0.0)
    return Diffusion(step, rate, measure / max(float(measure.sum()), 1e-300))


def _links(surface: Surface) -> tuple[IntArray, FloatArray]:
    """Return (p,2) pairs within reach or joined by an edge, each once, and squared distances."""
    from scipy.spatial import cKDTree

    near = cKDTree(surface.points).query_pairs(_REACH * surface.resolution, output_type="ndarray")
    keys = np.concatenate([near, surface.edges]).astype(np.int64) @ (len(surface), 1)
    pairs = np.stack(np.divmod(np.unique(keys), len(surface)), axis=1)
    difference = surface.points[pairs[:, 0]] - surface.points[pairs[:, 1]]
    return pairs, np.square(difference).sum(axis=1)


def diffuse(
    surface: Surface, values: FloatArray, sigmas: Sequence[float], ctx: RunContext | None = None
) -> FloatArray:
    """Return values averaged with Gaussians along the surface, all widths in one go.

    exp(-t L) = sum_j c_j T_j(step) with Chebyshev polynomials T_j and c_j = (2 - [j = 0])
    exp(-tau) I_j(tau), tau = rate t: some sqrt(tau) products with a sparse array instead of tau,
    and the same products for every width.

    Parameters
    ----------
    surface
        The surface.
    values
        (n,) or (n,k) values at its points.
    sigmas
        Standard deviations in diameters, not negative; 0 returns the values.
    ctx
        For progress and cancellation.

    Returns
    -------
    (s,n) or (s,n,k) averages. Constants stay, no average leaves the range of the values, and the
    mean weighted by `Diffusion.measure` stays.
    """
    from scipy.special import ive

    ctx = ctx or RunContext()
    spread = diffusion(surface)
    taus = spread.rate * 0.5 * np.square(np.asarray(sigmas, np.float64))
    degree = int(8.0 * np.sqrt(taus.max(initial=0.0))) + 16
    coefficients = ive(np.arange(degree + 1)[:, None], taus[None, :])
    coefficients[1:] *= 2.0
    # What is cut off goes back where it is missed least, so that constants stay to rounding.
    coefficients[np.abs(coefficients) < _TOLERANCE] = 0.0
    coefficients /= coefficients.sum(axis=0)
    degree = int(np.flatnonzero(coefficients.any(axis=1))[-1])
    result = np.zeros((len(taus), *values.shape))
    before, now = values, spread.step @ values
    for j in range(degree + 1):
        if j % 16 == 0:
            ctx.progress(j / (degree + 1), "Averaging over the surface")
        for scale in np.flatnonzero(coefficients[j]):
            result[scale] += coefficients[j, scale] * before
        before, now = now, 2.0 * (spread.step @ now) - before
    return result
