"""The surfaces that several views draw: each is made and written once."""

from __future__ import annotations

from weakref import WeakValueDictionary

from kpstudio.data.mesh import Mesh
from kpstudio.viewport.coarse import Coarse
from kpstudio.viewport.surface import Surface


class Surfaces:
    """Hands out surfaces; one lives as long as a view draws it."""

    def __init__(self) -> None:
        self._made: WeakValueDictionary[tuple[str, int], Surface] = WeakValueDictionary()

    def of(self, role: str, item_id: int, mesh: Mesh, coarse: Coarse | None) -> Surface:
        """Return the surface of an item's mesh, with normals.

        Parameters
        ----------
        role
            What it is for: an item may be drawn in two states.
        item_id
            The item; two items of the same mesh move apart.
        mesh, coarse
            The rest mesh, and what is drawn in its stead if it is too large.
        """
        found = self._made.get((role, item_id))
        if found is None or not found.is_of(mesh, coarse):
            found = self._made[role, item_id] = Surface(mesh, coarse)
            found.update_normals()
        return found
