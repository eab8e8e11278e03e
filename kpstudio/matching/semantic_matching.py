"""Multi-shape semantic matching: a universe that matches and geometry agree on.

Q. Wang, X. Zhou and K. Daniilidis, "Multi-image semantic matching by mining consistent features",
CVPR 2018, arXiv:1711.07641; with coordinates on surfaces in place of pictures. Of pairwise
affinities W and coordinates C_i of n shapes' candidates

    1/4 |W - Y Y^T|^2 + lambda/2 sum_i |C_i X_i - Z_i|^2 + rho/2 |X - Y|^2

is brought down, X_i partial permutations, Y in their convex hull, and the stacked Z of rank r:

- First Y alone, from spectral labels: others stall in symmetry. X is Y made discrete.
- Then for rho = 1, 10, 100 in turn: Y by projected gradients; X_i by the assignment with the costs

      lambda D(C_i, Z_i) - 2 rho Y_i,   D the *squared* distances,

  and Z by a truncated singular value decomposition, again and again, until nothing changes.

In the paper every feature is on every shape. Here they may be invisible, an extension: columns of X
then sum to 1 at most, and what is missing counts neither for geometry nor costs. Multiplied out,
choosing a candidate costs lambda D + rho (1 - 2 Y), so one is chosen where that is below 0. What
is filled in for Z there is Z itself. And as of the right matches only a share q may be in W, whose
Y are near the root of q and would all pass for invisible, W / q stands for W; `synchronise` has q.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.base.parameters import parameter
from kpstudio.data.universe import Universe
from kpstudio.matching.affinities import Affinities
from kpstudio.matching.low_rank import (
    features_at,
    nearest_low_rank,
    normalised,
    squared_distances,
    visible,
)
from kpstudio.matching.partial_permutations import Hull, assign
from kpstudio.matching.synchronise import nearest_labels, spectral_labels, universe_of

#: Weights of the agreement of X and Y, in turn.
RHOS = (1.0, 10.0, 100.0)
#: Most gradient steps at a time, and the change at which Y stays.
_STEPS, _STILL = 200, 1e-3
#: Most rounds of Y, X and Z at one rho, and of X and Z within; few are needed.
_ROUNDS = 10


@dataclass(frozen=True)
class SemanticParameters:
    """How many features are sought, and how much geometry counts."""

    features: int = parameter(10, "Number of features to find on all shapes.", low=2, high=200)
    geometry: float = parameter(
        1.0, "How much geometry counts beside matches: 0 leaves it out.", low=0.0, high=100.0
    )
    rank: int = parameter(
        4,
        "Rank of the features' coordinates: 4 for shapes that are stretched into each other, "
        "3 more for every further way to vary.",
        low=1,
        high=100,
    )
    invisible: bool = parameter(True, "Whether a feature may be missing on some shapes.")


@dataclass(frozen=True, eq=False)
class SemanticMatching:
    """A universe and what speaks for it.

    Parameters
    ----------
    universe
        The features, and which candidate each of them is.
    residuals
        (n,k) distance of each feature from where the geometry of all shapes puts it, in units in
        which the candidates of a shape have a root mean square distance of 1 from their middle;
        NaN where it is invisible.
    singular_values
        Of the stacked coordinates: how many stand out is the rank of the collection.
    objectives
        The objective after every round, with the rho of that round.
    """

    universe: Universe
    residuals: FloatArray
    singular_values: FloatArray
    objectives: tuple[tuple[float, float], ...]


def match_collection(
    affinities: Affinities,
    coordinates: FloatArray,
    parameters: SemanticParameters | None = None,
    ctx: RunContext | None = None,
) -> SemanticMatching:
    """Return the universe of a collection on which matches and geometry agree.

    Parameters
    ----------
    affinities
        Pairwise matches of the candidates, many of which may be wrong.
    coordinates
        (c,3) the candidates of all shapes, shape after shape, any unit: each shape is normalised.
    parameters
        How many features are sought.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        Another number of coordinates than of candidates.
    ParameterError
        More features than candidates, or no more features than the rank: geometry would say
        nothing.
    """
    given, ctx = parameters or SemanticParameters(), ctx or RunContext()
    if len(coordinates) != affinities.counts.sum():
        raise InputError(f"{len(coordinates)} places of {affinities.counts.sum()} candidates")
    if given.geometry > 0.0 and given.features <= given.rank:
        raise ParameterError(
            f"coordinates of {given.features} features have no rank above {given.rank}",
            remedy="Look for more features, choose a lower rank, or leave geometry out.",
        )
    task = _Task(affinities, coordinates, given)
    ctx.progress(0.0, "Synchronising matches")
    task.begin()
    for stage, rho in enumerate(RHOS):
        task.settle(rho, ctx.part(0.2 * (stage + 2), 0.2 * (stage + 3)))
    return task.result()


def choosing_costs(squares: FloatArray, y: FloatArray, geometry: float, rho: float) -> FloatArray:
    """Return twice what the objective grows by when a candidate is chosen as a feature, (c,k).

    lambda D + rho (1 - 2 Y); the 1 makes no difference where every feature is on every shape.

    Parameters
    ----------
    squares
        (c,k) squared distances D.
    y
        (c,k) relaxed labels Y.
    geometry, rho
        The weights lambda and rho.
    """
    return geometry * squares + rho * (1.0 - 2.0 * y)


class _Task:
    """The three unknowns: Y (c,k), X (c,k) and Z (n,k,3)."""

    def __init__(
        self, affinities: Affinities, coordinates: FloatArray, given: SemanticParameters
    ) -> None:
        self.affinities, self.given, self.starts = affinities, given, affinities.starts
        self.coordinates = normalised(np.asarray(coordinates, np.float64), self.starts)
        self.objectives: list[tuple[float, float]] = []

    def begin(self) -> None:
        """Y from spectral labels, without X; X is Y made discrete; Z from X."""
        given = self.given
        found = spectral_labels(self.affinities, given.features, invisible=given.invisible)
        self.w = self.affinities.matrix / found.share
        # The gradient is Lipschitz by this: on the hull no Y^T Y has an eigenvalue above n.
        self.steepest = float(found.values[0]) / found.share + 3.0 * len(self.affinities)
        self.hull = Hull(self.starts, len(self.coordinates), invisible=given.invisible)
        self.y = self._descended(self.hull.nearest(found.relaxed), None, 0.0)
        self.x = nearest_labels(self.y, self.starts, invisible=given.invisible)
        self._fit_geometry(None)

    def settle(self, rho: float, ctx: RunContext) -> None:
        """Y, then X and Z, in turn until X stays."""
        given = self.given
        for round_ in range(_ROUNDS):
            ctx.progress(round_ / _ROUNDS, "Bringing matches and geometry together")
            before = self.x
            self.y = self._descended(self.y, self.x, rho)
            for _ in range(_ROUNDS):
                last = self.x
                squares = squared_distances(self.coordinates, self.z, self.starts)
                costs = choosing_costs(squares, self.y, given.geometry, rho)
                self.x = assign(costs, self.starts, invisible=given.invisible)
                self._fit_geometry(self.z)
                if (self.x == last).all():
                    break
            self.objectives.append((rho, self.objective(rho)))
            if (self.x == before).all():
                break

    def _descended(self, y: FloatArray, x: FloatArray | None, rho: float) -> FloatArray:
        """Return Y after projected gradients of 1/4 |W - Y Y^T|^2 + rho/2 |X - Y|^2.

        With momentum that starts anew where it points uphill (B. O'Donoghue and E. Candès,
        "Adaptive restart for accelerated gradient schemes", Foundations of Computational
        Mathematics 15, 2015, doi:10.1007/s10208-013-9150-3): a fifth of the steps.
        """
        rate, pace, ahead = 1.0 / (self.steepest + rho), 1.0, y
        for _ in range(_STEPS):
            slope = ahead @ (ahead.T @ ahead) - self.w @ ahead
            if x is not None:
                slope += rho * (ahead - x)
            last, y = y, self.hull.nearest(ahead - rate * slope)
            move = y - last
            if np.abs(move).max() < _STILL:
                break
            if np.sum((ahead - y) * move) > 0.0:
                pace = 1.0
            after = (1.0 + np.sqrt(1.0 + 4.0 * pace**2)) / 2.0
            ahead, pace = y + (pace - 1.0) / after * move, after
        return y

    def _fit_geometry(self, before: FloatArray | None) -> None:
        """Z and the singular values from X."""
        self.places = features_at(self.coordinates, self.x, self.starts)
        self.seen = visible(self.x, self.starts)
        self.z, self.singular = nearest_low_rank(self.places, self.seen, self.given.rank, before)

    def objective(self, rho: float) -> float:
        """Return what is brought down; |W - Y Y^T|^2 without the large product Y Y^T."""
        w, y = self.w, self.y
        matches = float(w.power(2).sum()) - 2.0 * float(np.sum(y * (w @ y)))
        matches += float(np.square(y.T @ y).sum())
        away = np.square(self.places - self.z).sum(axis=2)[self.seen].sum()
        agreement = np.square(self.x - y).sum()
        return float(matches / 4.0 + self.given.geometry * away / 2.0 + rho * agreement / 2.0)

    def result(self) -> SemanticMatching:
        away = np.linalg.norm(self.places - self.z, axis=2)
        return SemanticMatching(
            universe_of(self.x, self.y, self.affinities.counts),
            np.where(self.seen, away, np.nan),
            self.singular,
            tuple(self.objectives),
        )
