"""Principal curvatures of a surface, from quadrics fitted to the surroundings of its points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.normals import tangents
from kpstudio.geometry.patches import grown, over_rows, row_chunks, same_side
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Pulls what few or collinear neighbours leave open towards flat, so that noise there does not
#: become curvature. Lengths are in ball radii.
_RIDGE = 2e-4

# Monomials x^i y^j of a quadric c + d x + e y + a x²/2 + b xy + c y²/2.
_POWERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
_FACTORS = np.array([1.0, 1.0, 1.0, 0.5, 1.0, 0.5])
_RIDGES = _RIDGE * np.diag([0.0, 1.0, 1.0, 1.0, 2.0, 1.0])  # a² + 2 b² + c² does not turn


@dataclass(frozen=True, eq=False)
class Curvatures:
    """Principal curvatures of n points, positive where the surface bulges along its normal.

    Parameters
    ----------
    minimum, maximum
        (n,) smaller and larger principal curvature, in 1 / diameter; 0 where undefined.
    """

    minimum: FloatArray
    maximum: FloatArray

    @property
    def mean(self) -> FloatArray:
        """(n,) mean curvature, in 1 / diameter."""
        return (self.minimum + self.maximum) / 2.0

    @property
    def gaussian(self) -> FloatArray:
        """(n,) Gaussian curvature, in 1 / diameter²."""
        return self.minimum * self.maximum

    @property
    def curvedness(self) -> FloatArray:
        """(n,) how strongly the surface bends, whichever way, in 1 / diameter.

        The root mean square of the principal curvatures (Koenderink and van Doorn 1992, Surface
        shape and curvature scales, doi:10.1016/0262-8856(92)90076-F).
        """
        curvedness: FloatArray = np.hypot(self.minimum, self.maximum) / np.sqrt(2.0)
        return curvedness

    @property
    def shape_index(self) -> FloatArray:
        """(n,) how the surface bends: 0 cup, 1/4 rut, 1/2 saddle, 3/4 ridge, 1 cap.

        1/2 + arctan((k1 + k2) / (k1 - k2)) / pi for k1 >= k2 (Dorai and Jain 1997, COSMOS: a
        representation scheme for 3D free-form objects, doi:10.1109/34.625113, who count curvatures
        the other way round). A plane has none and gets that of a saddle.
        """
        both, between = self.maximum + self.minimum, self.maximum - self.minimum
        return 0.5 + np.arctan2(both, between) / np.pi


def principal_curvatures(surface: Surface, radius: float, ctx: RunContext) -> Curvatures:
    """Return the principal curvatures of every point of a surface.

    Over the ball around a point, in the frame of its tangent plane, the quadric that fits the
    heights best is sought, near points counting more; the curvatures are those of the quadric
    (Cazals and Pouget 2005, Estimating differential quantities using polynomial fitting of
    osculating jets, doi:10.1016/j.cagd.2004.09.004, of degree 2). Neighbours whose normal points to
    the other side do not count: a thin sheet has two. A ball with few neighbours grows by two rings
    of edges, or to the nearest points of a cloud.

    Parameters
    ----------
    surface
        The surface.
    radius
        Radius of the balls, in diameters.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        The balls hold more neighbours than fit into memory.
    """
    return surface.kept(("curvatures", radius), lambda: _measure(surface, radius, ctx))


def _measure(surface: Surface, radius: float, ctx: RunContext) -> Curvatures:
    ctx.check()
    balls = grown(surface, same_side(surface, radius))
    normals = _unit_normals(surface, balls)
    frames = (*tangents(normals), normals)
    minimum, maximum = np.zeros((2, len(surface)))
    for rows in row_chunks(balls):
        ctx.progress(rows.start / len(surface), "Fitting quadrics")
        minimum[rows], maximum[rows] = _fit(surface.points, balls, frames, rows, radius)
    return Curvatures(minimum, maximum)


def _fit(
    points: FloatArray,
    balls: csr_array,
    frames: tuple[FloatArray, FloatArray, FloatArray],
    rows: slice,
    radius: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the principal curvatures (r,), (r,) of some rows of the balls."""
    starts = balls.indptr[rows.start : rows.stop + 1]
    pairs = slice(starts[0], starts[-1])
    counts, starts = np.diff(starts), starts[:-1] - starts[0]
    own = np.repeat(np.arange(rows.start, rows.stop), counts)
    squared = balls.data[pairs]
    # Balls that grew reach farther than the rest.
    farthest = over_rows(np.maximum, squared, starts, counts)
    reach = np.sqrt(np.maximum(farthest, radius**2))
    offset = (points[balls.indices[pairs]] - points[own]) / np.repeat(reach, counts)[:, None]
    x, y, z = (np.einsum("pd,pd->p", axis[own], offset) for axis in frames)
    weight = np.exp(-2.0 * np.einsum("pd,pd->p", offset, offset))

    # Sums of w x^i y^j up to degree 4 make the normal equations, those of w z x^i y^j their right.
    moments = _moments(weight, x, y, 4, starts, counts)
    heights = _moments(weight * z, x, y, 2, starts, counts)
    moments[0, 0] += 1.0  # the point itself
    matrix = np.empty((len(counts), 6, 6))
    for row, (i, j) in enumerate(_POWERS):
        for column, (k, m) in enumerate(_POWERS):
            matrix[:, row, column] = moments[i + k, j + m]
    right = np.stack([heights[power] for power in _POWERS], axis=1)
    total = moments[0, 0][:, None]
    matrix = matrix * (_FACTORS[:, None] * _FACTORS) / total[:, :, None]
    right = (right * _FACTORS / total)[:, :, None]
    # What the ridge took from the coefficients is put back once (iterated Tikhonov): those the
    # points determine keep some 1e-4 of its pull, those they leave open stay near 0.
    inverse = np.linalg.inv(matrix + _RIDGES)
    solution = inverse @ right
    solution += inverse @ (right - matrix @ solution)

    _, d, e, a, b, c = solution[:, :, 0].T
    steep = 1.0 + d**2 + e**2
    mean = -(a * (1.0 + e**2) - 2.0 * b * d * e + c * (1.0 + d**2)) / (2.0 * steep**1.5)
    gaussian = (a * c - b**2) / steep**2
    apart = np.sqrt(np.maximum(mean**2 - gaussian, 0.0))
    defined = np.where(counts >= 2, 1.0 / reach, 0.0)
    return (mean - apart) * defined, (mean + apart) * defined


def _moments(
    weight: FloatArray,
    x: FloatArray,
    y: FloatArray,
    degree: int,
    starts: IntArray,
    counts: IntArray,
) -> dict[tuple[int, int], FloatArray]:
    """Return the sums (r,) of w x^i y^j over each row, for all i + j up to a degree."""
    sums = {}
    for i in range(degree + 1):
        term = weight
        for j in range(degree + 1 - i):
            sums[i, j] = over_rows(np.add, term, starts, counts)
            term = term * y
        weight = weight * x
    return sums


def _unit_normals(surface: Surface, balls: csr_array) -> FloatArray:
    """Return (n,3) normals; where faces cancel out that of the plane through the neighbours."""
    normals = surface.normals
    missing = np.flatnonzero(np.linalg.norm(normals, axis=1) < 0.5)
    if len(missing) == 0:
        return normals
    normals = normals.copy()
    for index in missing:
        around = balls.indices[balls.indptr[index] : balls.indptr[index + 1]]
        offset = surface.points[around] - surface.points[index]
        flattest = np.linalg.eigh(offset.T @ offset)[1][:, 0]
        outward = flattest @ surface.points[index] >= 0.0
        normals[index] = flattest if outward else -flattest
    return normals
