"""An item of a document: a shape with its name and visibility."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from kpstudio.data.shape import Shape

_ids = itertools.count(1)


def new_item_id() -> int:
    """Return an id no other item of this process has."""
    return next(_ids)


@dataclass(frozen=True, eq=False)
class Item:
    """One row of the scene tree.

    Parameters
    ----------
    value
        The shape.
    name
        Name a person gave it, the mesh's by default.
    visible
        Whether it is drawn.
    id
        Stays the same through all edits of the item.
    """

    value: Shape
    name: str = ""
    visible: bool = True
    id: int = field(default_factory=new_item_id)

    def __post_init__(self) -> None:
        """Take the mesh's name."""
        if not self.name:
            object.__setattr__(self, "name", self.value.mesh.name)
