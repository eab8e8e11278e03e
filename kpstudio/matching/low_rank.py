"""The geometry of a collection: coordinates of features, stacked over all shapes, have a low rank.

The features of n shapes that are affine images of one have coordinates M (3n,k) of rank 4: three
axes and a shift (C. Tomasi and T. Kanade, "Shape and motion from image streams under orthography",
International Journal of Computer Vision 9, 1992, doi:10.1007/BF00129684, for pictures). Shapes that
are mixtures of B bases have 3 B + 1. The nearest of rank r is a truncated singular value
decomposition.
"""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray

#: Rounds in which what is invisible is filled in, and the change at which they stop.
_ROUNDS, _STILL = 30, 1e-6


def normalised(coordinates: FloatArray, starts: IntArray) -> FloatArray:
    """Return candidates (c,3), those of each shape about 0 and with a mean square distance of 1."""
    counts = np.diff(starts, append=len(coordinates))
    means = np.add.reduceat(coordinates, starts, axis=0) / counts[:, None]
    centred = coordinates - np.repeat(means, counts, axis=0)
    squares = np.add.reduceat(np.square(centred).sum(axis=1), starts) / counts
    return centred / np.repeat(np.sqrt(np.maximum(squares, 1e-300)), counts)[:, None]


def features_at(coordinates: FloatArray, labels: FloatArray, starts: IntArray) -> FloatArray:
    """Return (n,k,3) where the features are, C_i X_i; 0 where they are on no candidate.

    Parameters
    ----------
    coordinates
        (c,3) candidates of all shapes.
    labels
        (c,k) partial permutations.
    starts
        (n,) first candidate of each shape.
    """
    return np.add.reduceat(labels[:, :, None] * coordinates[:, None, :], starts, axis=0)


def visible(labels: FloatArray, starts: IntArray) -> BoolArray:
    """Return (n,k) whether a shape has a feature."""
    found: BoolArray = np.add.reduceat(labels, starts, axis=0) > 0.5
    return found


def nearest_low_rank(
    places: FloatArray, seen: BoolArray, rank: int, before: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return Z (n,k,3) of low rank nearest to where features are, and all singular values.

    What is invisible does not count: it is filled in with Z itself until Z stays the same (R.
    Mazumder, T. Hastie and R. Tibshirani, "Spectral regularization algorithms for learning large
    incomplete matrices", Journal of Machine Learning Research 11, 2010), so that the distance
    never grows.

    Parameters
    ----------
    places
        (n,k,3) where the features are.
    seen
        (n,k) whether they are there.
    rank
        Rank r of the stacked (3n,k) coordinates.
    before
        (n,k,3) what to fill in first; the mean of each feature by default.
    """
    if before is None:
        counts = np.maximum(seen.sum(axis=0), 1)
        before = np.broadcast_to((places * seen[:, :, None]).sum(axis=0) / counts[:, None],
                                 places.shape)  # fmt: skip
    low = before
    for _ in range(_ROUNDS):
        filled = np.where(seen[:, :, None], places, low)
        stacked = filled.transpose(0, 2, 1).reshape(-1, places.shape[1])
        u, singular, vt = np.linalg.svd(stacked, full_matrices=False)
        flat = (u[:, :rank] * singular[:rank]) @ vt[:rank]
        last, low = low, flat.reshape(len(places), 3, -1).transpose(0, 2, 1)
        if seen.all() or np.abs(low - last).max() < _STILL:
            break
    return low, singular


def squared_distances(coordinates: FloatArray, low: FloatArray, starts: IntArray) -> FloatArray:
    """Return (c,k) squared distances D(C_i, Z_i) of the candidates to where features should be."""
    counts = np.diff(starts, append=len(coordinates))
    targets = np.repeat(low, counts, axis=0)
    return np.square(coordinates[:, None, :] - targets).sum(axis=2)
