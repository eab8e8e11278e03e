"""Iterative closest points: two surfaces that nearly lie on each other are brought together.

Every point of the source is paired with the nearest of the target. Of the pairs the best share xi
is kept (D. Chetverikov, D. Svirko, D. Stepanov and P. Krsek, "The trimmed iterative closest point
algorithm", ICPR 2002, doi:10.1109/ICPR.2002.1047997), that with the least

    psi(xi) = e(xi) / xi^3,   e(xi) the mean square of the shortest distances, a share xi of all,

and the motion that brings these points nearest to the planes of their partners,

    min sum (n_i . (x_i + w x x_i + t - y_i))^2,

is found and applied (Y. Chen and G. Medioni, "Object modelling by registration of multiple range
images", Image and Vision Computing 10, 1992, doi:10.1016/0262-8856(92)90066-C); until it is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.procrustes import Similarity
from kpstudio.geometry.rotations import from_vectors

#: Steps, if the motion does not become small before.
_STEPS = 80
#: A turn in radians, and a shift in radii of the source, that is small.
_SMALL = 1e-7
#: Least share of the source that is kept.
_LEAST = 0.3
#: Distances below this, in radii of the source, are rounding: all such pairs are kept.
_ROUNDING = 1e-6
#: Fewest pairs by which six unknowns are found.
_FEWEST = 12


@dataclass(frozen=True, eq=False)
class Settled:
    """Where iterative closest points came to rest.

    Parameters
    ----------
    transform
        Carries the source onto the target; its scale is that of the start.
    kept
        (n,) True for the points of the source by which it was found.
    steps
        How many steps it took.
    """

    transform: Similarity
    kept: BoolArray
    steps: int


def settle(
    source: FloatArray,
    target: FloatArray,
    normals: FloatArray,
    start: Similarity,
    reach: float,
    ctx: RunContext | None = None,
) -> Settled:
    """Return the rigid motion by which a surface comes to lie on another, from a start nearby.

    Parameters
    ----------
    source, target
        (n,3) and (m,3) points of the two surfaces.
    normals
        (m,3) unit normals of the target.
    start
        Where to start from.
    reach
        Points farther than this from the target have no partner, the target's unit.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        Hardly any point of the source is within reach.
    """
    from scipy.spatial import cKDTree

    ctx = ctx or RunContext()
    tree, motion = cKDTree(target), start
    radius = start.scale * float(np.linalg.norm(source - source.mean(axis=0), axis=1).max())
    kept = np.zeros(len(source), bool)
    steps = 0
    for steps in range(1, _STEPS + 1):
        ctx.progress(steps / _STEPS, "Closing in")
        moved = motion.apply(source)
        distances, partners = tree.query(moved, distance_upper_bound=reach)
        kept = _trimmed(distances, _ROUNDING * radius)
        if kept.sum() < _FEWEST:
            raise InputError(
                f"only {kept.sum()} points of the source are near the target",
                remedy="Start from better matches, or allow a larger distance.",
            )
        partners = partners[kept]
        turn, shift = _step(moved[kept], target[partners], normals[partners])
        motion = _followed(motion, turn, shift)
        if np.linalg.norm(turn) < _SMALL and np.linalg.norm(shift) < _SMALL * radius:
            break
    return Settled(motion, kept, steps)


def _trimmed(distances: FloatArray, rounding: float) -> BoolArray:
    """Return which pairs are kept, of distances (n,) that are infinite out of reach."""
    order = np.argsort(distances, kind="stable")
    near = distances[order][: int(np.isfinite(distances).sum())]
    counts = np.arange(1, len(near) + 1)
    psi = (np.cumsum(near**2) / counts + rounding**2) / (counts / len(distances)) ** 3
    least = min(int(_LEAST * len(near)), len(near) - 1)
    kept = np.zeros(len(distances), bool)
    if len(near):
        kept[order[: least + int(psi[least:].argmin()) + 1]] = True
    return kept


def _step(x: FloatArray, y: FloatArray, normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the turn (3,) and shift (3,) that bring x nearest to the planes through y.

    Directions that no plane holds, such as along a flat sheet, are left alone.
    """
    middle = x.mean(axis=0)
    size = max(float(np.linalg.norm(x - middle, axis=1).max()), 1e-300)
    arms = (x - middle) / size  # so that turns and shifts weigh alike
    rows = np.column_stack([np.cross(arms, normals), normals])
    heights = np.einsum("qd,qd->q", normals, y - x) / size
    solved = np.linalg.lstsq(rows.T @ rows, rows.T @ heights, rcond=1e-9)[0]
    turn, shift = solved[:3], solved[3:] * size
    # About the origin in place of the middle.
    return turn, shift + middle - from_vectors(turn) @ middle


def _followed(motion: Similarity, turn: FloatArray, shift: FloatArray) -> Similarity:
    """Return a motion and then a turn (3,) about the origin and a shift (3,)."""
    rotation = from_vectors(turn)
    return Similarity(
        rotation @ motion.rotation, motion.scale, rotation @ motion.translation + shift
    )
