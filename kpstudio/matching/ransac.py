"""Which matches agree on one motion: random sample consensus.

M. A. Fischler and R. C. Bolles, "Random sample consensus", Communications of the ACM 24, 1981,
doi:10.1145/358669.358692. Three matches fix a motion. Of the triples tried the motion with the
least sum over all matches of

    min(|s R x_i + t - y_i|^2, tolerance^2)

wins (P. H. S. Torr and A. Zisserman, "MLESAC", Computer Vision and Image Understanding 78, 2000,
doi:10.1006/cviu.1999.0832), and is fitted anew to the matches within the tolerance until these
stay the same. A triple whose edges differ in length between the two sides is told from the outset:
ends within the tolerance cannot change a length by more than twice that.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import comb, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.procrustes import Similarity, align

#: Most triples that are tried; all there are, if they are fewer.
TRIALS = 100_000
#: Triples looked at together.
_ROUND = 5_000
#: Motions whose distances to all matches are held at once, times the matches.
_CELLS = 2_000_000
#: The chance of having missed a triple of right matches at which no more are tried.
_MISS = 1e-4
#: Fits to the matches within the tolerance; they nearly always stay the same after a few.
_FITS = 20


@dataclass(frozen=True, eq=False)
class Agreed:
    """A motion, and the matches that agree with it.

    Parameters
    ----------
    transform
        Carries the source onto the target.
    inliers
        (m,) True for the matches within the tolerance.
    rmse
        Root mean square of their distances, the target's unit.
    """

    transform: Similarity
    inliers: BoolArray
    rmse: float


def agree(
    source: ArrayLike,
    target: ArrayLike,
    tolerance: float,
    *,
    scale: bool = False,
    trials: int = TRIALS,
    seed: int = 0,
) -> Agreed:
    """Return the motion on which the most matches agree; the same seed gives the same one.

    Parameters
    ----------
    source, target
        (m,3) points, the i-th of both matched.
    tolerance
        How far a point may be from its partner, the target's unit.
    scale
        Whether the size may change: a similarity in place of a rigid motion.
    trials
        Most triples to try.
    seed
        Seed of `numpy.random.default_rng`.

    Raises
    ------
    InputError
        Fewer than three matches, or no three of them agree and span a triangle.
    ParameterError
        The tolerance is not above 0.
    """
    x, y = (np.asarray(one, np.float64).reshape(-1, 3) for one in (source, target))
    if len(x) != len(y) or len(x) < 3:
        raise InputError(
            f"a motion needs three matches, and there are {min(len(x), len(y))}",
            remedy="Match more keypoints.",
        )
    if not tolerance > 0.0:
        raise ParameterError(f"a tolerance of {tolerance}", remedy="Choose more than 0.")
    best = _best_of_triples(x, y, tolerance, scale, trials, np.random.default_rng(seed))
    if best is None:
        raise InputError(
            "no three matches agree on a motion",
            remedy="Allow a larger tolerance, or match by another descriptor.",
        )
    return _refined(x, y, best, tolerance, scale)


def _best_of_triples(
    x: FloatArray,
    y: FloatArray,
    tolerance: float,
    scale: bool,
    trials: int,
    rng: np.random.Generator,
) -> Similarity | None:
    best, least, tried = None, np.inf, 0
    needed: float = min(trials, comb(len(x), 3))
    everything = _all_triples(len(x)) if comb(len(x), 3) <= trials else None
    while tried < needed:
        if everything is None:
            triples = _random_triples(len(x), _ROUND, rng)
        else:
            triples = everything[tried : tried + _ROUND]
        tried += _ROUND
        triples = triples[_congruent(x[triples], y[triples], tolerance, scale)]
        if len(triples) == 0:
            continue
        motions = _motions(x[triples], y[triples], scale)
        costs, shares = _costs(x, y, motions, tolerance)
        # A triple may be congruent within the tolerance and yet not fit.
        costs[np.rint(shares * len(x)) < 3] = np.inf
        index = int(costs.argmin())
        if costs[index] < least:
            rotations, scales, shifts = motions
            best = Similarity(rotations[index], float(scales[index]), shifts[index])
            least = float(costs[index])
            # Kept from 0 and 1, whose logarithms are no help.
            chance = float(np.clip(shares[index] ** 3, 1e-12, 1.0 - 1e-12))
            needed = min(needed, log(_MISS) / log(1.0 - chance))
    return best


def _all_triples(count: int) -> NDArray[np.intp]:
    return np.array(list(itertools.combinations(range(count), 3)), np.intp)


def _random_triples(count: int, number: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return (number,3) indices, no two of a triple the same."""
    first = rng.integers(0, count, number)
    second = (first + rng.integers(1, count, number)) % count
    low, high = np.minimum(first, second), np.maximum(first, second)
    third = rng.integers(0, count - 2, number)
    third += third >= low
    third += third >= high
    return np.stack([first, second, third], axis=1)


def _congruent(x: FloatArray, y: FloatArray, tolerance: float, scale: bool) -> BoolArray:
    """Return which triples (b,3,3) have edges of the same lengths and fix a rotation."""
    here, there = (np.linalg.norm(one - np.roll(one, 1, axis=1), axis=2) for one in (x, y))
    factor = np.ones(len(x))
    if scale:
        factor = there.sum(axis=1) / np.maximum(here.sum(axis=1), 1e-300)
    alike: BoolArray = (np.abs(there - factor[:, None] * here) <= 2.0 * tolerance).all(axis=1)
    # A triangle flatter than the tolerance lets the shape turn about its longest edge.
    area = np.linalg.norm(np.cross(y[:, 1] - y[:, 0], y[:, 2] - y[:, 0]), axis=1)
    return alike & (area > 2.0 * tolerance * there.max(axis=1))


_Motions = tuple[FloatArray, FloatArray, FloatArray]


def _motions(x: FloatArray, y: FloatArray, scale: bool) -> _Motions:
    """Return rotations (b,3,3), scales (b,), shifts (b,3) of triples; as `procrustes.align`."""
    x_mean, y_mean = x.mean(axis=1), y.mean(axis=1)
    centred = x - x_mean[:, None]
    u, stretch, vt = np.linalg.svd(np.einsum("bpi,bpj->bij", y - y_mean[:, None], centred))
    signs = np.ones((len(x), 3))
    signs[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotations = (u * signs[:, None]) @ vt
    spread = np.square(centred).sum(axis=(1, 2))
    scales = (stretch * signs).sum(axis=1) / spread if scale else np.ones(len(x))
    shifts = y_mean - scales[:, None] * np.einsum("bij,bj->bi", rotations, x_mean)
    return rotations, scales, shifts


def _costs(
    x: FloatArray, y: FloatArray, motions: _Motions, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """Return (b,) truncated sums of squares, and (b,) shares of matches within the tolerance."""
    count = len(motions[0])
    costs, shares = np.empty(count), np.empty(count)
    step = max(1, _CELLS // len(x))
    for start in range(0, count, step):
        own = slice(start, start + step)
        rotations, scales, shifts = (part[own] for part in motions)
        moved = scales[:, None, None] * (x @ rotations.transpose(0, 2, 1)) + shifts[:, None]
        squares = np.square(moved - y).sum(axis=2)
        costs[own] = np.minimum(squares, tolerance**2).sum(axis=1)
        shares[own] = (squares <= tolerance**2).mean(axis=1)
    return costs, shares


def _refined(
    x: FloatArray, y: FloatArray, motion: Similarity, tolerance: float, scale: bool
) -> Agreed:
    """Fit the motion to the matches within the tolerance until these stay the same."""
    distances = np.linalg.norm(motion.apply(x) - y, axis=1)
    inliers = distances <= tolerance
    for _ in range(_FITS):
        fitted = align(x[inliers], y[inliers], scale)
        further = np.linalg.norm(fitted.apply(x) - y, axis=1)
        within = further <= tolerance
        if within.sum() < inliers.sum():
            break  # the fit of many may lose some at the edge of the tolerance
        motion, distances, same = fitted, further, (within == inliers).all()
        inliers = within
        if same:
            break
    rmse = float(np.sqrt(np.mean(distances[inliers] ** 2)))
    return Agreed(motion, inliers, rmse)
