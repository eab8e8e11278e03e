"""Where shapes are shown: as their files say, or side by side. Their coordinates stay as they are.

Side by side they stand in a row from left to right, in the order of the document, each upright
with its front forward whatever its file's axes. Only what is visible takes room. The row lies
across the view when the view is set or fitted; while the camera turns it stays.
"""

from __future__ import annotations

import numpy as np
from psygnal import Signal

from kpstudio.app.observable import Observable
from kpstudio.app.options import Arrangement, ViewOptions
from kpstudio.base.arrays import FloatArray
from kpstudio.data.shape import Shape
from kpstudio.document.document import Document
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.procrustes import IDENTITY, Similarity

#: Cosine of the angle below which a row goes another way.
_SAME = 1.0 - 1e-6


class Arranging:
    """Gives every shape its place in the world that the viewport shows.

    Parameters
    ----------
    document, view
        The shapes, and how they are to be arranged.
    """

    changed = Signal()  #: the row goes another way

    def __init__(self, document: Document, view: Observable[ViewOptions]) -> None:
        self._document, self._view = document, view
        self._made_of: tuple[object, ...] = ()
        self._places: dict[int, Similarity] = {}
        self._along: FloatArray = np.array([1.0, 0.0, 0.0])

    @property
    def is_apart(self) -> bool:
        """Whether shapes stand side by side."""
        return self._view.value.arrangement is Arrangement.SIDE_BY_SIDE

    def lay(self, along: FloatArray) -> None:
        """Let the row go along a unit vector (3,) of the world, from left to right."""
        if self.is_apart and float(along @ self._along) < _SAME:
            self._along, self._made_of = along, ()
            self.changed.emit()

    def place(self, item_id: int) -> Similarity:
        """Return what carries the file coordinates of a shape into the world.

        The same object as long as the shape stays where it is.
        """
        if not self.is_apart:
            return IDENTITY
        view = self._view.value
        shown = [item for item in self._document if item.visible]
        standing = ((item.id, item.value.mesh, item.value.orientation) for item in shown)
        made_of = (view.spacing, view.true_size, *standing)
        if made_of != self._made_of:
            self._made_of = made_of
            self._places = side_by_side(
                shown, view.spacing, true_size=view.true_size, along=self._along
            )
        return self._places.get(item_id, IDENTITY)

    def orientation(self, item: Item | None) -> Orientation:
        """Return which of the world's axes are up and front of a shape."""
        return Orientation() if self.is_apart or item is None else item.value.orientation


def side_by_side(
    items: list[Item], spacing: float, *, true_size: bool, along: FloatArray
) -> dict[int, Similarity]:
    """Return the places of shapes in a row, the first one's left side at zero.

    Parameters
    ----------
    items
        The shapes, from left to right.
    spacing
        Gap between two, as a share of the largest diagonal.
    true_size
        Keep the sizes of the files; otherwise every diagonal has the length 1.
    along
        (3,) unit vector of the world along which the row goes.
    """
    scales = [_scale(item.value, true_size) for item in items]
    largest = max((scale * item.value.mesh.diagonal
                   for scale, item in zip(scales, items, strict=True)), default=0.0)  # fmt: skip
    places: dict[int, Similarity] = {}
    left = 0.0
    for item, scale in zip(items, scales, strict=True):
        mesh, turn = item.value.mesh, item.value.orientation.rotation
        # Axes only swap and flip: the turned box has the sides of the box.
        sides = np.abs(turn) @ (mesh.bounds[1] - mesh.bounds[0])
        width = scale * float(np.abs(along) @ sides)
        middle = (left + width / 2.0) * along
        places[item.id] = Similarity(turn, scale, middle - scale * turn @ mesh.origin)
        left += width + spacing * largest
    return places


def _scale(shape: Shape, true_size: bool) -> float:
    diagonal = shape.mesh.diagonal
    return 1.0 if true_size or not diagonal > 0.0 else 1.0 / diagonal
