"""The smallest eigenpairs of a sparse stiffness and a diagonal mass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.dissection import nested_dissection

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Vectors that are solved for at once; eigenvalues of a higher multiplicity are found late.
_BLOCK = 8
#: Largest residual of an eigenpair, relative to its eigenvalue after inversion.
_TOLERANCE = 1e-8
#: How much the basis grows between two looks at what has converged.
_LOOK = 1.1


def smallest_eigenpairs(
    points: FloatArray, stiffness: csr_array, mass: FloatArray, count: int, ctx: RunContext
) -> tuple[FloatArray, FloatArray]:
    """Return (k,) eigenvalues above zero and (n,k) eigenvectors of S x = lambda M x, ascending.

    The surface is one connected piece: the constant is the only vector that S maps to zero, and it
    is left out. Few points are a dense problem. Otherwise a block Lanczos method runs on
    M^1/2 (S + sigma M)^-1 M^1/2, whose largest eigenvalues 1 / (lambda + sigma) belong to the
    smallest lambda (Golub and Underwood 1977, The block Lanczos method for computing eigenvalues,
    doi:10.1016/B978-0-12-587260-7.50018-2; Ericsson and Ruhe 1980,
    doi:10.1090/S0025-5718-1980-0583502-2). The whole basis is kept orthogonal. The vectors start
    from a fixed seed.

    Parameters
    ----------
    points
        (n,3) where the unknowns are; it makes no difference to the result, much to the time.
    stiffness
        (n,n) S, symmetric and positive semidefinite.
    mass
        (n,) diagonal of M, positive.
    count
        Number of pairs k; there are n - 1 at most.
    ctx
        Progress and cancellation, looked at before every solution of a block.

    Returns
    -------
    Values and vectors, x^T M x = 1.
    """
    count = min(count, len(mass) - 1)
    root = np.sqrt(mass)
    if len(mass) <= max(400, 4 * count):
        values, vectors = _dense(stiffness, root, count)
    else:
        order = nested_dissection(points, stiffness)
        values, turned = _sparse(stiffness[order][:, order], root[order], count, ctx)
        vectors = np.empty_like(turned)
        vectors[order] = turned
    return values, vectors / root[:, None]


def _dense(stiffness: csr_array, root: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    from scipy.linalg import eigh

    symmetric = stiffness.toarray() / root / root[:, None]
    if count == 0:
        return np.zeros(0), np.zeros((len(root), 0))
    values, vectors = eigh(symmetric, subset_by_index=(1, count))
    return np.maximum(values, 0.0), vectors


def _sparse(
    stiffness: csr_array, root: FloatArray, count: int, ctx: RunContext
) -> tuple[FloatArray, FloatArray]:
    from threadpoolctl import threadpool_limits

    constant = root / np.linalg.norm(root)
    # A hundredth of the first eigenvalue of a sphere of this area: safely definite, close to zero.
    shift = 0.01 * 8.0 * np.pi / float(root @ root)
    solve = _solver(stiffness, root, shift)

    def invert(block: FloatArray) -> FloatArray:
        solved = solve(block)
        return solved - np.outer(constant, constant @ solved)

    # Blocks are narrow: a second thread of the linear algebra library gains nothing, and where the
    # processor has other work both wait for each other most of the time.
    with threadpool_limits(1, "blas"):
        inverted, vectors = _lanczos(invert, len(root), count, constant, ctx)
    return np.maximum(1.0 / inverted - shift, 0.0), vectors


def _solver(
    stiffness: csr_array, root: FloatArray, shift: float
) -> Callable[[FloatArray], FloatArray]:
    """Return what applies M^1/2 (S + shift M)^-1 M^1/2 to vectors (n,b)."""
    from scipy.sparse import csc_array, diags_array
    from scipy.sparse.linalg import splu

    shifted = csc_array(stiffness + diags_array(shift * root**2))
    # Definite, so no pivoting; the unknowns are in the best order already.
    factors = splu(
        shifted,
        permc_spec="NATURAL",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )

    def solve(block: FloatArray) -> FloatArray:
        return factors.solve(np.asfortranarray(block * root[:, None])) * root[:, None]

    return solve


def _lanczos(
    apply: Callable[[FloatArray], FloatArray],
    size: int,
    count: int,
    apart: FloatArray,
    ctx: RunContext,
) -> tuple[FloatArray, FloatArray]:
    """Return the largest eigenpairs of a symmetric operator on what is orthogonal to `apart`.

    A Q_j = Q_j-1 B_j-1^T + Q_j A_j + Q_j+1 B_j; the eigenpairs of the banded matrix T of the A_j
    and B_j approach those of A, with residuals |B_j s|, s the last block of its eigenvector.
    """
    most = min(size - size % _BLOCK - _BLOCK, 8 * count + 200)
    basis = np.empty((size, most + _BLOCK), order="F")  # untouched columns take no memory
    reduced = np.zeros((most + _BLOCK, most + _BLOCK))
    start = np.random.default_rng(0).standard_normal((size, _BLOCK))
    basis[:, :_BLOCK] = np.linalg.qr(start - np.outer(apart, apart @ start))[0]
    look = 2.0 * count
    for done in range(_BLOCK, most + 1, _BLOCK):
        ctx.progress(min(0.95, done / (3.0 * count + 60.0)), "Finding eigenpairs")
        last, known = slice(done - _BLOCK, done), basis[:, :done]
        new = apply(basis[:, last])
        reduced[last, last] = basis[:, last].T @ new
        near = basis[:, max(0, done - 2 * _BLOCK) : done]
        new -= near @ (near.T @ new)
        new -= known @ (known.T @ new)
        following, step = np.linalg.qr(new)
        size_of_step = np.abs(np.diag(step))
        if size_of_step.min() < 1e-6 * size_of_step.max():
            # Where little is left, rounding has turned the new vectors towards the old ones.
            following -= known @ (known.T @ following)
            following = np.linalg.qr(following)[0]
        basis[:, done : done + _BLOCK] = following
        reduced[done : done + _BLOCK, last] = step
        reduced[last, done : done + _BLOCK] = step.T
        if done >= look:
            look = _LOOK * done
            values, turns = np.linalg.eigh(reduced[:done, :done])
            values, turns = values[::-1][:count], turns[:, ::-1][:, :count]
            if (np.linalg.norm(step @ turns[last], axis=0) <= _TOLERANCE * values).all():
                return values, known @ turns
    raise InputError(
        f"{count} eigenpairs of the Laplacian were not found",
        remedy="Ask for fewer, or mend the mesh.",
    )
