"""The lookout: where the camera stands, and when it moves without being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.base.arrays import FloatArray
from kpstudio.document.document import Change
from kpstudio.document.item import Item
from kpstudio.geometry.camera import Camera
from kpstudio.viewport import camera
from kpstudio.viewport.camera import Preset
from kpstudio.viewport.flight import Flight
from kpstudio.viewport.stage import Stage

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio

#: Vertices of a mesh that are looked at to fit the view.
_FIT_POINTS = 4000


class Lookout:
    """Moves the camera to what there is to see.

    A person who has moved the camera keeps the view; until then it follows: to the first shape, to
    its orientation when that is found out, to the window's size.

    Parameters
    ----------
    stage
        Whose camera it moves.
    studio
        What there is to see.
    """

    def __init__(self, stage: Stage, studio: Studio) -> None:
        self._stage, self._studio = stage, studio
        self._look_wanted = self._fit_wanted = False
        # Where the camera was put without being asked, and how large the view was then.
        self._left_at: tuple[float, ...] = ()
        self._left_size = (0, 0)
        self._flight: Flight | None = None

    def begin(self) -> None:
        """Take the first look."""
        self.set_parallel(self._studio.view.value.orthographic)
        self.look_from("isometric")

    def take_over(self, other: Lookout) -> None:
        """Go on where another one, whose camera looks the same way, has been."""
        self._look_wanted, self._fit_wanted = other._look_wanted, other._fit_wanted
        self._left_at, self._left_size = other._left_at, other._left_size

    def reframe(self, before: tuple[int, int]) -> None:
        """Keep in view what a view of another size showed, after a change of the layout."""
        if self._is_untouched:
            return  # the next frame looks anew
        size = self._stage.size
        factor = min(size[0] / size[1], 1.0) / min(before[0] / before[1], 1.0)
        eye = self._stage.camera
        camera.zoom(eye, self._stage.projection, factor, np.array(eye.GetFocalPoint()))

    @property
    def camera(self) -> vtkCamera:
        """The camera it moves."""
        return self._stage.camera

    def look_from(self, preset: Preset) -> None:
        """Turn to a side of the selected shape, in its own axes, and fit."""
        item = self._studio.selected or next(iter(self._studio.document), None)
        camera.look_from(self._stage.camera, preset, self._studio.arranging.orientation(item))
        self.fit()
        if preset == "isometric":
            self._left_at, self._left_size = self._stand(), self._stage.size

    def follow_turn(self, turn: FloatArray) -> None:
        """Show everything from the same side, after the world was turned by a rotation (3,3)."""
        if self._is_untouched:
            self.look_from("isometric")
            return
        camera.turn(self._stage.camera, turn)
        self.fit()

    def look_through(self, pinhole: Camera, around: FloatArray, *, fly: bool) -> None:
        """Look from where a pinhole camera stands, with all of its picture in view.

        Parameters
        ----------
        pinhole
            The camera, world.
        around
            (3,) what the camera turns around from then on.
        fly
            Take a moment for the way; `update` goes on with it, frame by frame.
        """
        self._look_wanted = self._fit_wanted = False
        end = vtkCamera()
        end.DeepCopy(self._stage.camera)
        camera.look_through(end, pinhole, around, self._stage.size)
        if fly:
            self._flight = Flight(self._stage.camera, end)
        else:
            self._stage.camera.DeepCopy(end)

    @property
    def is_flying(self) -> bool:
        """Whether the camera is on its way."""
        return self._flight is not None

    def fit(self) -> None:
        """Show everything that is visible, from where the camera looks."""
        self._look_wanted = self._fit_wanted = False
        self._studio.arranging.lay(self._stage.projection.right)
        outlines = [self._outline(item) for item in self._studio.document if item.visible]
        if outlines:
            camera.fit(self._stage.camera, np.concatenate(outlines), self._stage.size)

    def set_parallel(self, parallel: bool) -> None:
        """Choose parallel or perspective projection."""
        camera.set_parallel(self._stage.camera, parallel)

    def follow(self, change: Change) -> None:
        """Take note of what is new: it is looked at in the next frame.

        Shapes that arrive together are looked at together.
        """
        before, after = change.before, change.after
        if after is None or change.transient or not after.visible:
            return
        if before is None:
            alone = sum(item.visible for item in self._studio.document) == 1
            self._look_wanted |= alone and not self._studio.history.replaying
            self._fit_wanted |= not self._stage.shows(self._outline(after))
        elif before.value.orientation != after.value.orientation:
            self._look_wanted |= self._is_untouched

    def update(self) -> None:
        """Go on with a flight, and look at what is new, if something is."""
        if self._flight is not None and (self._flight.was_left or not self._flight.step()):
            self._flight = None
        resized = self._left_size != self._stage.size and self._is_untouched
        if self._look_wanted or resized:
            self.look_from("isometric")
        elif self._fit_wanted:
            self.fit()

    @property
    def _is_untouched(self) -> bool:
        return self._stand() == self._left_at

    def _stand(self) -> tuple[float, ...]:
        eye = self._stage.camera
        return *eye.GetPosition(), *eye.GetFocalPoint(), *eye.GetViewUp()

    def _outline(self, item: Item) -> FloatArray:
        """Return points (p,3) of the world that stand for a shape when the view is fitted to it."""
        mesh = item.value.current
        some = mesh.vertices[mesh.referenced[:: max(1, len(mesh.referenced) // _FIT_POINTS)]]
        # An antenna may fall through the stride; it does not fall out of the box.
        center = mesh.origin
        sides = [
            np.where(np.arange(3) == axis, end, center) for end in mesh.bounds for axis in range(3)
        ]
        return self._studio.arranging.place(item.id).apply(np.concatenate([some, sides]))
