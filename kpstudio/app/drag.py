"""A drag: from press to release, one preview a move, one undo step in the end.

Everything is bound at the press. A move is then a product of an (n,k) matrix with k offsets,
written into one reused buffer; the exact float64 mesh is made once, at the release.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.app.moves import MoveOptions, total_offsets
from kpstudio.app.operations import move_keypoints
from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.shape import Shape
from kpstudio.deformation.rig import Rig
from kpstudio.document.document import Document
from kpstudio.document.history import Edit, History
from kpstudio.document.item import Item


class DragSession(ABC):
    """One gesture on some keypoints of one item.

    Parameters
    ----------
    document, history
        Where previews and the final step go.
    item
        The item as it is at the press.
    indices
        Keypoints the person holds; locked ones stay where they are.
    label
        Name of the undo step.
    """

    def __init__(
        self,
        document: Document,
        history: History,
        item: Item,
        indices: tuple[int, ...],
        label: str,
    ) -> None:
        keypoints = item.value.keypoints
        if keypoints is None:
            raise InputError("the shape has no keypoints", remedy="Run a detector first.")
        self._document, self._history, self._item, self._label = document, history, item, label
        self.indices = tuple(sorted(index for index in indices if not keypoints.locked[index]))
        self.start: FloatArray = keypoints.positions[list(self.indices)]
        self._offsets = np.zeros_like(self.start)

    def move(self, offsets: ArrayLike) -> None:
        """Show the held keypoints moved since the press.

        Parameters
        ----------
        offsets
            (s,3) an offset each from `start`, in the order of `indices`, or (3,) one for all;
            file units.
        """
        self._offsets = np.array(np.broadcast_to(offsets, self.start.shape), float)
        self._preview()

    def commit(self, *, merge: bool = False) -> None:
        """Make the move one undo step; nothing when nothing moved.

        Parameters
        ----------
        merge
            Join it with the step before if that has the same name: a run of nudges.
        """
        if not self._offsets.any():
            self.cancel()
            return
        after = replace(self._item, value=self._result())
        self._history.push(Edit(self._item, after, self._label), merge=merge)

    def cancel(self) -> None:
        """Show the item as it was at the press."""
        self._document.preview(self._item)

    @abstractmethod
    def _preview(self) -> None:
        """Show the shape at the present offsets."""

    @abstractmethod
    def _result(self) -> Shape:
        """Return the exact shape at the present offsets."""


class DeformSession(DragSession):
    """A drag that the mesh follows.

    Parameters
    ----------
    rig
        How the mesh answers.
    options
        How the other keypoints answer.
    """

    def __init__(
        self,
        document: Document,
        history: History,
        item: Item,
        indices: tuple[int, ...],
        label: str,
        rig: Rig,
        options: MoveOptions,
    ) -> None:
        super().__init__(document, history, item, indices, label)
        self._rig, self._options = rig, options
        along = options.symmetric or options.prior_strength > 0.0
        # Two or three columns are enough, unless others move along.
        self._moving = list(range(len(rig.keypoints))) if along else list(self.indices)
        _, total = total_offsets(item.value, (), np.zeros((0, 3)))
        self._drag = rig.drag(self._moving, total, item.value.mesh.origin)

    def _preview(self) -> None:
        shape = self._item.value
        keypoints, total = total_offsets(shape, self.indices, self._offsets, self._options)
        vertices = self._drag.update(total[self._moving])
        item = replace(self._item, value=replace(shape, keypoints=keypoints))
        self._document.preview(item, vertices)

    def _result(self) -> Shape:
        return move_keypoints(
            self._item.value, self._rig, self.indices, self._offsets, self._options
        )


class PlaceSession(DragSession):
    """A drag that slides keypoints over the surface and leaves the mesh alone.

    It corrects a detection: the rest position of a keypoint moves along with it, so whatever
    deformation the shape already has stays as it is.
    """

    def _preview(self) -> None:
        self._document.preview(replace(self._item, value=self._result()))

    def _result(self) -> Shape:
        shape = self._item.value
        assert shape.keypoints is not None
        answer = np.zeros_like(shape.keypoints.positions)
        answer[list(self.indices)] = self._offsets
        keypoints = shape.keypoints.moved(shape.keypoints.positions + answer)
        detection = shape.detection
        if detection is not None:
            rest = detection.keypoints
            detection = replace(detection, keypoints=rest.moved(rest.positions + answer))
        return replace(shape, keypoints=keypoints, detection=detection)
