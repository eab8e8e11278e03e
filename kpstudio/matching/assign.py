"""Which point of one set is which of another: by their order, or by descriptors.

Of descriptors a_i (a,d) and b_j (b,d), with Euclidean distances d_ij, three rules choose pairs:

- mutual: i and j are each other's nearest;
- one to one: the most pairs possible, with the least sum of distances (H. W. Kuhn, "The Hungarian
  method for the assignment problem", Naval Research Logistics 2, 1955,
  doi:10.1002/nav.3800020109);
- ratio: j is nearest to i, and d_ij at most a share of the distance to the second nearest (D. G.
  Lowe, "Distinctive image features from scale-invariant keypoints", International Journal of
  Computer Vision 60, 2004, doi:10.1023/B:VISI.0000029664.99615.94, section 7.1). Several i may
  have the same j.

The confidence of a pair is the same for all three:

    c_ij = 1 - d_ij / min(min_{l != j} d_il, min_{l != i} d_lj),   never below 0:

how much nearer the two are to each other than either is to anybody else. It is 0 for a pair that
has a rival at least as near, and 1 for descriptors that are equal or have no rival.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.keypoints import KeypointSet

#: Largest ratio of distances that Lowe lets pass.
LOWE = 0.8


class Rule(StrEnum):
    """How pairs are chosen by descriptors."""

    MUTUAL = "mutual"
    ONE_TO_ONE = "one to one"
    RATIO = "ratio"


def by_order(first: KeypointSet, second: KeypointSet) -> Correspondence:
    """Pair the keypoints of two shapes that have the same number, where both are defined.

    The confidence of a pair is the smaller of its two keypoints'.

    Raises
    ------
    InputError
        The sets have different numbers of keypoints.
    """
    if len(first) != len(second):
        raise InputError(
            f"{len(first)} keypoints and {len(second)} do not correspond by their order",
            remedy="Match them by descriptors.",
        )
    both = np.flatnonzero(first.defined & second.defined)
    confidence = np.minimum(first.confidence, second.confidence)[both]
    return Correspondence(np.stack([both, both], axis=1), np.clip(confidence, 0.0, 1.0), "order")


def by_descriptors(
    first: ArrayLike, second: ArrayLike, rule: Rule = Rule.MUTUAL, ratio: float = LOWE
) -> Correspondence:
    """Pair points whose descriptors are alike.

    Parameters
    ----------
    first, second
        (a,d) and (b,d) descriptors of the same space.
    rule
        Which pairs are chosen.
    ratio
        Of the rule of that name: the largest ratio that passes, above 0 and at most 1.

    Returns
    -------
    Pairs, sorted by the first; their confidence as defined in the head of this module.

    Raises
    ------
    InputError
        The descriptors have different lengths.
    ParameterError
        The ratio is not above 0, or larger than 1.
    """
    from scipy.spatial.distance import cdist

    a, b = (np.atleast_2d(np.asarray(one, np.float64)) for one in (first, second))
    if a.shape[1] != b.shape[1]:
        raise InputError(
            f"descriptors of {a.shape[1]} and {b.shape[1]} numbers cannot be compared",
            remedy="Use descriptors that the same method made with the same parameters.",
        )
    if not 0.0 < ratio <= 1.0:
        raise ParameterError(f"a ratio of {ratio}", remedy="Choose more than 0 and at most 1.")
    return pairs_of(cdist(a, b), rule, ratio)


def pairs_of(distances: FloatArray, rule: Rule, ratio: float = LOWE) -> Correspondence:
    """Pair points by any distances (a,b); see `by_descriptors`."""
    if distances.size == 0:
        return Correspondence(np.zeros((0, 2), np.int32), source=str(rule))
    chosen = {Rule.MUTUAL: _mutual, Rule.ONE_TO_ONE: _one_to_one, Rule.RATIO: _nearest}[rule]
    pairs = chosen(distances)
    if rule is Rule.RATIO:
        second = _rival(distances, pairs)
        pairs = pairs[distances[tuple(pairs.T)] <= ratio * second]
    return Correspondence(pairs, _confidence(distances, pairs), str(rule))


def _nearest(distances: FloatArray) -> IntArray:
    found = distances.argmin(axis=1)
    return np.stack([np.arange(len(found)), found], axis=1).astype(np.int32)


def _mutual(distances: FloatArray) -> IntArray:
    there, back = _nearest(distances), distances.argmin(axis=0)
    return there[back[there[:, 1]] == there[:, 0]]


def _one_to_one(distances: FloatArray) -> IntArray:
    from scipy.optimize import linear_sum_assignment

    return np.stack(linear_sum_assignment(distances), axis=1).astype(np.int32)


def _rival(distances: FloatArray, pairs: IntArray) -> FloatArray:
    """Return (m,) the least distance of the first of each pair to anybody but its partner.

    Infinite where there is nobody else.
    """
    i, j = pairs.T
    if distances.shape[1] < 2:
        return np.full(len(pairs), np.inf)
    nearest_two = np.partition(distances, 1, axis=1)[:, :2]
    nearest = distances.argmin(axis=1)
    # Where two are equally near, the second of the two is as near as the first.
    rival: FloatArray = np.where(nearest[i] == j, nearest_two[i, 1], nearest_two[i, 0])
    return rival


def _confidence(distances: FloatArray, pairs: IntArray) -> FloatArray:
    own = distances[tuple(pairs.T)]
    rival = np.minimum(_rival(distances, pairs), _rival(distances.T, pairs[:, ::-1]))
    # Equal descriptors with an equal rival: 0 / 0 says nothing, and confidence is 0.
    share = np.divide(own, rival, out=np.ones(len(own)), where=rival > 0.0)
    return np.clip(1.0 - share, 0.0, 1.0)
