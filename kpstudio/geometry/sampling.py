"""Points on a surface: area-weighted random samples and farthest points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.normals import face_cross_products, vertex_normals


@dataclass(frozen=True, eq=False)
class SurfaceSamples:
    """Points drawn from a surface.

    Parameters
    ----------
    points
        (s,3) positions.
    normals
        (s,3) unit normals of the faces they lie on; zero where there is none (clouds).
    faces
        (s,) int32 face of each sample; -1 where a vertex stands in for a surface.
    barycentric
        (s,3) weights of the face's corners, summing to 1; (1,0,0) where there is no face.
    """

    points: FloatArray
    normals: FloatArray
    faces: IntArray
    barycentric: FloatArray


def sample_surface(
    vertices: FloatArray, faces: IntArray, count: int, seed: int = 0
) -> SurfaceSamples:
    """Draw points uniformly by area; the same seed gives the same points.

    A cloud, or a mesh without area, gives a random choice of its vertices, none twice as long
    as there are enough of them.

    Parameters
    ----------
    vertices
        (n,3) positions.
    faces
        (m,3) vertex indices; m may be 0.
    count
        Number of samples, at least 0.
    seed
        Seed of `numpy.random.default_rng`.

    Raises
    ------
    InputError
        There are no vertices.
    """
    if len(vertices) == 0:
        raise InputError("there are no points to sample")
    rng = np.random.default_rng(seed)
    crosses = face_cross_products(vertices, faces)
    doubled_areas = np.linalg.norm(crosses, axis=1)
    cumulative = np.cumsum(doubled_areas)
    if len(faces) == 0 or not cumulative[-1] > 0.0:
        return _sample_vertices(vertices, faces, count, rng)
    drawn = rng.random((count, 3))
    chosen = np.searchsorted(cumulative, drawn[:, 0] * cumulative[-1], side="right")
    # r < 1, but r * total may round up to total: keep to the last face that has an area.
    chosen = np.minimum(chosen, np.flatnonzero(doubled_areas)[-1])
    # Uniform in a triangle (Osada et al. 2002, doi 10.1145/571647.571648).
    root = np.sqrt(drawn[:, 1])
    barycentric = np.stack([1.0 - root, root * (1.0 - drawn[:, 2]), root * drawn[:, 2]], axis=1)
    points = np.einsum("sc,scd->sd", barycentric, vertices[faces[chosen]])
    normals = crosses[chosen] / doubled_areas[chosen, None]
    return SurfaceSamples(points, normals, chosen.astype(np.int32), barycentric)


def _sample_vertices(
    vertices: FloatArray, faces: IntArray, count: int, rng: np.random.Generator
) -> SurfaceSamples:
    """Draw vertices in place of a surface that is not there."""
    chosen = rng.choice(len(vertices), count, replace=count > len(vertices))
    barycentric = np.zeros((count, 3))
    barycentric[:, 0] = 1.0
    normals = vertex_normals(vertices, faces)[chosen]
    return SurfaceSamples(vertices[chosen], normals, np.full(count, -1, np.int32), barycentric)


def farthest_points(points: FloatArray, count: int, start: int = 0) -> NDArray[np.intp]:
    """Choose points one by one, each as far as can be from those chosen before it.

    Greedy 2-approximation of the k-centre problem (Gonzalez 1985,
    doi 10.1016/0304-3975(85)90224-5).

    Parameters
    ----------
    points
        (n,3) positions.
    count
        Number of points to choose, 1..n.
    start
        Index of the first one.

    Returns
    -------
    (count,) indices in the order of choice, `start` first; distinct as far as the points are.

    Raises
    ------
    ParameterError
        `count` or `start` out of range.
    """
    total = len(points)
    if not 1 <= count <= total:
        raise ParameterError(f"cannot choose {count} of {total} points")
    if not 0 <= start < total:
        raise ParameterError(f"there is no point {start} to start from among {total}")
    # Along the longest axis, in order, one array an axis: a new point can only bring points nearer
    # that are within the largest distance so far, and those are one short slice of each array.
    longest = int(np.ptp(points, axis=0).argmax())
    order = np.argsort(points[:, longest], kind="stable")
    along, *across = (
        np.ascontiguousarray(points[order, (longest + turn) % 3], dtype=np.float64)
        for turn in range(3)
    )
    distances, scratch, squared = np.full(total, np.inf), np.empty(total), np.empty(total)
    chosen = np.empty(count, np.intp)
    chosen[0] = np.flatnonzero(order == start)[0]
    reach = np.inf
    for step in range(1, count):
        last = chosen[step - 1]
        low = np.searchsorted(along, along[last] - reach, side="left")
        high = np.searchsorted(along, along[last] + reach, side="right")
        near, sums, term = distances[low:high], squared[low:high], scratch[low:high]
        np.subtract(along[low:high], along[last], out=sums)
        np.multiply(sums, sums, out=sums)
        for axis in across:
            np.subtract(axis[low:high], axis[last], out=term)
            np.multiply(term, term, out=term)
            np.add(sums, term, out=sums)
        np.minimum(near, sums, out=near)
        chosen[step] = distances.argmax()
        reach = np.sqrt(distances[chosen[step]]) * (1.0 + 1e-12)
    return order[chosen]
