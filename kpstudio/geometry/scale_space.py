"""Scale space: fields of a surface averaged with ever wider Gaussians, and their extrema.

`average` is the plain Gaussian-weighted average over the points of a ball, as many papers define
it, with a cut-off; `diffuse` (in `diffusion`) averages along the surface and costs the same for
any width. `scale_maxima` finds places in space and scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.balls import Balls
from kpstudio.geometry.neighbours import row_maximum
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def average(
    surface: Surface,
    values: FloatArray,
    sigma: float,
    *,
    cutoff: float = 2.0,
    by_area: bool = False,
    ctx: RunContext | None = None,
) -> FloatArray:
    """Return Gaussian-weighted averages over balls.

    g(i) = sum_j w_ij f_j / sum_j w_ij, w_ij = exp(-|p_i - p_j|^2 / (2 sigma^2)) for points closer
    than cutoff sigma, the point itself included (Lee, Varshney and Jacobs 2005, Mesh saliency,
    doi:10.1145/1073204.1073244, with a cut-off of 2).

    Parameters
    ----------
    surface
        The surface.
    values
        (n,) or (n,k) values at its points.
    sigma
        Standard deviation in diameters.
    cutoff
        Radius of the ball in standard deviations.
    by_area
        Weigh points by their area too, so that dense places do not count more.
    ctx
        Progress and cancellation.
    """
    areas = surface.areas / surface.areas.mean() if by_area else np.ones(len(surface))
    # Of what is averaged and of ones: the second divides the first.
    columns = np.column_stack([values, np.ones(len(surface))]) * areas[:, None]
    sums = Balls(surface.points, cutoff * sigma).sums(columns, ctx, sigma=sigma)
    averages: FloatArray = sums[:, :-1] / np.maximum(sums[:, -1:], 1e-300)
    return averages.reshape(np.shape(values))


def scale_maxima(
    responses: FloatArray, neighbours: csr_array, least: float = 0.0
) -> tuple[NDArray[np.intp], IntArray]:
    """Return the places that are largest among their neighbours and at the scales beside.

    Parameters
    ----------
    responses
        (s,n) a response for every scale and point.
    neighbours
        (n,n) whose entries are the neighbours of each point.
    least
        Responses have to be larger than this.

    Returns
    -------
    (m,) scales and (m,) points, by scale and then by point. Of equal responses the one of the
    smaller scale, then of the lower index, counts as larger. A point without neighbours is no
    maximum.
    """
    count, points = responses.shape
    order = np.argsort(-responses, axis=None, kind="stable")
    rank = np.empty(count * points)
    rank[order] = np.arange(count * points, 0, -1)
    rank = rank.reshape(count, points)
    around = np.stack([row_maximum(one, neighbours) for one in rank])
    # The largest of a point and its neighbours, where a scale beside has to be beaten.
    here = np.maximum(rank, around)
    beaten = np.isfinite(around) & (rank > around) & (responses > least)
    beaten[1:] &= rank[1:] > here[:-1]
    beaten[:-1] &= rank[:-1] > here[1:]
    scales, places = np.nonzero(beaten)
    return scales, places.astype(np.int32)
