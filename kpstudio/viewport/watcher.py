"""Shows a picture detector what the view at hand shows, as often as the camera moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpstudio.geometry.camera import Camera
from kpstudio.viewport.camera import pinhole_of
from kpstudio.viewport.panes import Panes

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio


class Watcher:
    """Asks `Studio.looking` to look again after every frame that differs in its camera.

    Parameters
    ----------
    studio
        Who looks, and whether.
    panes
        The views.
    """

    def __init__(self, studio: Studio, panes: Panes) -> None:
        self._studio, self._panes = studio, panes
        self._shown: tuple[object, ...] = ()

    @property
    def camera(self) -> Camera | None:
        """The camera of the view at hand, file coordinates of the selected shape."""
        item = self._studio.selected
        if item is None:
            return None
        place = self._studio.arranging.place(item.id)
        return pinhole_of(self._panes.hand.stage.projection.within(place), item.value.mesh.origin)

    def look(self) -> None:
        """Look at the frame that was drawn, if somebody wants that and the camera has moved."""
        looking, item, camera = self._studio.looking, self._studio.selected, self.camera
        wanted = looking.options.value.this_view
        if not wanted or item is None or camera is None or not item.visible:
            self._shown = ()
            return
        shown = item.id, camera.matrix.tobytes(), camera.size
        if shown != self._shown:
            self._shown = shown
            looking.see_view(item.id, camera)
