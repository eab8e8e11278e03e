"""Many shapes brought together: each by a similarity, until they agree on a mean.

Generalised Procrustes analysis (J. C. Gower, "Generalized Procrustes analysis", Psychometrika 40,
1975, doi:10.1007/BF02291478). Of shapes X_i (k,3), some of whose points may be missing, with
w_ij = 1 where point j is there and 0 elsewhere, it brings

    sum_ij w_ij |s_i R_i x_ij + t_i - m_j|²

down by similarities and mean in turn. Shapes would agree best on a single place, so the mean is
kept about the origin and at a root mean square distance of 1 from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import InputError
from kpstudio.geometry.procrustes import IDENTITY, Similarity, align

#: Points that a shape must have for its rotation to be told.
LEAST = 3
#: Rounds of similarities and mean, and the change of the mean at which they stop.
_ROUNDS, _STILL = 200, 1e-10


@dataclass(frozen=True, eq=False)
class Together:
    """Shapes that were brought together.

    Parameters
    ----------
    points
        (s,k,3) the shapes in the common frame, NaN where a point is missing.
    mean
        (k,3) their mean, about 0, with a root mean square distance of 1 from there.
    transforms
        The similarity of each shape into the common frame.
    """

    points: FloatArray
    mean: FloatArray
    transforms: tuple[Similarity, ...]

    @property
    def residuals(self) -> FloatArray:
        """(s,k) how far each point is from the mean, common frame; NaN where it is missing."""
        return np.asarray(np.linalg.norm(self.points - self.mean, axis=2))


def bring_together(shapes: ArrayLike, seen: ArrayLike | None = None) -> Together:
    """Align shapes with each other.

    The common frame is turned as the shape with the most points is, the first of these.

    Parameters
    ----------
    shapes
        (s,k,3) corresponding points of s shapes; what stands at a missing one does not count.
    seen
        (s,k) which points are there; None for all.

    Raises
    ------
    InputError
        A shape has fewer than three points, or all in one place; a point is on no shape; values
        that are not finite.
    """
    points = np.array(shapes, float)
    if points.ndim != 3 or points.shape[2] != 3 or len(points) == 0:
        raise InputError(f"shapes of (s,k,3) points are aligned, not {points.shape}")
    there = np.ones(points.shape[:2], bool) if seen is None else np.asarray(seen, bool)
    _check(points, there)
    points[~there] = 0.0
    reference = int(there.sum(axis=1).argmax())
    mean = _first_mean(points, there, reference)
    for _ in range(_ROUNDS):
        transforms = [_onto(mean, *one) for one in zip(points, there, strict=True)]
        moved = np.stack([t.apply(x) for t, x in zip(transforms, points, strict=True)])
        before, mean = mean, _unit_size(_mean_of(moved, there))
        if np.abs(mean - before).max() < _STILL:
            break
    turn = Similarity(transforms[reference].rotation.T, 1.0, np.zeros(3))
    transforms = [_after(turn, transform) for transform in transforms]
    moved = np.stack([t.apply(x) for t, x in zip(transforms, points, strict=True)])
    moved[~there] = np.nan
    return Together(moved, turn.apply(mean), tuple(transforms))


def _check(points: FloatArray, there: BoolArray) -> None:
    if there.shape != points.shape[:2]:
        raise InputError(f"{there.shape} says which of {points.shape[:2]} points are there")
    if not np.isfinite(points[there]).all():
        raise InputError("points hold values that are NaN or infinite")
    few = np.flatnonzero(there.sum(axis=1) < LEAST)
    if len(few):
        raise InputError(
            f"shape {few[0]} has fewer than {LEAST} of the points",
            remedy="Leave it out.",
        )
    lost = np.flatnonzero(~there.any(axis=0))
    if len(lost):
        raise InputError(f"point {lost[0]} is on none of the shapes", remedy="Leave it out.")


def _first_mean(points: FloatArray, there: BoolArray, reference: int) -> FloatArray:
    """Return (k,3) the reference shape; what it lacks is taken from shapes brought to it."""
    known = there[reference].copy()
    mean = np.where(known[:, None], points[reference], 0.0)
    while not known.all():
        shared = (there & known).sum(axis=1)
        # Whoever has most in common of those with something new.
        shared[~(there & ~known).any(axis=1)] = -1
        best = int(shared.argmax())
        both = there[best] & known
        enough = both.sum() >= LEAST
        to_mean = align(points[best][both], mean[both]) if enough else IDENTITY
        new = there[best] & ~known
        mean[new] = to_mean.apply(points[best][new])
        known |= new
    return _unit_size(mean)


def _onto(mean: FloatArray, points: FloatArray, there: BoolArray) -> Similarity:
    return align(points[there], mean[there])


def _mean_of(moved: FloatArray, there: BoolArray) -> FloatArray:
    total = (moved * there[:, :, None]).sum(axis=0)
    return np.asarray(total / there.sum(axis=0)[:, None])


def _unit_size(points: FloatArray) -> FloatArray:
    centred = points - points.mean(axis=0)
    size = np.sqrt(np.square(centred).sum(axis=1).mean())
    if not size > 0.0:
        raise InputError("the points of all shapes are in one place")
    return np.asarray(centred / size)


def _after(second: Similarity, first: Similarity) -> Similarity:
    """Return what the first and then the second does."""
    return Similarity(
        second.rotation @ first.rotation,
        second.scale * first.scale,
        second.apply(first.translation[None])[0],
    )
