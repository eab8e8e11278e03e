"""How good the matches of a collection are: round every cycle, and against the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray
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
