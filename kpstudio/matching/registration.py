"""Registration: a partial scan is carried onto another, from matched keypoints or from nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.geometry.chamfer import nearest
from kpstudio.geometry.procrustes import Similarity
from kpstudio.geometry.surface import Surface
from kpstudio.matching.assign import Rule, by_descriptors
from kpstudio.matching.fpfh import fpfh
from kpstudio.matching.icp import settle
from kpstudio.matching.ransac import agree

#: Without keypoints: distance of the points that are matched, in diameters of the source; and, in
#: such distances, the radius of their histograms and the tolerance of the matches.
_SPACING, _RADIUS, _TOLERANCE = 1.0 / 60.0, 5.0, 1.5
#: Most points of the source that look for the nearest of the target.
_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class Scan:
    """Points of a surface and where out is.

    Parameters
    ----------
    points
        (n,3) points.
    normals
        (n,3) unit normals, all on the same side.
    """

    points: FloatArray
    normals: FloatArray

    @classmethod
    def of(cls, surface: Surface) -> Scan:
        """Return the points of a surface in the coordinates of its mesh."""
        return cls(surface.to_mesh(surface.points), surface.normals)


@dataclass(frozen=True, eq=False)
class Registration:
    """How a source is carried onto a target, and how well.

    Parameters
    ----------
    transform
        Carries the source onto the target.
    matches
        The pairs of points by which it was found first.
    inliers
        (m,) True for the pairs that agree with it.
    rmse
        Root mean square distance of the points that overlap, the target's unit.
    overlap
        Share of the source that lies within the tolerance of the target, 0..1.
    steps
        How many steps it took to settle.
    """

    transform: Similarity
    matches: Correspondence
    inliers: BoolArray
    rmse: float
    overlap: float
    steps: int

    @property
    def fitness(self) -> float:
        """Share of the matches that agree with the transform, 0..1."""
        return float(self.inliers.mean())


def register(
    source: Scan,
    target: Scan,
    source_keypoints: FloatArray,
    target_keypoints: FloatArray,
    matches: Correspondence,
    tolerance: float,
    *,
    scale: bool = False,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> Registration:
    """Carry a source onto a target by matched keypoints, then by all points.

    Parameters
    ----------
    source, target
        The two scans.
    source_keypoints, target_keypoints
        (a,3) and (b,3) keypoints.
    matches
        Pairs of these; many may be wrong.
    tolerance
        How far from its partner a right keypoint may be, the target's unit.
    scale
        Whether the size may change by the keypoints; it does not by all points.
    seed
        Seed of the choice of triples.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        A pair names a keypoint that is not there, fewer than three matches agree, or the scans
        do not come near each other.
    ParameterError
        The tolerance is not above 0.
    """
    ctx = ctx or RunContext()
    matches.check_fits(len(source_keypoints), len(target_keypoints))
    ctx.progress(0.0, "Finding matches that agree")
    x, y = source_keypoints[matches.first], target_keypoints[matches.second]
    first = agree(x, y, tolerance, scale=scale, seed=seed)
    points = source.points[:: -(-len(source.points) // _POINTS)]
    part = ctx.part(0.3, 0.9)
    rest = settle(points, target.points, target.normals, first.transform, 2.0 * tolerance, part)
    distances = nearest(rest.transform.apply(source.points), target.points)[1]
    over = distances <= tolerance
    return Registration(
        rest.transform,
        matches,
        np.linalg.norm(rest.transform.apply(x) - y, axis=1) <= tolerance,
        float(np.sqrt(np.mean(distances[over] ** 2))) if over.any() else float("inf"),
        float(over.mean()),
        rest.steps,
    )


def register_scans(
    source: Scan, target: Scan, *, seed: int = 0, ctx: RunContext | None = None
) -> Registration:
    """Carry a source onto a target of the same size, without keypoints.

    Evenly spread points of both are matched by fast point feature histograms; see `fpfh`.

    Raises
    ------
    InputError
        The scans have too few points in common.
    """
    ctx = ctx or RunContext()
    extent = 2.0 * np.linalg.norm(source.points - source.points.mean(axis=0), axis=1).max()
    spacing = _SPACING * float(extent)
    if not spacing > 0.0:
        raise InputError("the source is a single place", remedy="Use a scan with an extent.")
    ctx.progress(0.0, "Comparing normals")
    thin = [thinned(one, spacing) for one in (source, target)]
    a, b = (fpfh(one.points, one.normals, _RADIUS * spacing) for one in thin)
    matches = by_descriptors(a, b, Rule.MUTUAL)
    return register(
        source, target, thin[0].points, thin[1].points, matches, _TOLERANCE * spacing,
        seed=seed, ctx=ctx.part(0.3, 1.0),
    )  # fmt: skip


def thinned(scan: Scan, spacing: float) -> Scan:
    """Return one point for every cube of a lattice that holds any: the mean of them.

    Parameters
    ----------
    scan
        Points and normals.
    spacing
        Side of the cubes, the unit of the points.
    """
    cells = np.floor((scan.points - scan.points.min(axis=0)) / spacing).astype(np.int64)
    _, cube = np.unique(cells, axis=0, return_inverse=True)
    counts = np.bincount(cube)
    sums = [
        np.stack([np.bincount(cube, values[:, axis]) for axis in range(3)], axis=1)
        for values in (scan.points, scan.normals)
    ]
    lengths = np.linalg.norm(sums[1], axis=1)
    some = lengths > 1e-9  # normals that cancel out have no side
    return Scan(sums[0][some] / counts[some, None], sums[1][some] / lengths[some, None])
