"""Ordered items and the one signal that tells of every change to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psygnal import Signal

from kpstudio.base.arrays import Float32Array
from kpstudio.document.item import Item


@dataclass(frozen=True, eq=False)
class Change:
    """What happened to one item.

    Parameters
    ----------
    item_id
        The item concerned.
    before, after
        The item before and after; None for an insertion or a removal.
    transient
        True while a gesture goes on: shown, not in history, and not the document's state.
    positions
        During a transient change only: (n,3) float32 vertices minus the origin of the item's rest
        mesh (`item.value.mesh.origin`), valid until the next change; None when the mesh is as
        `after` says.
    revision
        Grows with every change that is not transient.
    """

    item_id: int
    before: Item | None
    after: Item | None
    transient: bool = False
    positions: Float32Array | None = None
    revision: int = 0


class Document:
    """The shapes that are open. Mutate it through `History`, except for previews."""

    changed = Signal(Change)

    def __init__(self) -> None:
        self._items: list[Item] = []
        self.revision = 0

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def find(self, item_id: int) -> Item | None:
        """Return the item of that id, or None when it is not (or no longer) open."""
        return next((item for item in self._items if item.id == item_id), None)

    def index(self, item_id: int) -> int:
        """Return the place of an item.

        Raises
        ------
        KeyError
            There is no such item.
        """
        for index, item in enumerate(self._items):
            if item.id == item_id:
                return index
        raise KeyError(item_id)

    def insert(self, index: int, item: Item) -> None:
        """Put an item at a place."""
        self._items.insert(index, item)
        self._tell(item.id, None, item)

    def remove(self, item_id: int) -> None:
        """Take an item out."""
        before = self._items.pop(self.index(item_id))
        self._tell(item_id, before, None)

    def replace(self, after: Item) -> None:
        """Put another state of an item in its place."""
        index = self.index(after.id)
        before, self._items[index] = self._items[index], after
        self._tell(after.id, before, after)

    def preview(self, after: Item, positions: Float32Array | None = None) -> None:
        """Show a state of an item that is not kept: a drag that is still going on."""
        before = self._items[self.index(after.id)]
        self.changed.emit(Change(after.id, before, after, True, positions, self.revision))

    def _tell(self, item_id: int, before: Item | None, after: Item | None) -> None:
        self.revision += 1
        self.changed.emit(Change(item_id, before, after, False, None, self.revision))
