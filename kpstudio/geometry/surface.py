"""A surface: a mesh or cloud put in order for analysis, and what is derived from it, once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError
from kpstudio.base.memo import Memo
from kpstudio.geometry import neighbours
from kpstudio.geometry.normals import face_cross_products, vertex_normals
from kpstudio.geometry.topology import degenerate_faces, edges

if TYPE_CHECKING:
    from scipy.sparse import csr_array

T = TypeVar("T")
S = TypeVar("S", bound=np.generic)

#: Neighbours from which a cloud's resolution and its graph are taken.
_CLOUD_NEIGHBOURS = 8


class Surface:
    """Points without duplicates, faces without degenerate ones, in a frame of unit size.

    Files hold a vertex once for every face, faces without area and vertices nobody uses. Analysis
    wants none of them: vertices at the very same place become one point, what belongs to no face
    is left out, and `spread` carries values back to the mesh's own vertices.

    The frame does not turn with the axes: points lie around the centre of the surface, and twice
    the largest distance from it, the *diameter*, is 1. It stands for the diagonal of the bounding
    box, which is another one when the shape is turned.

    Parameters
    ----------
    vertices
        (N,3) float64 positions, any unit.
    faces
        (M,3) vertex indices; none for a cloud.
    memo
        Where dear results are kept.
    key
        What distinguishes this surface from others in the memo, such as `Mesh.key`.

    Raises
    ------
    InputError
        Fewer than three points at different places.
    """

    def __init__(
        self, vertices: FloatArray, faces: IntArray, memo: Memo | None = None, key: str = ""
    ) -> None:
        self._memo, self.key = memo or Memo(), key
        faces = np.asarray(faces, np.int32).reshape(-1, 3)
        self.is_cloud = len(faces) == 0
        points, of_vertex = _welded(vertices)
        if len(points) < 3:
            raise InputError(
                f"the shape has only {len(points)} points at different places",
                remedy="Use a mesh or a cloud with an extent.",
            )
        self._set_up(points, of_vertex, faces)

    def _set_up(self, points: FloatArray, of_vertex: IntArray, faces: IntArray) -> None:
        """Leave out what is degenerate or unused, centre and scale the rest."""
        used = np.ones(len(points), bool)
        referenced = np.ones(len(of_vertex), bool)
        if not self.is_cloud:
            referenced[:] = False
            referenced[faces] = True
        faces = of_vertex[faces].astype(np.int32)
        faces = faces[~degenerate_faces(points, faces)]
        if not self.is_cloud and len(faces) == 0:
            raise InputError(
                "no face of the mesh has an area", remedy="Use a mesh whose faces are not flat."
            )
        if not self.is_cloud:
            used[:] = False
            used[faces] = True
        number = np.cumsum(used) - 1
        faces = number[faces].astype(np.int32)
        kept = points[used]
        self.centre = _centre(kept, faces)
        centred = kept - self.centre
        #: Length of the diameter in the mesh's unit.
        self.scale = 2.0 * float(np.linalg.norm(centred, axis=1).max())
        #: (n,3) points, diameter 1.
        self.points: FloatArray = centred / self.scale
        #: (m,3) int32 faces.
        self.faces: IntArray = faces
        # A vertex that belongs to no face has the values of the point nearest to it.
        number[~used] = _nearest(kept, points[~used])
        #: (N,) the point that stands for each vertex of the mesh.
        self.of_vertex: IntArray = number[of_vertex].astype(np.int32)
        there = np.flatnonzero(referenced & used[of_vertex])[::-1]
        vertex_of = np.empty(len(kept), np.int32)
        vertex_of[self.of_vertex[there]] = there
        #: (n,) a vertex of the mesh at each point, one that belongs to a face.
        self.vertex_of: IntArray = vertex_of

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.points)

    # --- to and from the mesh ------------------------------------------------------------------

    def spread(self, values: NDArray[S]) -> NDArray[S]:
        """Return values (n,...) of the points on the mesh's vertices (N,...)."""
        return values[self.of_vertex]

    def to_mesh(self, points: FloatArray) -> FloatArray:
        """Return points (q,3) of this frame in the mesh's coordinates."""
        return points * self.scale + self.centre

    # --- what is derived -----------------------------------------------------------------------

    @cached_property
    def edges(self) -> IntArray:
        """(e,2) edges; for a cloud the links between near neighbours."""
        if not self.is_cloud:
            return edges(self.faces)
        count = min(_CLOUD_NEIGHBOURS, len(self) - 1)
        others = neighbours.nearest(self.points, count)
        pairs = np.stack([np.repeat(np.arange(len(self)), count), others.reshape(-1)], axis=1)
        return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int32)

    @cached_property
    def edge_lengths(self) -> FloatArray:
        """(e,) lengths of the edges."""
        ends = self.points[self.edges]
        lengths: FloatArray = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        return lengths

    @cached_property
    def resolution(self) -> float:
        """Mesh resolution: the median length of an edge; of a cloud that to a nearest point."""
        if not self.is_cloud:
            return float(np.median(self.edge_lengths))
        others = neighbours.nearest(self.points, 1)[:, 0]
        return float(np.median(np.linalg.norm(self.points - self.points[others], axis=1)))

    @cached_property
    def areas(self) -> FloatArray:
        """(n,) area that belongs to each point: a third of its faces; all the same on a cloud."""
        if self.is_cloud:
            return np.full(len(self), 1.0 / len(self))
        thirds = np.linalg.norm(face_cross_products(self.points, self.faces), axis=1) / 6.0
        corners = self.faces.T.reshape(-1)
        sums = np.bincount(corners, np.tile(thirds, 3), minlength=len(self))
        return np.asarray(sums, np.float64)

    @cached_property
    def normals(self) -> FloatArray:
        """(n,3) unit normals; of a cloud those of the planes through near neighbours.

        A cloud does not say which side is out: its normals point away from the centre.
        """
        if not self.is_cloud:
            return vertex_normals(self.points, self.faces)
        count = min(2 * _CLOUD_NEIGHBOURS, len(self) - 1)
        around = self.points[neighbours.nearest(self.points, count)] - self.points[:, None]
        around = around - around.mean(axis=1, keepdims=True)
        flattest = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))[1][:, :, 0]
        outward = np.where(np.einsum("nd,nd->n", flattest, self.points) < 0.0, -1.0, 1.0)
        return flattest * outward[:, None]

    def kept(self, what: Hashable, make: Callable[[], T]) -> T:
        """Return something derived from this surface, computed when it is first asked for.

        Parameters
        ----------
        what
            Its name, with the parameters it depends on.
        make
            Computes it.
        """
        return self._memo.get((self.key, what), make)

    def keeps(self, what: Hashable) -> bool:
        """Whether something of that name is kept at the moment."""
        return (self.key, what) in self._memo

    def within(self, radius: float) -> csr_array:
        """Return (n,n) squared distances to the points within a radius; see `neighbours.within`."""
        return self.kept(("within", radius), lambda: neighbours.within(self.points, radius))

    def rings(self, reach: int) -> csr_array:
        """Return (n,n) who is at most `reach` edges away; see `neighbours.rings`."""
        return self.kept(("rings", reach), lambda: neighbours.rings(self.edges, len(self), reach))

    def need_faces(self, who: str) -> None:
        """Refuse a cloud.

        Raises
        ------
        InputError
            There are no faces.
        """
        if self.is_cloud:
            raise InputError(
                f"{who} needs faces, and this is a cloud of points",
                remedy="Use a detector for clouds, or mesh the points first.",
            )


def _welded(vertices: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the different places (q,3) of vertices (N,3), and the place (N,) of each of them.

    They are in the order of the file, which no motion changes.
    """
    order = np.lexsort(vertices.T)
    placed = vertices[order]
    other = np.ones(len(order), bool)
    other[1:] = (placed[1:] != placed[:-1]).any(axis=1)
    first = order[
        other
    ]  # of vertices at one place that with the lowest index, as sorting is stable
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first))
    of_vertex = np.empty(len(vertices), np.int32)
    of_vertex[order] = rank[np.cumsum(other) - 1]
    return vertices[np.sort(first)], of_vertex


def _centre(points: FloatArray, faces: IntArray) -> FloatArray:
    """Return (3,) the centre of area of a mesh, the mean of a cloud."""
    if len(faces) == 0:
        return points.mean(axis=0)
    areas = np.linalg.norm(face_cross_products(points, faces), axis=1)
    centres = points[faces].mean(axis=1)
    return np.average(centres, axis=0, weights=areas)


def _nearest(points: FloatArray, asked: FloatArray) -> IntArray:
    from scipy.spatial import cKDTree

    if len(asked) == 0:
        return np.zeros(0, np.int32)
    return np.asarray(cKDTree(points).query(asked)[1], np.int32)
