"""Spectral synchronisation: a universe from the leading eigenvectors of all pairwise matches.

If the matches are right, W = X X^T with X (c,k) the labels of all candidates, and the k leading
eigenvectors of W, each times the root of its eigenvalue, are X but for a rotation (D. Pachauri,
R. Kondor and V. Singh, "Solving the multi-way matching problem by permutation synchronization",
NIPS 2013). The rotation that makes them labels is found in two steps. Rows that are most different
stand for the features: the pivots of a QR decomposition (A. Damle, V. Minden and L. Ying, "Simple,
direct and efficient multi-way spectral clustering", Information and Inference 8, 2019,
doi:10.1093/imaiai/iay008). Then labels and rotation are found in turn (S. X. Yu and J. Shi,
"Multiclass spectral clustering", ICCV 2003, doi:10.1109/ICCV.2003.1238361).

Of right matches only a share q may have been found. Labels are then near the root of q in place
of 1, as W is near q X X^T, and a feature that is on a shape would pass for invisible. So where
features may be invisible, q is estimated, and labels are divided by its root.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import ParameterError
from kpstudio.data.universe import Universe
from kpstudio.matching.affinities import Affinities
from kpstudio.matching.partial_permutations import assign

#: Candidates up to which all eigenvectors are computed: it is quicker.
_FEW = 200
#: Rounds of labels and rotation; they nearly always stay the same after a few.
_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class Synchronised:
    """Spectral labels, before and after they are made discrete.

    Parameters
    ----------
    relaxed
        (c,k) how much each candidate is each feature, near 0 or 1.
    labels
        (c,k) partial permutations, 0 or 1.
    share
        The share q of right matches that are thought to have been found; 1 if it was not asked.
    values
        (k,) leading eigenvalues, descending: n for matches of n shapes that are all right.
    """

    relaxed: FloatArray
    labels: FloatArray
    share: float
    values: FloatArray


def synchronise(affinities: Affinities, size: int, *, invisible: bool = True) -> Universe:
    """Return the universe of `size` features that the leading eigenvectors tell.

    Parameters
    ----------
    affinities
        Pairwise matches.
    size
        Number of features k.
    invisible
        Whether a feature may be missing on a shape.

    Raises
    ------
    ParameterError
        There are not so many candidates; on a shape, unless features may be invisible.
    """
    found = spectral_labels(affinities, size, invisible=invisible)
    return universe_of(found.labels, found.relaxed, affinities.counts)


def spectral_labels(affinities: Affinities, size: int, *, invisible: bool) -> Synchronised:
    """Return what `synchronise` does as arrays."""
    check_size(affinities, size, invisible=invisible)
    values, vectors = _leading(affinities, size)
    scaled = vectors * np.sqrt(np.maximum(values, 0.0))
    relaxed = scaled @ _rotation(scaled[_most_different(scaled)].T)
    labels, share = np.zeros_like(relaxed), 1.0
    for _ in range(_ROUNDS):
        share = _share_found(relaxed, affinities.starts) if invisible else 1.0
        relaxed = relaxed / np.sqrt(share)
        before, labels = labels, nearest_labels(relaxed, affinities.starts, invisible=invisible)
        if (labels == before).all():
            break
        relaxed = scaled @ _rotation(scaled.T @ labels)
    return Synchronised(relaxed, labels, share, values)


def check_size(affinities: Affinities, size: int, *, invisible: bool) -> None:
    """Refuse a number of features that the shapes cannot have.

    Raises
    ------
    ParameterError
        It is below 1, or there are fewer candidates.
    """
    most = int(affinities.counts.sum() if invisible else affinities.counts.min())
    if not 1 <= size <= most:
        raise ParameterError(
            f"{size} features, of at most {most} candidates",
            remedy="Choose fewer features, or let them be missing on some shapes.",
        )


def universe_of(labels: FloatArray, relaxed: FloatArray, counts: IntArray) -> Universe:
    """Return partial permutations (c,k) as a universe; confidence is the relaxed value there."""
    some = labels.any(axis=1)
    numbers = np.where(some, labels.argmax(axis=1), -1).astype(np.int32)
    confidence = np.where(some, np.clip((labels * relaxed).sum(axis=1), 0.0, 1.0), 1.0)
    return Universe(numbers, counts, labels.shape[1], confidence)


def nearest_labels(relaxed: FloatArray, starts: IntArray, *, invisible: bool) -> FloatArray:
    """Return the partial permutations X nearest to Y: |X - Y|^2 is sum X (1 - 2 Y) and a constant.

    Parameters
    ----------
    relaxed
        (c,k) Y.
    starts
        (n,) first candidate of each shape.
    invisible
        Whether a feature may be missing on a shape.
    """
    return assign(1.0 - 2.0 * relaxed, starts, invisible=invisible)


def _share_found(relaxed: FloatArray, starts: IntArray) -> float:
    """Return the share of right matches that were found, by how strong the labels are.

    On each shape the strongest candidate of a feature counts, of these the upper quarter, for the
    feature may be invisible on most shapes, and the middle of all features.
    """
    strongest = np.maximum.reduceat(relaxed, starts, axis=0)
    return float(np.clip(np.median(np.quantile(strongest, 0.75, axis=0)) ** 2, 1e-3, 1.0))


def _leading(affinities: Affinities, size: int) -> tuple[FloatArray, FloatArray]:
    """Return the leading eigenvalues (k,), descending, and eigenvectors (c,k)."""
    from scipy.sparse.linalg import eigsh

    matrix = affinities.matrix
    if matrix.shape[0] <= max(_FEW, 3 * size):
        values, vectors = np.linalg.eigh(matrix.toarray())
    else:
        # A start of its own: the same labels every time.
        start = np.random.default_rng(0).normal(size=matrix.shape[0])
        values, vectors = eigsh(matrix, size, which="LA", v0=start)
    order = np.argsort(-values)[:size]
    return values[order], vectors[:, order]


def _most_different(rows: FloatArray) -> IntArray:
    """Return (k,) indices of rows (c,k), each as far as can be from the span of those before."""
    from scipy.linalg import qr

    pivots = qr(rows.T, mode="r", pivoting=True)[1]
    return np.asarray(pivots[: rows.shape[1]], np.int32)


def _rotation(matrix: FloatArray) -> FloatArray:
    """Return the orthogonal matrix nearest to a square one."""
    u, _, vt = np.linalg.svd(matrix)
    return u @ vt
