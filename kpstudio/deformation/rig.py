"""A rig: a mesh bound to its keypoints once, deformed as often as somebody drags.

The cage moves by W dp and carries every point by its coordinates A, so

    x* = x + D dp,    D = A W  (n,k),

and the (n,c) coordinates are not needed after the binding. Written as an offset, x* is x itself,
bit for bit, when nothing has moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import Float32Array, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.cage import Cage
from kpstudio.data.detection import Handling
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.mean_value import mean_value_coordinates

#: Vertices of a drag worked on at once.
_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Rig:
    """A mesh in the hands of its keypoints; make one with `bind`.

    Parameters
    ----------
    mesh
        The rest shape.
    keypoints
        Where its k keypoints rest.
    handling
        Cage and influence.
    columns
        (k,n): row j says how far each vertex goes when keypoint j moves by 1.
    """

    mesh: Mesh
    keypoints: KeypointSet
    handling: Handling
    columns: FloatArray

    @property
    def response(self) -> FloatArray:
        """(n,k) how far each vertex goes when a keypoint moves by 1; no unit."""
        return self.columns.T

    @property
    def cage(self) -> Cage:
        """The cage at rest, file coordinates."""
        return self.handling.cage

    def deform(self, offsets: ArrayLike) -> FloatArray:
        """Return the vertices when the keypoints are away from rest by `offsets`.

        The terms are added in the order of the keypoints, always: equal offsets give equal bits,
        however the drag got there.

        Parameters
        ----------
        offsets
            (k,3) file units.

        Returns
        -------
        (n,3) float64; `mesh.vertices` itself when all offsets are zero.

        Raises
        ------
        InputError
            Wrong shape, NaN or infinity.
        """
        offsets = self._checked(offsets, len(self.columns))
        if not offsets.any():
            return self.mesh.vertices
        moved = np.zeros((3, len(self.mesh.vertices)))
        term = np.empty(moved.shape[1])
        for column, offset in zip(self.columns, offsets, strict=True):
            for axis, amount in zip(moved, offset, strict=True):
                if amount != 0.0:
                    np.multiply(column, amount, out=term)
                    axis += term
        return self.mesh.vertices + moved.T

    def cage_at(self, offsets: ArrayLike) -> FloatArray:
        """Return the cage's vertices (c,3) when the keypoints are away from rest by `offsets`."""
        offsets = self._checked(offsets, len(self.columns))
        return self.cage.vertices + self.handling.influence @ offsets

    def drag(
        self,
        indices: Sequence[int],
        offsets: ArrayLike | None = None,
        origin: ArrayLike = (0.0, 0.0, 0.0),
    ) -> Drag:
        """Start dragging some keypoints, while the others stay where they are.

        Parameters
        ----------
        indices
            The m keypoints that will move, all different.
        offsets
            (k,3) how far every keypoint is from rest now; at rest by default.
        origin
            (3,) subtracted from all positions, so that single precision is enough far away
            from zero.
        """
        still = np.zeros((len(self.columns), 3)) if offsets is None else np.array(offsets, float)
        still[list(indices)] = 0.0
        base = self.deform(still) - np.asarray(origin, float)
        return Drag(base.astype(np.float32), self.columns[list(indices)])

    @staticmethod
    def _checked(offsets: ArrayLike, count: int) -> FloatArray:
        """Return `offsets` as a finite (count,3) array."""
        array = np.asarray(offsets, np.float64)
        if array.shape != (count, 3):
            raise InputError(f"offsets have shape {array.shape}, expected ({count}, 3)")
        if not np.isfinite(array).all():
            raise InputError("offsets hold values that are NaN or infinite")
        return array


class Drag:
    """One drag in single precision, fast enough for every mouse event.

    Parameters
    ----------
    base
        (n,3) float32 positions with the dragged keypoints at rest.
    columns
        (m,n) rows of `Rig.columns` of the dragged keypoints.
    """

    def __init__(self, base: Float32Array, columns: FloatArray) -> None:
        self._base = base
        self._buffer = base.copy()
        # BLAS multiplies four rows by two or more fastest: the fourth, or second, is of zeros.
        self._count = len(columns)
        width = max(2, self._count)
        self._columns = np.zeros((width, len(base)), np.float32)
        self._columns[: self._count] = columns
        self._offsets = np.zeros((4, width), np.float32)
        self._scratch = np.empty((4, max(_BLOCK, 4 * _BLOCK // width)), np.float32)

    def update(self, offsets: ArrayLike) -> Float32Array:
        """Return the vertices with the dragged keypoints away from rest by `offsets` (m,3).

        The buffer (n,3) belongs to the drag; the next update writes it again. It is good for
        rendering; what is kept comes from `Rig.deform`.
        """
        self._offsets[:3, : self._count] = np.asarray(offsets).T
        # Block by block: the products stay near the processor, and are too small for BLAS to
        # start threads, which on a busy machine wait for each other for whole frames.
        step = self._scratch.shape[1]
        for start in range(0, len(self._base), step):
            rows = slice(start, start + step)
            columns, base, target = self._columns[:, rows], self._base[rows], self._buffer[rows]
            moved = self._scratch[:, : len(base)]
            np.matmul(self._offsets, columns, out=moved)
            for axis in range(3):
                np.add(moved[axis], base[:, axis], out=target[:, axis])
        return self._buffer


def bind(
    mesh: Mesh, keypoints: KeypointSet, handling: Handling, ctx: RunContext | None = None
) -> Rig:
    """Bind a mesh to its keypoints: the one expensive step.

    Parameters
    ----------
    mesh
        The rest shape, file coordinates.
    keypoints
        k keypoints at rest.
    handling
        Cage in file coordinates and (c,k) influence.
    ctx
        Hears progress; cancels.

    Raises
    ------
    InputError
        The influence is for another number of keypoints.
    """
    if handling.influence.shape[1] != len(keypoints):
        raise InputError(
            f"the influence is for {handling.influence.shape[1]} keypoints, not {len(keypoints)}",
            remedy="Run the detector again.",
        )
    cage = handling.cage
    response = mean_value_coordinates(
        mesh.vertices, cage.vertices, cage.faces, ctx, times=handling.influence
    )
    columns = np.ascontiguousarray(response.T)
    columns.setflags(write=False)
    return Rig(mesh, keypoints, handling, columns)
