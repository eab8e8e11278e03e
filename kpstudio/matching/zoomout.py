"""ZoomOut: a functional map of few eigenfunctions becomes one of many, and a map of points.

S. Melzi, J. Ren, E. Rodolà, A. Sharma, P. Wonka and M. Ovsjanikov, "ZoomOut: spectral upsampling
for efficient shape correspondence", ACM Transactions on Graphics 38(6), 2019,
doi:10.1145/3355089.3356524, arXiv:1904.07865. In turn, k growing,

    T(x) = argmin_y |Phi_1[x] - Phi_2[y] C^T|,   C = Phi_1^+ Phi_2[T].

Some hundred points of the first shape may stand for all while it grows (section 4.3 there).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import Float32Array, FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.matching.functional_maps import Basis

#: Numbers held at once while nearest rows are sought: they fit into the cache.
_CELLS = 4_000_000


def zoom_out(
    first: Basis,
    second: Basis,
    start: FloatArray,
    step: int = 5,
    samples: NDArray[np.integer] | None = None,
    ctx: RunContext | None = None,
) -> FloatArray:
    """Return the functional map (k,l) of all eigenfunctions of two bases.

    Parameters
    ----------
    first, second
        Bases of k and l eigenfunctions.
    start
        (i,j) a functional map of the first of them.
    step
        How many eigenfunctions join at a time.
    samples
        (s,) points of the first shape that stand for all; None for all. They find their places
        among all points of the second: among samples they would only find what is near them.
    ctx
        Progress and cancellation.
    """
    ctx = ctx or RunContext()
    here = first.vectors if samples is None else first.vectors[samples]
    there = second.vectors
    found = start
    while found.shape != (len(first), len(second)):
        ctx.progress(found.shape[0] / len(first), "Zooming out")
        k, l = (min(a + step, len(b)) for a, b in zip(found.shape, (first, second), strict=True))  # noqa: E741
        found = fitted_to(here[:, :k], there[:, :l], points_of(here, there, found))
    return fitted_to(here, there, points_of(here, there, found))


def points_of(here: FloatArray, there: FloatArray, functional: FloatArray) -> IntArray:
    """Return for each of n points the one of m that a functional map (k,l) sends it to.

    Parameters
    ----------
    here, there
        (n,a) and (m,b) eigenfunctions at the points, at least k and l of them.
    functional
        (k,l) the functional map.
    """
    k, l = functional.shape  # noqa: E741
    return nearest_rows(here[:, :k], there[:, :l] @ functional.T)


def points_back(here: FloatArray, there: FloatArray, functional: FloatArray) -> IntArray:
    """Return for each of m points the one of n that the same functional map brings to it."""
    k, l = functional.shape  # noqa: E741
    return nearest_rows(there[:, :l] @ functional.T, here[:, :k])


def fitted_to(here: FloatArray, there: FloatArray, points: IntArray) -> FloatArray:
    """Return the functional map (k,l) of a map of points (n,)."""
    return np.asarray(np.linalg.lstsq(here, there[points], rcond=None)[0], np.float64)


def nearest_rows(asked: FloatArray, rows: FloatArray) -> IntArray:
    """Return (n,) which of rows (m,k) is nearest to each of those asked for (n,k).

    By products of matrices: in so many dimensions a tree looks at nearly everything.
    """
    a, b = asked.astype(np.float32), rows.astype(np.float32)
    half: Float32Array = 0.5 * np.einsum("mk,mk->m", b, b)
    found = np.empty(len(a), np.int32)
    size = max(1, _CELLS // max(len(b), 1))
    for start in range(0, len(a), size):
        nearness = a[start : start + size] @ b.T
        nearness -= half
        found[start : start + size] = nearness.argmax(axis=1)
    return found
