"""The scene: everything drawn of a studio, and what mouse and keys do to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyvista

from kpstudio.app.observable import Observable
from kpstudio.app.options import ViewOptions
from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.document.document import Change
from kpstudio.geometry.camera import Camera
from kpstudio.viewport.backdrop import Photograph
from kpstudio.viewport.camera import Preset
from kpstudio.viewport.coarse import CoarseMeshes
from kpstudio.viewport.frames import FrameScheduler
from kpstudio.viewport.gallery import Gallery
from kpstudio.viewport.palette import PALETTES
from kpstudio.viewport.pane import Common
from kpstudio.viewport.panes import Panes
from kpstudio.viewport.picking import Pickers
from kpstudio.viewport.routing import Router
from kpstudio.viewport.screen import Screen
from kpstudio.viewport.stage import Stage
from kpstudio.viewport.surfaces import Surfaces
from kpstudio.viewport.tools.events import MouseListener
from kpstudio.viewport.tools.tools import Tools
from kpstudio.viewport.watcher import Watcher

if TYPE_CHECKING:
    from psygnal import SignalInstance

    from kpstudio.app.studio import Studio

Theme = Literal["dark", "light"]


class Scene:
    """Shows a studio in a pyvista plotter and lets a person work on it.

    Parameters
    ----------
    plotter
        An off-screen `pyvista.Plotter` or a `pyvistaqt.QtInteractor`. The scene takes over its
        renderer, camera and interactor; it does not close it.
    studio
        What is shown and edited.
    request_frame
        Called when something has to be drawn. Call `render_now` soon after, from a timer: mouse
        moves that arrive until then become one frame. Without it everything is drawn at once.
    draw
        How a frame gets on the screen; renders the window by default. A Qt widget that renders
        in its paint event gives its `update` method, or every frame is rendered twice.
    whole
        Draw meshes as they are even where that is slow: without a graphics card, large ones are
        drawn coarser otherwise.
    marks
        Mark the view at hand, where there are several.
    """

    def __init__(
        self,
        plotter: pyvista.Plotter,
        studio: Studio,
        *,
        request_frame: Callable[[], None] | None = None,
        draw: Callable[[], None] | None = None,
        whole: bool = False,
        marks: bool = True,
    ) -> None:
        self._studio = studio
        self._theme: Theme = "dark"
        self._hover = Observable("")
        self._closed = False
        self._screen = Screen(plotter, self._drawn)
        self._frames = FrameScheduler(
            self._prepare, draw or self._screen.window.Render, request_frame
        )
        self._coarse = CoarseMeshes(
            studio, lambda: self._screen.is_software and not whole, self._refresh
        )
        self._pickers = Pickers()
        self._flies = request_frame is not None  # without frames to come there is no way to go
        common = Common(
            studio, self._screen, self._coarse, Surfaces(), self._pickers, self._frames.request,
            self._hover.set,
        )  # fmt: skip
        self._panes = Panes(common, PALETTES[self._theme], marks=marks)
        self._router = Router(self._panes, lambda pane: studio.view.update(pane=pane.index))
        self._watcher = Watcher(studio, self._panes)
        self._mouse = MouseListener(self._screen.interactor, self._router.handle)
        self._connections = (
            (studio.document.changed, self._document_changed),
            (studio.view.changed, self._view_changed),
            (studio.selection.changed, self._refresh),
            (studio.selection.hover_changed, self._hover_changed),
            (studio.rigs.ready, self._rig_ready),
            (studio.inspecting.changed, self._refresh),
            (studio.looking.seen, self._refresh),
            (studio.arranging.changed, self._refresh),
            (studio.corresponding.changed, self._refresh),
            (studio.corresponding.highlight_changed, self._refresh),
            (studio.looking.options.changed, self._frames.request),
            (studio.looking.photo_changed, self._take_photos_away),
        )
        for signal, slot in self._connections:
            signal.connect(slot)
        self._refresh()

    # --- the view ------------------------------------------------------------------------------

    @property
    def theme(self) -> Theme:
        """Name of the theme."""
        return self._theme

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the dark or the light theme."""
        self._theme = theme
        self._panes.set_palette(PALETTES[theme])
        self._refresh()

    def set_samples(self, samples: int | None) -> None:
        """Smooth edges by so many samples a pixel; None: as many as the renderer does swiftly."""
        self._screen.set_samples(samples)
        self._frames.request()

    def look_from(self, preset: Preset) -> None:
        """Turn the camera to a side of the selected shape, in its own axes, and fit.

        Left and right are the shape's own, as in "left wing". With several views it is the camera
        of the one at hand, and of all of them if they are linked.
        """
        self._panes.lookout.look_from(preset)
        self._frames.request()

    def fit(self) -> None:
        """Show everything that is visible, from where the camera looks."""
        self._panes.lookout.fit()
        self._frames.request()

    def look_through(self, camera: Camera) -> None:
        """Go to where a pinhole camera stands, with all of its picture in the view at hand.

        Parameters
        ----------
        camera
            The camera, file coordinates of the selected shape.
        """
        camera, around = self._in_world(camera)
        self._panes.lookout.look_through(camera, around, fly=self._flies)
        self._frames.request()

    def look_over(self, picture: ByteArray, camera: Camera) -> None:
        """Show a photo behind the view at hand, from where it was taken, until the view is moved.

        Parameters
        ----------
        picture
            (h,w,3) uint8.
        camera
            The camera that took it, file coordinates of the selected shape.
        """
        self.set_orthographic(False)  # a photo is a perspective one
        self._panes.hand.backdrop.show(Photograph(picture, *self._in_world(camera)))
        self._frames.request()

    def set_orthographic(self, orthographic: bool) -> None:
        """Choose parallel or perspective projection, for the studio's view options as well."""
        self._studio.view.update(orthographic=orthographic)

    def screenshot(
        self, path: Path | str | None = None, size: tuple[int, int] | None = None
    ) -> ByteArray:
        """Take a picture of the view with all that is drawn over it; the view stays as it is.

        Parameters
        ----------
        path
            PNG file to write; none is written without it.
        size
            Width and height, 1 to 8192 pixels each; those of the window by default. Handles and
            text grow along.

        Returns
        -------
        (h,w,3) uint8, top row first.

        Raises
        ------
        ParameterError, FileError
            A size out of range; a file that cannot be written.
        """
        from kpstudio.viewport.offscreen import picture_of, write_png

        picture = picture_of(self, size or self._screen.size)
        if path is not None:
            write_png(Path(path), picture)
        return picture

    # --- frames --------------------------------------------------------------------------------

    @property
    def is_drawn(self) -> bool:
        """Whether all there is to see is on the screen."""
        return self._frames.idle and self._coarse.idle

    def render_now(self) -> None:
        """Bring everything up to date and draw one frame."""
        self._frames.frame()

    # --- the person ----------------------------------------------------------------------------

    @property
    def hover_text(self) -> SignalInstance:
        """Signal with what is under the cursor, or going on, for the status bar.

        Emits (new, old); a slot that takes one argument gets the new text.
        """
        return self._hover.changed

    @property
    def is_dragging(self) -> bool:
        """Whether a gesture of the mouse is going on."""
        return self._router.busy is not None

    def wants_key(self, key: str, shift: bool = False, ctrl: bool = False) -> bool:
        """Whether `key_press` would handle this key now; ask in Qt's ShortcutOverride."""
        return self._active_tools.wants_key(key)

    def key_press(self, key: str, shift: bool = False, ctrl: bool = False) -> bool:
        """Handle a key; True when it was used.

        Parameters
        ----------
        key
            "X", "Y", "Z", "G", "R", "S", "Escape", "Return", "Left", "Right", "Up", "Down".
        shift, ctrl
            Modifiers.
        """
        return self._active_tools.key(key, shift, ctrl)

    def keypoint_screen_position(
        self, item_id: int, index: int, pane: int | None = None
    ) -> tuple[float, float]:
        """Return where a keypoint is in the window, device pixels from the top left.

        Parameters
        ----------
        item_id, index
            Which keypoint of which item.
        pane
            In which view; the one at hand by default.

        Raises
        ------
        KeyError
            No such item, or it has no such keypoint.
        """
        view = self._panes.hand if pane is None else self._panes[pane]
        look = view.gallery[item_id].look
        keypoints = look.shape.keypoints if look is not None else None
        if keypoints is None or not 0 <= index < len(keypoints):
            raise KeyError((item_id, index))
        seen = view.stage.projection.within(self._studio.arranging.place(item_id))
        x, y = seen.to_screen(keypoints.positions[index])[0]
        left, bottom = view.stage.corner
        # Qt counts from the top of the first row, VTK from the bottom of the last.
        return float(left + x), float(self._screen.size[1] - 1 - bottom - y)

    def close(self) -> None:
        """Take everything out of the plotter; safe to call twice. The plotter stays open."""
        if self._closed:
            return
        self._closed = True
        self._frames.close()
        for signal, slot in self._connections:
            signal.disconnect(slot)
        self._mouse.close()
        self._coarse.close()
        self._panes.close()
        self._screen.close()

    # --- parts, for pictures and tests ---------------------------------------------------------

    @property
    def studio(self) -> Studio:
        """What is shown."""
        return self._studio

    @property
    def screen(self) -> Screen:
        """The window."""
        return self._screen

    @property
    def panes(self) -> Panes:
        """The views."""
        return self._panes

    @property
    def stage(self) -> Stage:
        """Where everything stands in the view at hand."""
        return self._panes.hand.stage

    @property
    def gallery(self) -> Gallery:
        """What is drawn of every item in the view at hand."""
        return self._panes.hand.gallery

    @property
    def tools(self) -> Tools:
        """Mouse and keys in the view at hand."""
        return self._panes.hand.tools

    # --- what happens --------------------------------------------------------------------------

    @property
    def _active_tools(self) -> Tools:
        return (self._router.busy or self._panes.hand).tools

    def _in_world(self, camera: Camera) -> tuple[Camera, FloatArray]:
        """Return a camera of the selected shape's file in the world, and the shape's middle."""
        item = self._studio.selected
        if item is None:
            return camera, camera.position + camera.forward
        place = self._studio.arranging.place(item.id)
        moved = camera.moved(place.rotation, place.scale, place.translation)
        return moved, place.apply(item.value.mesh.origin)

    def _take_photos_away(self) -> None:
        for pane in self._panes:
            pane.backdrop.hide()
        self._frames.request()

    def _document_changed(self, change: Change) -> None:
        if change.after is None:
            self._coarse.forget(change.item_id)
            self._pickers.forget(change.item_id)
        for pane in self._panes:
            pane.show(change)
        for lookout in self._panes.lookouts:
            lookout.follow(change)
        self._panes.label()
        self._frames.request()

    def _view_changed(self, new: ViewOptions, old: ViewOptions) -> None:
        self._panes.arrange()
        for lookout in self._panes.lookouts:
            lookout.set_parallel(new.orthographic)
        self._follow_arrangement(new, old)
        self._refresh()

    def _follow_arrangement(self, new: ViewOptions, old: ViewOptions) -> None:
        how = [(view.arrangement, view.spacing, view.true_size) for view in (new, old)]
        if how[0] == how[1]:
            return
        turn, item = np.eye(3), self._studio.selected
        if item is not None and new.arrangement is not old.arrangement:
            turn = item.value.orientation.rotation
            turn = turn if self._studio.arranging.is_apart else turn.T
        for lookout in self._panes.lookouts:
            lookout.follow_turn(turn)

    def _hover_changed(self) -> None:
        item = self._studio.selected
        dragging = any(pane.tools.dragging.active for pane in self._panes)
        if item is not None and not dragging:
            for pane in self._panes:
                pane.gallery.show(item)
            self._frames.request()

    def _rig_ready(self, item_id: int) -> None:
        self._refresh()

    def _refresh(self) -> None:
        self._panes.refresh()
        self._frames.request()

    # --- frames --------------------------------------------------------------------------------

    def _prepare(self) -> None:
        for pane in self._panes:
            pane.tools.flush()
            pane.backdrop.update()
        for lookout in self._panes.lookouts:
            lookout.update()

    def _drawn(self, first: bool) -> None:
        self._frames.drawn()
        if first:
            self._refresh()  # with what suits the kind of renderer
        flying = any(lookout.is_flying for lookout in self._panes.lookouts)
        if flying or any(pane.backdrop.is_out_of_size for pane in self._panes):
            self._frames.request()
        self._watcher.look()
