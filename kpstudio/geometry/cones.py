"""Space cut into cones: which triangle of a sphere a direction goes through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.topology import edges

_CHUNK = 50_000


class Cones:
    """The cones from the origin through the triangles of a sphere.

    Parameters
    ----------
    directions
        (c,3) unit vectors, the vertices of a closed triangulated sphere without obtuse triangles
        such as an icosphere.
    faces
        (f,3) its triangles.
    """

    def __init__(self, directions: FloatArray, faces: IntArray) -> None:
        self.directions = directions
        self.faces = faces
        self._inverses = np.linalg.inv(directions[faces].transpose(0, 2, 1))
        self._around = _faces_around(len(directions), faces)

    def locate(self, points: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
        """Find the cone of each point and its parts along the cone's three directions.

        Parameters
        ----------
        points
            (n,3) none at the origin.

        Returns
        -------
        cone
            (n,) face index.
        parts
            (n,3) a >= 0 with point = sum of a_i times direction i of the cone.
        """
        cone = np.empty(len(points), np.intp)
        parts = np.empty((len(points), 3))
        for start in range(0, len(points), _CHUNK):
            rows = slice(start, start + _CHUNK)
            cone[rows], parts[rows] = self._locate(points[rows])
        return cone, parts

    def _locate(self, points: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
        """Locate one chunk: the cone is one of those around the nearest direction."""
        candidates = self._around[np.argmax(points @ self.directions.T, axis=1)]
        best = candidates[:, 0].copy()
        parts = self._parts(points, best)
        lowest = _least(parts)
        # With rounding, a point on a wall may be a little outside all of them: keep the best.
        for column in range(1, candidates.shape[1]):
            unsure = np.flatnonzero(lowest < 0.0)
            other = candidates[unsure, column]
            tried = self._parts(points[unsure], other)
            least = _least(tried)
            better = least > lowest[unsure]
            wins = unsure[better]
            best[wins], parts[wins], lowest[wins] = other[better], tried[better], least[better]
        return best, np.maximum(parts, 0.0)

    def _parts(self, points: FloatArray, cone: NDArray[np.intp]) -> FloatArray:
        """Return the parts (n,3) of points along the directions of the given cones."""
        return np.einsum("nij,nj->ni", self._inverses[cone], points)

    def crossings(
        self, vertices: FloatArray, faces: IntArray, cone: NDArray[np.intp]
    ) -> FloatArray:
        """Return where a surface crosses the walls and the rays between the cones.

        Inside one cone a triangle is flat, so a bound that is linear in each cone holds on the
        whole surface when it holds at its vertices and at these points.

        Parameters
        ----------
        vertices
            (n,3) relative to the common tip of the cones.
        faces
            (m,3) the surface.
        cone
            (n,) cone of each vertex, from `locate`.

        Returns
        -------
        (q,3) points, in no particular order.
        """
        if len(faces) == 0:
            return np.empty((0, 3))
        a, b, c = cone[faces[:, 0]], cone[faces[:, 1]], cone[faces[:, 2]]
        straddling = faces[(a != b) | (a != c)]
        found = [np.empty((0, 3))]
        for start in range(0, len(straddling), _CHUNK):
            corners = vertices[straddling[start : start + _CHUNK]]
            found.append(self._ray_hits(corners))
        sides = edges(straddling)
        for start in range(0, len(sides), _CHUNK):
            ends = vertices[sides[start : start + _CHUNK]]
            found.append(self._wall_hits(ends[:, 0], ends[:, 1]))
        return np.concatenate(found)

    def _ray_hits(self, corners: FloatArray) -> FloatArray:
        """Return where the rays along the directions meet triangles (m,3,3)."""
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        normals = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
        normals *= np.sign(np.einsum("md,md->m", a, normals[:, 0]))[:, None, None]
        hits = [np.empty((0, 3))]
        for direction in self.directions:
            weights = normals @ direction
            total = weights.sum(axis=1)
            met = (weights >= 0.0).all(axis=1) & (total > 0.0)
            # As a mean of the corners the hit is on the triangle, whatever was rounded off.
            shares = weights[met] / total[met, None]
            hits.append(np.einsum("mc,mcd->md", shares, corners[met]))
        return np.concatenate(hits)

    def _wall_hits(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Return where segments (m,3)-(m,3) meet the walls between two directions."""
        hits = [np.empty((0, 3))]
        for i, j in edges(self.faces):
            first, second = self.directions[i], self.directions[j]
            normal = np.cross(first, second)
            near, far = start @ normal, stop @ normal
            crossing = near * far < 0.0
            t = near[crossing] / (near[crossing] - far[crossing])
            points = start[crossing] + t[:, None] * (stop[crossing] - start[crossing])
            # Within the wall: no farther from either direction than they are apart.
            nearest = np.minimum(points @ first, points @ second)
            limit = (first @ second) * np.linalg.norm(points, axis=1) * (1.0 - 1e-9)
            hits.append(points[nearest >= limit])
        return np.concatenate(hits)


def _least(rows: FloatArray) -> FloatArray:
    """Return the least of each row (n,3): three columns at once beat a reduction over each row."""
    return np.minimum(np.minimum(rows[:, 0], rows[:, 1]), rows[:, 2])


def _faces_around(count: int, faces: IntArray) -> NDArray[np.intp]:
    """Return the faces around each vertex (c,v), the first one repeated to fill the row."""
    around: list[list[int]] = [[] for _ in range(count)]
    for index, face in enumerate(faces):
        for vertex in face:
            around[vertex].append(index)
    width = max(len(row) for row in around)
    return np.array([row + row[:1] * (width - len(row)) for row in around], np.intp)
