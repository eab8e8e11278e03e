"""Coarser stand-ins for meshes too large to draw without a graphics card.

Software rendering takes 0.1 s and more a frame for a million faces: too long to turn and drag. The
stand-in's points are vertices of the mesh, so that it moves and is coloured exactly as the mesh
is; picking, files and pictures use the mesh itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from kpstudio.app.notices import Level, Notice
from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.data.mesh import Mesh
from kpstudio.document.item import Item

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio

#: Faces that software draws swiftly, and vertices left of a mesh that has more.
LIMIT = 250_000
_VERTICES = 70_000
_CLOUD = 20_000  #: points to see while the stand-in is made
_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Coarse:
    """A mesh made of some of the vertices of another one.

    Parameters
    ----------
    vertex_of
        (d,) int32 which vertices.
    faces
        (f,3) int32 indices into `vertex_of`; none for a cloud.
    """

    vertex_of: IntArray
    faces: IntArray


class CoarseMeshes:
    """Makes stand-ins in the background and keeps them.

    Parameters
    ----------
    studio
        Where jobs run.
    wanted
        Whether they are wanted at all.
    ready
        Called when a stand-in has become available.
    """

    def __init__(
        self, studio: Studio, wanted: Callable[[], bool], ready: Callable[[], None]
    ) -> None:
        self._studio, self._wanted, self._ready = studio, wanted, ready
        self._made: WeakKeyDictionary[Mesh, Coarse] = WeakKeyDictionary()
        self._awaited: dict[int, Mesh] = {}

    @property
    def idle(self) -> bool:
        """Whether none is being made."""
        return not self._awaited

    def get(self, item: Item) -> Coarse | None:
        """Return the stand-in of an item's mesh; a cloud of its vertices until it is made.

        None for an item that is drawn as it is.
        """
        mesh = item.value.mesh
        if not (item.visible and len(mesh.faces) > LIMIT and self._wanted()):
            return None
        made = self._made.get(mesh)
        if made is None:
            made = self._made[mesh] = _cloud(mesh)
            self._make(item)
        return made

    def forget(self, item_id: int) -> None:
        """Make no stand-in for an item that is gone."""
        if self._awaited.pop(item_id, None) is not None:
            self._studio.jobs.cancel(f"display:{item_id}")

    def close(self) -> None:
        """Make none any more."""
        for item_id in tuple(self._awaited):
            self.forget(item_id)

    def _make(self, item: Item) -> None:
        mesh = item.value.mesh

        def done(coarse: Coarse) -> None:
            self._awaited.pop(item.id, None)
            self._made[mesh] = coarse
            self._ready()

        def failed(error: BaseException) -> None:
            self._awaited.pop(item.id, None)
            self._studio.notify(Notice.of(error))

        self._awaited[item.id] = mesh
        self._studio.jobs.submit(
            f"display:{item.id}",
            f"Preparing to draw {item.name}",
            lambda context: coarsen(mesh.vertices, mesh.faces, _VERTICES, context),
            done,
            failed,
        )
        self._studio.notify(
            Notice(
                Level.INFO,
                f"{item.name} is drawn coarser than it is",
                "Without a graphics card its faces are too many to draw swiftly. Edits, files and "
                "pictures use all of them.",
            )
        )


def coarsen(
    vertices: FloatArray, faces: IntArray, count: int, ctx: RunContext | None = None
) -> Coarse:
    """Merge vertices that lie in the same cell of a grid into one of them.

    Vertex clustering (Rossignac and Borrel 1993, "Multi-resolution 3D approximations for rendering
    complex scenes", doi 10.1007/978-3-642-78114-8_29). The vertex nearest to the mean of its cell
    stands for all in it.

    Parameters
    ----------
    vertices
        (n,3) positions.
    faces
        (m,3) vertex indices.
    count
        About as many vertices are left, or all if there are not more.
    ctx
        Cancels.
    """
    ctx = ctx or RunContext()
    low = vertices.min(axis=0)
    size = float((vertices.max(axis=0) - low).max()) or 1.0
    # A surface meets about three times the square of the cells along a side.
    cells = (count / 3.0) ** 0.5
    for _ in range(_ROUNDS):
        ctx.check()
        place = ((vertices - low) * (cells / size)).astype(np.int64)
        keys = (place[:, 0] << 42) | (place[:, 1] << 21) | place[:, 2]
        occupied, cell = np.unique(keys, return_inverse=True)
        if 0.7 * count <= len(occupied) <= count or len(occupied) == len(vertices):
            break
        cells *= (0.85 * count / len(occupied)) ** 0.5
    ctx.check()
    merged = cell.astype(np.int32)[faces]
    flat = (merged == np.roll(merged, 1, axis=1)).any(axis=1)
    return Coarse(_middlemost(vertices, cell), np.ascontiguousarray(merged[~flat]))


def _middlemost(vertices: FloatArray, cell: NDArray[np.intp]) -> IntArray:
    """Return the vertex nearest to the mean of each cell."""
    members = np.bincount(cell)
    means = np.stack([np.bincount(cell, axis) / members for axis in vertices.T], axis=1)
    order = np.lexsort((np.square(vertices - means[cell]).sum(axis=1), cell))
    starts = np.concatenate([[0], np.cumsum(members)[:-1]])
    middlemost: IntArray = order[starts].astype(np.int32)
    return middlemost


def _cloud(mesh: Mesh) -> Coarse:
    stride = max(1, len(mesh.vertices) // _CLOUD)
    vertices = np.arange(0, len(mesh.vertices), stride, dtype=np.int32)
    return Coarse(vertices, np.zeros((0, 3), np.int32))
