"""What the tools work on: the studio, the stage and the shapes as they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.document.item import Item
from kpstudio.viewport.picking import (
    REACH,
    Pickers,
    SurfacePicker,
    SurfacePoint,
    nearest_handle,
)
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.stage import Stage

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio


@dataclass(frozen=True, eq=False)
class Hit:
    """A shape under the cursor.

    Parameters
    ----------
    item
        The item.
    point
        Where on its surface.
    position
        (3,) the same place in the world.
    distance
        From the eye, world units.
    """

    item: Item
    point: SurfacePoint
    position: FloatArray
    distance: float


class ToolContext:
    """Finds what is under the cursor.

    Parameters
    ----------
    studio
        What is edited.
    stage
        Where it is seen.
    request
        Asks for a frame.
    hidden
        Gives (k,) which keypoints of the selected shape a surface hides.
    pickers
        Finds points on the meshes.
    """

    def __init__(
        self,
        studio: Studio,
        stage: Stage,
        request: Callable[[], None],
        hidden: Callable[[], BoolArray],
        pickers: Pickers,
    ) -> None:
        self.studio, self.stage, self.request, self._hidden = studio, stage, request, hidden
        self._pickers = pickers

    @property
    def view(self) -> Projection:
        """How the camera sees the world now."""
        return self.stage.projection

    def view_of(self, item: Item) -> Projection:
        """Return how the camera sees now, in the file coordinates of a shape."""
        return self.view.within(self.studio.arranging.place(item.id))

    def logical(self, pixels: float) -> float:
        """Return logical pixels as device pixels."""
        return pixels * self.stage.pixel_ratio

    def picker(self, item: Item) -> SurfacePicker:
        """Return the picker of an item's mesh, kept until the mesh is another one."""
        return self._pickers.of(item)

    def handle_at(self, cursor: tuple[float, float]) -> int | None:
        """Return the keypoint of the selected shape under the cursor, device pixels."""
        item = self.studio.selected
        keypoints = item.value.keypoints if item is not None else None
        shown = self.studio.view.value
        if item is None or keypoints is None or not (item.visible and shown.keypoints):
            return None
        assert keypoints.defined is not None
        reach = self.logical(max(REACH, 1.2 * shown.handle_size))
        view = self.view_of(item)
        return nearest_handle(
            view, keypoints.positions, cursor, reach, keypoints.defined, self._hidden()
        )

    def surface_at(self, cursor: tuple[float, float], *, quick: bool = False) -> Hit | None:
        """Return the visible shape under the cursor, the nearest of several.

        Parameters
        ----------
        cursor
            Device pixels from the bottom left.
        quick
            Leave out shapes that would first need a locator that takes long to build.
        """
        hits = [self._hit(item, cursor) for item in self._visible(quick)]
        met = (hit for hit in hits if hit is not None)
        return min(met, key=lambda hit: hit.distance, default=None)

    def _hit(self, item: Item, cursor: tuple[float, float]) -> Hit | None:
        point = self.picker(item).meet(self.view_of(item).ray(*cursor))
        if point is None:
            return None
        place = self.studio.arranging.place(item.id)
        return Hit(item, point, place.apply(point.position), place.scale * point.distance)

    def _visible(self, quick: bool) -> Iterator[Item]:
        for item in self.studio.document:
            if item.visible and (not quick or self.picker(item).is_quick):
                yield item
