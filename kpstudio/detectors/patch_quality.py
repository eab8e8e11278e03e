"""Patches in their principal axes: their extents, and the quality of the surface in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.balls import SLACK
from kpstudio.geometry.lattice import LatticeCurvatures, lattice_curvatures
from kpstudio.geometry.patches import grown, over_rows, row_chunks, same_side
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: A patch with fewer points says nothing of a surface.
_LEAST = 8
#: A patch narrower than this share of its length is a line.
_LINE = 1e-3
#: Units of length in a patch radius, see `KeypointQuality`.
_UNITS = 20.0
#: Less quality than this has a plane with rounding errors; a ball 1000 patches wide has 200 times
#: as much.
_FLAT = 1e-6
#: Points of patches that are fitted at once.
_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class PatchExtents:
    """The patches around n points in their principal axes.

    Parameters
    ----------
    radius
        Radius of the patches, in diameters.
    axes
        (n,3,3) principal axes, rows, the longest first, the third one on the outer side.
    ratio
        (n,) extent along the first axis over that along the second, 1 where a patch has too few
        points or is a line.
    """

    radius: float
    axes: FloatArray
    ratio: FloatArray


@dataclass(frozen=True, eq=False)
class Quality:
    """Quality of the patches around n points.

    Parameters
    ----------
    quality
        (n,) the quality Q; 0 where it was not measured.
    minimum, maximum
        (n,) smallest and largest principal curvature of a patch, in 1 / diameter.
    """

    quality: FloatArray
    minimum: FloatArray
    maximum: FloatArray


def measure_extents(surface: Surface, radius: float, ctx: RunContext) -> PatchExtents:
    """Return the principal axes of every patch and how far it extends along them.

    Parameters
    ----------
    surface
        The surface.
    radius
        Radius of the patches, in diameters.
    ctx
        Progress and cancellation.
    """
    ctx.progress(0.0, "Finding neighbours")
    patches = grown(surface, same_side(surface, radius))
    axes, ratio = np.tile(np.eye(3), (len(surface), 1, 1)), np.ones(len(surface))
    normals = surface.normals
    for rows in row_chunks(patches):
        ctx.progress(0.5 + 0.5 * rows.start / len(surface), "Turning patches")
        starts = patches.indptr[rows.start : rows.stop + 1]
        counts, starts = np.diff(starts), starts[:-1] - starts[0]
        offset, local = _offsets(surface.points, patches, rows, counts)
        axes[rows] = _principal_axes(offset, starts, counts, normals[rows])
        # Extents count the point itself, whose offset is zero.
        x, y = (np.einsum("pd,pd->p", axes[rows][local, axis], offset) for axis in range(2))
        length, width = (
            np.maximum(over_rows(np.maximum, one, starts, counts), 0.0)
            - np.minimum(over_rows(np.minimum, one, starts, counts), 0.0)
            for one in (x, y)
        )
        wide = (counts >= _LEAST) & (width > _LINE * length)
        np.divide(length, width, out=ratio[rows], where=wide)
    return PatchExtents(radius, axes, ratio)


def measure_quality(
    surface: Surface, extents: PatchExtents, candidates: IntArray, stiffness: float, ctx: RunContext
) -> Quality:
    """Return the quality of the patches around some points.

    Parameters
    ----------
    surface
        The surface.
    extents
        Its patches.
    candidates
        (m,) the points to measure.
    stiffness
        See `lattice_curvatures`.
    ctx
        Progress and cancellation.
    """
    patches = grown(surface, same_side(surface, extents.radius))
    result = Quality(*np.zeros((3, len(surface))))
    unit = _UNITS / extents.radius
    done = 0
    for some in _alike(candidates, np.diff(patches.indptr)):
        ctx.progress(done / len(candidates), "Fitting surfaces")
        points, used = _gathered(surface.points, patches, some)
        turned = np.einsum("bij,bpj->bpi", extents.axes[some], points) * unit
        curvatures = lattice_curvatures(turned, used, stiffness)
        # A lattice is a rectangle, a patch round: in its corners the surface is made up.
        reach = np.square(turned[:, :, :2]).sum(axis=2).max(axis=1)[:, None, None]
        within = curvatures.x**2 + curvatures.y**2 <= reach * (1.0 + SLACK)
        quality, result.minimum[some], result.maximum[some] = _quality(curvatures, within)
        result.quality[some] = np.where(quality > _FLAT, quality, 0.0)
        done += len(some)
    result.minimum[:] *= unit
    result.maximum[:] *= unit
    return result


def _quality(
    curvatures: LatticeCurvatures, within: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (b,) the quality Q over some of the nodes, the smallest and the largest curvature."""
    k1, k2, k = curvatures.maximum, curvatures.minimum, curvatures.gaussian
    nodes = (1, 2)
    quality = 1000.0 * np.abs(k).mean(axis=nodes, where=within)
    for one in (k, k1, k2):
        quality += one.max(axis=nodes, where=within, initial=-np.inf)
        quality += np.abs(one.min(axis=nodes, where=within, initial=np.inf))
    smallest = k2.min(axis=nodes, where=within, initial=np.inf)
    largest = k1.max(axis=nodes, where=within, initial=-np.inf)
    return quality, smallest, largest


def _offsets(
    points: FloatArray, patches: csr_array, rows: slice, counts: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return offsets (p,3) of the points of some patches from their middles; whose they are."""
    local = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    others = patches.indices[patches.indptr[rows.start] : patches.indptr[rows.stop]]
    offset: FloatArray = points[others] - points[rows][local]
    return offset, local


def _principal_axes(
    offset: FloatArray, starts: IntArray, counts: IntArray, outward: FloatArray
) -> FloatArray:
    """Return (r,3,3) principal axes, rows, the third one on the outer side."""
    total = counts + 1.0  # with the point itself
    mean = [over_rows(np.add, offset[:, i], starts, counts) / total for i in range(3)]
    scatter = np.empty((len(counts), 3, 3))
    for i in range(3):
        for j in range(i, 3):
            second = over_rows(np.add, offset[:, i] * offset[:, j], starts, counts) / total
            scatter[:, i, j] = scatter[:, j, i] = second - mean[i] * mean[j]
    axes = np.linalg.eigh(scatter)[1].transpose(0, 2, 1)[:, ::-1]
    inward = np.einsum("rd,rd->r", axes[:, 2], outward) < 0.0
    return axes * np.where(inward[:, None], [1.0, 1.0, -1.0], 1.0)[:, :, None]


def _alike(candidates: IntArray, counts: IntArray) -> Iterator[IntArray]:
    """Yield candidates in batches of patches with about as many points."""
    order = candidates[np.argsort(counts[candidates], kind="stable")]
    start = 0
    while start < len(order):
        # The patches ahead are no smaller: their size bounds how many fit.
        stop = start + max(1, _POINTS // int(counts[order[start]] + 1))
        yield order[start:stop]
        start = stop


def _gathered(
    points: FloatArray, patches: csr_array, some: IntArray
) -> tuple[FloatArray, BoolArray]:
    """Return the offsets (b,p,3) of the points of some patches, and which (b,p) are points."""
    starts, counts = patches.indptr[some], np.diff(patches.indptr)[some]
    place = np.arange(-1, counts.max())  # the first is the point itself
    used = place < counts[:, None]
    others = patches.indices[np.where(used, starts[:, None] + place, 0)]
    others[:, 0] = some
    others = np.where(used, others, some[:, None])
    return points[others] - points[some][:, None], used
