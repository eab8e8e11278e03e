"""The exact closest point on a surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Point-triangle pairs worked on at once: some 100 MB of scratch memory.
_PAIRS = 500_000
_FIRST_NEIGHBOURS = 8


@dataclass(frozen=True, eq=False)
class ClosestPoints:
    """Where a surface is closest to some points.

    Parameters
    ----------
    points
        (q,3) closest points on the surface.
    faces
        (q,) int32 face each of them lies on. On a cloud, which has no faces, the index of the
        closest vertex.
    barycentric
        (q,3) weights of the face's corners, none negative, summing to 1; (1,0,0) on a cloud.
    distances
        (q,) distances to the surface, never negative.
    """

    points: FloatArray
    faces: IntArray
    barycentric: FloatArray
    distances: FloatArray


def closest_on_triangles(points: FloatArray, corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the closest point of one triangle for each point.

    Either the foot of the perpendicular lies inside, or the closest point lies on one of the
    sides (C. Ericson, Real-Time Collision Detection, 2005, sections 5.1.2 and 5.1.5). Triangles
    shrunk to a segment or a point are no special case.

    Parameters
    ----------
    points
        (q,3) points.
    corners
        (q,3,3) the triangle of each: corner, axis.

    Returns
    -------
    barycentric
        (q,3) weights of the corners.
    squared
        (q,) squared distances.
    """
    best = np.zeros((len(points), 3))
    squared = np.full(len(points), np.inf)

    def offer(weights: FloatArray, allowed: NDArray[np.bool_]) -> None:
        """Keep a candidate where it is nearer than what we have."""
        offset = np.einsum("qc,qcd->qd", weights, corners) - points
        distance = np.einsum("qd,qd->q", offset, offset)
        better = allowed & (distance < squared)
        best[better] = weights[better]
        squared[better] = distance[better]

    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    everywhere = np.ones(len(points), bool)
    for start, stop in ((0, 1), (1, 2), (2, 0)):
        side = corners[:, stop] - corners[:, start]
        length = np.einsum("qd,qd->q", side, side)
        along = np.einsum("qd,qd->q", points - corners[:, start], side)
        t = np.divide(along, length, out=np.zeros_like(along), where=length > 0.0)
        t = np.clip(t, 0.0, 1.0)
        weights = np.zeros((len(points), 3))
        weights[:, start], weights[:, stop] = 1.0 - t, t
        offer(weights, everywhere)

    normal = np.cross(b - a, c - a)
    area = np.einsum("qd,qd->q", normal, normal)
    solid = area > 0.0
    weights = np.stack(
        [
            np.einsum("qd,qd->q", np.cross(second - first, points - first), normal)
            for first, second in ((b, c), (c, a), (a, b))
        ],
        axis=1,
    )
    inside = solid & (weights >= 0.0).all(axis=1)
    weights[inside] /= weights[inside].sum(axis=1, keepdims=True)
    offer(weights, inside)
    return best, squared


class SurfaceLocator:
    """Answers "where is this surface closest to that point", exactly.

    Faces are sorted into classes of similar size, each with a k-d tree of face centres. The
    nearest centres of a class give an upper bound on the distance; a face can only beat it when
    its centre is nearer than the bound plus the largest radius of its class. The trees are built
    at the first question.

    Parameters
    ----------
    vertices
        (n,3) positions.
    faces
        (m,3) vertex indices; with m = 0 the closest vertex is found.

    Raises
    ------
    InputError
        There are no vertices.
    """

    def __init__(self, vertices: FloatArray, faces: IntArray) -> None:
        if len(vertices) == 0:
            raise InputError("there is no surface to be close to")
        self._vertices = vertices
        self._faces = faces

    def closest(self, points: FloatArray) -> ClosestPoints:
        """Return the closest points of the surface to `points` (q,3)."""
        points = np.asarray(points, np.float64)
        best = _Best(len(points))
        for size_class in self._classes:
            self._improve(points, best, size_class)
        if len(self._faces) == 0:
            positions = self._vertices[best.faces]
        else:
            corners = self._vertices[self._faces[best.faces]]
            positions = np.einsum("qc,qcd->qd", best.barycentric, corners)
        return ClosestPoints(
            positions, best.faces.astype(np.int32), best.barycentric, np.sqrt(best.squared)
        )

    @cached_property
    def _classes(self) -> tuple[_SizeClass, ...]:
        """Faces by size, the most numerous class first: it gives good bounds for the others."""
        from scipy.spatial import cKDTree  # late: keeps SciPy out of the start of the window

        def build(members: NDArray[np.intp], centres: FloatArray, radius: float) -> _SizeClass:
            # An unbalanced tree is built twice as fast and answers nearly as fast.
            tree = cKDTree(centres, balanced_tree=False, compact_nodes=False)
            return _SizeClass(members, tree, radius)

        if len(self._faces) == 0:
            return (build(np.arange(len(self._vertices)), self._vertices, 0.0),)
        corners = [self._vertices[self._faces[:, corner]] for corner in range(3)]
        centres = (corners[0] + corners[1] + corners[2]) / 3.0
        squared = [np.einsum("md,md->m", p - centres, p - centres) for p in corners]
        radii = np.sqrt(np.maximum(np.maximum(squared[0], squared[1]), squared[2]))
        largest = max(float(radii.max()), np.finfo(float).tiny)
        octave = np.clip(np.log2(np.maximum(radii, largest * 1e-6) / largest) // 2, -10, -1)
        classes = []
        for value in np.unique(octave):
            members = np.flatnonzero(octave == value)
            classes.append(build(members, centres[members], float(radii[members].max())))
        return tuple(sorted(classes, key=lambda size: -len(size.members)))

    def _improve(self, points: FloatArray, best: _Best, size: _SizeClass) -> None:
        """Look for closer faces in one class, among more and more of the nearest centres."""
        pending = np.arange(len(points))
        neighbours = min(_FIRST_NEIGHBOURS, len(size.members))
        while len(pending):
            step = max(1, _PAIRS // neighbours)
            unsure = []
            for start in range(0, len(pending), step):
                part = pending[start : start + step]
                farthest = self._try_nearest(points, best, size, part, neighbours)
                unsure.append(part[farthest <= np.sqrt(best.squared[part]) + size.radius])
            if neighbours == len(size.members):
                return
            pending = np.concatenate(unsure)
            neighbours = min(neighbours * 4, len(size.members))

    def _try_nearest(
        self,
        points: FloatArray,
        best: _Best,
        size: _SizeClass,
        part: NDArray[np.intp],
        neighbours: int,
    ) -> FloatArray:
        """Try the faces with the nearest centres; return how far the last centre is."""
        queries = points[part]
        reach, slots = size.tree.query(queries, neighbours)
        reach = reach.reshape(len(part), neighbours)
        # A face whose whole bounding sphere is farther than what we have needs no closer look.
        hopeful = reach - size.radius <= np.sqrt(best.squared[part])[:, None]
        rows, columns = np.nonzero(hopeful)
        candidates = size.members[slots.reshape(len(part), neighbours)[rows, columns]]
        if len(self._faces) == 0:
            weights = np.tile([1.0, 0.0, 0.0], (len(rows), 1))
            squared = reach[rows, columns] ** 2
        else:
            corners = self._vertices[self._faces[candidates]]
            weights, squared = closest_on_triangles(queries[rows], corners)
        best.offer(part[rows], candidates, weights, squared)
        return np.asarray(reach[:, -1])


@dataclass(frozen=True, eq=False)
class _SizeClass:
    """Faces whose bounding radii differ by a factor of four at most."""

    members: NDArray[np.intp]
    tree: cKDTree
    radius: float


class _Best:
    """The closest face found so far for each of q points."""

    def __init__(self, count: int) -> None:
        self.faces = np.zeros(count, np.intp)
        self.barycentric = np.zeros((count, 3))
        self.squared = np.full(count, np.inf)

    def offer(
        self,
        queries: NDArray[np.intp],
        faces: NDArray[np.intp],
        barycentric: FloatArray,
        squared: FloatArray,
    ) -> None:
        """Keep candidates that are closer; of equally close ones the lowest face index."""
        order = np.lexsort((faces, squared, queries))
        queries, faces, squared = queries[order], faces[order], squared[order]
        first = np.flatnonzero(np.r_[True, queries[1:] != queries[:-1]][: len(queries)])
        target, face, distance = queries[first], faces[first], squared[first]
        old = self.squared[target]
        wins = (distance < old) | ((distance == old) & (face < self.faces[target]))
        target, source = target[wins], first[wins]
        self.faces[target] = faces[source]
        self.barycentric[target] = barycentric[order[source]]
        self.squared[target] = squared[source]
