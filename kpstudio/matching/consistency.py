"""How good the matches of a collection are: round every cycle, and against the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.matching.affinities import Affinities


@dataclass(frozen=True)
class CycleError:
    """How far matches i to z to j are from matches i to j, over all triples of shapes.

    Parameters
    ----------
    error
        sum |P_ij - P_iz P_zj| / sum (|P_ij| + |P_iz P_zj|), entries added up; 0 for perfect
        agreement, 1 for none. It counts a feature that is invisible on z as well.
    contradictions
        Share of the matches by way of z that are not among the direct ones, 0..1. It is 0 for any
        universe.
    """

    error: float
    contradictions: float


def cycle_error(affinities: Affinities) -> CycleError:
    """Return the cycle error of matches; what is above 0 counts as one.

    Sums over all triples are entries of sparse products: it takes n^3 times the matches of two
    shapes in steps, and the memory of some times the matches of each two.
    """
    direct = affinities.between.sign()
    shapes = affinities.shapes
    chained = (direct @ direct).tocoo()
    apart = shapes[chained.row] != shapes[chained.col]
    ways = float(chained.data[apart].sum())
    same = float((direct @ direct).multiply(direct).sum())
    # Every direct match is compared once for each shape z beside the two.
    straight = float(direct.sum()) * max(len(affinities) - 2, 0)
    difference = straight + ways - 2.0 * same
    error = difference / (straight + ways) if straight + ways > 0.0 else 0.0
    return CycleError(error, (ways - same) / ways if ways > 0.0 else 0.0)


def pairwise_agreement(affinities: Affinities) -> FloatArray:
    """Return (n,n) for each two shapes the share of the ways between them that agree.

    Of the matches from shape i by way of any other to shape j: the share that are among the direct
    matches of i and j, 0..1. 1 for any universe; NaN where no way leads, and on the diagonal.
    """
    from scipy.sparse import csr_array

    direct = affinities.between.sign()
    chained = direct @ direct
    count, shapes = len(affinities), affinities.shapes
    members = csr_array((np.ones(len(shapes)), (shapes, np.arange(len(shapes)))))
    ways = (members @ chained @ members.T).toarray()
    same = (members @ chained.multiply(direct).tocsr() @ members.T).toarray()
    share = np.divide(same, ways, out=np.full((count, count), np.nan), where=ways > 0.0)
    np.fill_diagonal(share, np.nan)
    return np.asarray(share)


def match_distances(
    found: Affinities, truth: Affinities, coordinates: ArrayLike
) -> tuple[IntArray, FloatArray]:
    """Return how far matches lead from where they should, for every match that should be there.

    Parameters
    ----------
    found, truth
        Matches of the same candidates; at most one right partner on each shape.
    coordinates
        (c,3) the candidates, in a unit that is the same on all shapes, such as diameters.

    Returns
    -------
    shapes
        (q,2) the two shapes of each match that should be there, in both directions.
    distances
        (q,) from the best partner found to the right one; infinite where none was found.
    """
    ours, right = found.between.tocsr(), truth.between.tocoo()
    places, shapes, starts = np.asarray(coordinates, float), found.shapes, found.starts
    ends = starts + found.counts
    distances = np.full(right.nnz, np.inf)
    for number, (here, there) in enumerate(zip(right.row, right.col, strict=True)):
        row = slice(ours.indptr[here], ours.indptr[here + 1])
        partners, strength = ours.indices[row], ours.data[row]
        own = (partners >= starts[shapes[there]]) & (partners < ends[shapes[there]])
        if own.any():
            best = partners[own][strength[own].argmax()]
            distances[number] = np.linalg.norm(places[best] - places[there])
    return np.stack([shapes[right.row], shapes[right.col]], axis=1), distances


@dataclass(frozen=True)
class MatchFigures:
    """Matches of a collection against the truth.

    Parameters
    ----------
    recall
        Share of the right matches that were found, 0..1.
    precision
        Share of the matches found that are right, 0..1; 1 if there are none.
    """

    recall: float
    precision: float


def match_figures(found: Affinities, truth: Affinities) -> MatchFigures:
    """Return recall and precision over all pairs of shapes; what is above 0 counts as one.

    A match that involves a candidate without a right partner is wrong, where it has one.
    """
    ours, right = found.between.sign(), truth.between.sign()
    both = float(ours.multiply(right).sum())
    number, wanted = float(ours.sum()), float(right.sum())
    return MatchFigures(both / wanted if wanted else 0.0, both / number if number else 1.0)


def correct_share(distances: ArrayLike, thresholds: ArrayLike) -> FloatArray:
    """Return (t,) the share of keypoints within each threshold: PCK.

    The percentage of correct keypoints (Y. Yang and D. Ramanan, "Articulated human detection with
    flexible mixtures of parts", IEEE TPAMI 35, 2013, doi:10.1109/TPAMI.2012.261), as a share.

    Parameters
    ----------
    distances
        (q,) how far each keypoint is from the truth, such as in diameters; infinite for one that
        was not found, which is wrong at every threshold.
    thresholds
        (t,) thresholds, same unit.
    """
    away = np.sort(np.asarray(distances, np.float64).reshape(-1))
    limits = np.asarray(thresholds, np.float64).reshape(-1)
    if len(away) == 0:
        return np.zeros(len(limits))
    return np.asarray(np.searchsorted(away, limits, side="right") / len(away), np.float64)
