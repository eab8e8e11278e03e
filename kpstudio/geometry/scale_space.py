"""Scale space: fields of a surface averaged with ever wider Gaussians, and their extrema.

`average` is the plain Gaussian-weighted average over the points of a ball, as many papers define
it, with a cut-off; `diffuse` (in `diffusion`) averages along the surface and costs the same for
any width. `widths` gives sigmas in octaves, `scale_maxima` finds places in space and scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.neighbours import row_maximum
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Pairs of points whose weights are held at once: some 250 MB.
_PAIRS_AT_ONCE = 8_000_000
#: Pairs of a surface that are worth keeping: some 200 MB.
_PAIRS_KEPT = 16_000_000


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

    Distances are kept with the surface while they are few; wide balls are worked off in blocks, so
    that memory stays below some 300 MB.

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
        For cancellation.
    """
    from scipy.spatial import cKDTree

    ctx = ctx or RunContext()
    radius, points = cutoff * sigma, surface.points
    areas = surface.areas / surface.areas.mean() if by_area else np.ones(len(points))
    # Of what is averaged and of ones: the second divides the first.
    columns = np.column_stack([values, np.ones(len(points))]) * areas[:, None]
    tree = surface.kept("tree", lambda: cKDTree(points))
    pairs = surface.kept(("pairs within", radius), lambda: int(tree.count_neighbors(tree, radius)))
    if pairs <= _PAIRS_KEPT:
        sums = columns + _weights(surface.within(radius), sigma) @ columns
    else:
        sums = _in_blocks(points, columns, sigma, radius, pairs, ctx)
    averages: FloatArray = sums[:, :-1] / np.maximum(sums[:, -1:], 1e-300)
    return averages.reshape(values.shape)


def _weights(squared: csr_array, sigma: float) -> csr_array:
    from scipy.sparse import csr_array

    weights = np.exp(squared.data * (-0.5 / sigma**2))
    return csr_array((weights, squared.indices, squared.indptr), shape=squared.shape)


def _in_blocks(
    points: FloatArray,
    columns: FloatArray,
    sigma: float,
    radius: float,
    pairs: int,
    ctx: RunContext,
) -> FloatArray:
    """Return the weighted sums (n,k) block by block, without keeping distances."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    blocks = np.array_split(np.arange(len(points)), 1 + pairs // _PAIRS_AT_ONCE)
    sums = np.empty_like(columns)
    for block in blocks:
        ctx.check()
        distances = cKDTree(points[block]).sparse_distance_matrix(
            tree, radius, output_type="coo_matrix"
        )
        distances.data = np.exp(np.square(distances.data) * (-0.5 / sigma**2))
        sums[block] = distances.tocsr() @ columns
    return sums


def widths(first: float, octaves: int, steps: int) -> FloatArray:
    """Return (octaves * steps + 1,) sigmas from `first`, doubled every octave in equal ratios."""
    return first * 2.0 ** (np.arange(octaves * steps + 1) / steps)


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
