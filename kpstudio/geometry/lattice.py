"""Smooth surfaces z(x, y) over lattices of nodes, fitted to scattered heights, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray

#: Nodes along each side of a lattice.
NODES = 20
#: A surface is made of so many of the smoothest shapes along each side. Stiffness leaves little to
#: the others, and 49 unknowns are solved for much faster than 400.
_SHAPES = 7
#: Decides where points leave something open; with it no system is singular.
_RIDGE = 1e-12


@dataclass(frozen=True, eq=False)
class LatticeCurvatures:
    """Curvatures at the nodes of b lattices, positive where a surface bulges towards +z.

    Parameters
    ----------
    minimum, maximum
        (b,20,20) principal curvatures, in 1 / unit of the points.
    x, y
        (b,20,1) and (b,1,20) where the nodes are.
    """

    minimum: FloatArray
    maximum: FloatArray
    x: FloatArray
    y: FloatArray

    @property
    def gaussian(self) -> FloatArray:
        """(b,20,20) Gaussian curvature."""
        return self.minimum * self.maximum


def lattice_curvatures(points: FloatArray, used: BoolArray, stiffness: float) -> LatticeCurvatures:
    """Return the curvatures of the smooth surfaces over b sets of points.

    A lattice spans the points' extent in x and y. The heights f of its nodes make small

    sum_p (f(x_p, y_p) - z_p)^2 / count
        + stiffness / 400 sum_nodes (D_xx f)^2 + 2 (D_xy f)^2 + (D_yy f)^2,

    f(x, y) bilinear between nodes and D second differences between neighbouring nodes: a thin
    plate that passes near the points. Curvatures are taken from differences on the lattice.

    Parameters
    ----------
    points
        (b,p,3) points.
    used
        (b,p) which of them count; at least one of each set.
    stiffness
        0 passes through the points, 1 smooths what is shorter than some 6 nodes.
    """
    low = np.where(used[:, :, None], points, np.inf).min(axis=1)[:, None, :2]
    high = np.where(used[:, :, None], points, -np.inf).max(axis=1)[:, None, :2]
    spacing = np.maximum(high - low, 1e-12) / (NODES - 1)
    places = np.clip((points[:, :, :2] - low) / spacing, 0.0, NODES - 1)
    heights = _fitted(places, points[:, :, 2], used, stiffness)
    minimum, maximum = _curvatures(heights, spacing[:, 0, 0], spacing[:, 0, 1])
    nodes = low + spacing * np.arange(NODES)[:, None]
    return LatticeCurvatures(minimum, maximum, nodes[:, :, None, 0], nodes[:, None, :, 1])


@cache
def _shapes() -> tuple[FloatArray, FloatArray]:
    """Return the smoothest shapes (20,k) of a row of nodes, and how their products bend (k²,k²).

    The shapes are those in which a row of nodes with stiffness vibrates, the slowest first.
    """
    second = np.diff(np.eye(NODES), 2, axis=0)
    shapes = np.linalg.eigh(second.T @ second)[1][:, :_SHAPES]
    along, slope = (np.diff(shapes, order, axis=0) for order in (2, 1))
    straight, bent, sloped = (one.T @ one for one in (shapes, along, slope))
    energy = np.kron(bent, straight) + 2.0 * np.kron(sloped, sloped) + np.kron(straight, bent)
    return shapes, energy


def _fitted(
    places: FloatArray, heights: FloatArray, used: BoolArray, stiffness: float
) -> FloatArray:
    """Return the coefficients (b,k,k) of the shapes along x and y.

    Parameters
    ----------
    places
        (b,p,2) where the points are, in nodes.
    heights
        (b,p) their heights.
    used
        (b,p) which count.
    stiffness
        As for `lattice_curvatures`.
    """
    shapes, energy = _shapes()
    cell = np.minimum(places.astype(np.intp), NODES - 2)
    inside = (places - cell)[..., None]
    along = (1.0 - inside) * shapes[cell] + inside * shapes[cell + 1]
    x, y = along[:, :, 0] * used[:, :, None], along[:, :, 1]
    count, points = heights.shape
    design = (x[:, :, :, None] * y[:, :, None, :]).reshape(count, points, -1)
    share = 1.0 / used.sum(axis=1)[:, None, None]
    transposed = design.transpose(0, 2, 1)
    matrix = (transposed @ design) * share
    right = (transposed @ heights[:, :, None]) * share
    matrix += stiffness / NODES**2 * energy + _RIDGE * np.eye(_SHAPES**2)
    return np.linalg.solve(matrix, right).reshape(count, _SHAPES, _SHAPES)


def _curvatures(
    heights: FloatArray, dx: FloatArray, dy: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the principal curvatures at the nodes of surfaces made of shapes (b,k,k)."""
    shapes = _shapes()[0]
    first = np.gradient(shapes, axis=0)
    second = np.gradient(first, axis=0)
    dx, dy = dx[:, None, None], dy[:, None, None]
    fx = first @ heights @ shapes.T / dx
    fy = shapes @ heights @ first.T / dy
    fxx = second @ heights @ shapes.T / dx**2
    fxy = first @ heights @ first.T / (dx * dy)
    fyy = shapes @ heights @ second.T / dy**2
    steep = 1.0 + fx**2 + fy**2
    mean = -(fxx * (1.0 + fy**2) - 2.0 * fxy * fx * fy + fyy * (1.0 + fx**2))
    mean /= 2.0 * steep**1.5
    apart = np.sqrt(np.maximum(mean**2 - (fxx * fyy - fxy**2) / steep**2, 0.0))
    return mean - apart, mean + apart
