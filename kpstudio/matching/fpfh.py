"""Fast point feature histograms: how the normals around a point turn.

R. B. Rusu, N. Blodow and M. Beetz, "Fast point feature histograms (FPFH) for 3D registration",
ICRA 2009, doi:10.1109/ROBOT.2009.5152473. Two points p, q at a distance d with unit normals n, m,
p being the one whose normal is nearer to the line between them, have the frame and the angles

    u = n,   v = (q - p) x u / |(q - p) x u|,   w = u x v,
    alpha = v . m,   phi = u . (q - p) / d,   theta = atan2(w . m, u . m).

Histograms of the three with 11 bins each, over all neighbours of a point within the radius r, are
its simplified histogram S(p). With the k neighbours q_j at distances d_j

    F(p) = S(p) + 1/k sum_j (r / d_j) S(q_j),

each of the three parts scaled to a sum of 1. Distances are in radii, so that the unit of the points
does not weigh. None of this changes when the points are turned and shifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import ParameterError
from kpstudio.geometry.neighbours import within

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Bins of each histogram.
BINS = 11
#: Pairs of points whose angles are found at once: some 100 MB.
_PAIRS = 500_000
#: Distances below this, in radii, count as this: a point at the same place is no more than near.
_NEAREST = 1e-2


def fpfh(points: FloatArray, normals: FloatArray, radius: float) -> FloatArray:
    """Return (n,33) histograms of the angles alpha, phi and theta around every point.

    Parameters
    ----------
    points
        (n,3) points.
    normals
        (n,3) unit normals, all on the same side of the surface.
    radius
        How far around a point its neighbours are, in the unit of the points.

    Returns
    -------
    Three parts of 11 bins that sum to 1 each; all 0 for a point without neighbours.

    Raises
    ------
    ParameterError
        The radius is not above 0.
    InputError
        The balls hold more neighbours than fit into memory.
    """
    if not radius > 0.0:
        raise ParameterError(f"a radius of {radius} holds nothing", remedy="Choose more than 0.")
    near = within(points, radius)
    simple = _simplified(points, normals, near)
    weights = near.copy()
    weights.data = 1.0 / np.maximum(np.sqrt(near.data) / radius, _NEAREST)
    counts = np.maximum(np.diff(near.indptr), 1)
    return _scaled(simple + (weights @ simple) / counts[:, None])


def pair_angles(
    points: FloatArray, normals: FloatArray, i: NDArray[np.intp], j: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return alpha, phi and theta (q,) of pairs of points i, j (q,); see the head of the module.

    Points at one place, and normals along the line between the points, have no frame and angles
    of 0.
    """
    line = points[j] - points[i]
    line /= np.maximum(np.linalg.norm(line, axis=1, keepdims=True), 1e-300)
    at_i, at_j = (np.einsum("qd,qd->q", normals[end], line) for end in (i, j))
    swapped = np.abs(at_j) > np.abs(at_i)
    n = np.where(swapped[:, None], normals[j], normals[i])
    m = np.where(swapped[:, None], normals[i], normals[j])
    line[swapped] *= -1.0
    phi = np.where(swapped, -at_j, at_i)
    v = np.cross(line, n)
    length = np.linalg.norm(v, axis=1)
    flat = length < 1e-9
    v /= np.where(flat, 1.0, length)[:, None]
    w = np.cross(n, v)
    alpha = np.einsum("qd,qd->q", v, m)
    theta = np.arctan2(np.einsum("qd,qd->q", w, m), np.einsum("qd,qd->q", n, m))
    return np.where(flat, 0.0, alpha), np.where(flat, 0.0, phi), np.where(flat, 0.0, theta)


def _simplified(points: FloatArray, normals: FloatArray, near: csr_array) -> FloatArray:
    """Return (n,33) simplified histograms."""
    from scipy.sparse import triu

    # Both points of a pair have the same angles: each pair is looked at once.
    once = triu(near, 1, format="coo")
    counts = np.zeros((len(points), 3 * BINS))
    for start in range(0, len(once.row), _PAIRS):
        i, j = (ends[start : start + _PAIRS].astype(np.intp) for ends in (once.row, once.col))
        alpha, phi, theta = pair_angles(points, normals, i, j)
        for part, angle in enumerate((alpha, phi, theta / np.pi)):
            place = np.clip((angle + 1.0) * (BINS / 2.0), 0, BINS - 1).astype(np.intp)
            column = part * BINS + place
            for end in (i, j):
                flat = end * (3 * BINS) + column
                counts += np.bincount(flat, minlength=counts.size).reshape(counts.shape)
    return _scaled(counts)


def _scaled(counts: FloatArray) -> FloatArray:
    """Return histograms (n,33) whose three parts have a sum of 1."""
    parts = counts.reshape(len(counts), 3, BINS)
    sums = parts.sum(axis=2, keepdims=True)
    scaled = np.divide(parts, sums, out=np.zeros_like(parts), where=sums > 0.0)
    return scaled.reshape(len(counts), 3 * BINS)
