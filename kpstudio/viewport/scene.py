"""The scene: everything drawn of a studio, and what the mouse and keys do to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyvista

from kpstudio.app.observable import Observable
from kpstudio.base.arrays import ByteArray

if TYPE_CHECKING:
    from psygnal import SignalInstance

    from kpstudio.app.studio import Studio

Theme = Literal["dark", "light"]
Preset = Literal["front", "back", "right", "left", "top", "bottom", "isometric"]


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
    """

    def __init__(
        self,
        plotter: pyvista.Plotter,
        studio: Studio,
        *,
        request_frame: Callable[[], None] | None = None,
        draw: Callable[[], None] | None = None,
    ) -> None:
        self._plotter, self._studio = plotter, studio
        self._hover = Observable("")
        self._closed = False

    # --- the view ------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the dark or the light theme."""

    def set_pixel_ratio(self, ratio: float) -> None:
        """Say how many device pixels a logical pixel has (sizes are in logical pixels)."""

    def look_from(self, preset: Preset) -> None:
        """Turn the camera to a side of the selected shape, in its own axes, and fit."""

    def fit(self) -> None:
        """Show everything that is visible, from where the camera looks."""

    def set_orthographic(self, orthographic: bool) -> None:
        """Choose parallel or perspective projection (follows `studio.view` by itself)."""

    def screenshot(
        self, path: Path | str | None = None, size: tuple[int, int] | None = None
    ) -> ByteArray:
        """Return a picture (h,w,3) uint8 of the view, and write it as PNG if `path` is given."""
        raise NotImplementedError

    # --- frames --------------------------------------------------------------------------------

    @property
    def is_drawn(self) -> bool:
        """Whether all there is to see is on the screen."""
        return False

    def render_now(self) -> None:
        """Bring everything up to date and draw one frame."""

    # --- the person ----------------------------------------------------------------------------

    @property
    def hover_text(self) -> SignalInstance:
        """Signal with what is under the cursor, for the status bar.

        Emits (new, old); a slot that takes one argument gets the new text.
        """
        return self._hover.changed

    @property
    def is_dragging(self) -> bool:
        """Whether a gesture is going on."""
        return False

    def wants_key(self, key: str, shift: bool = False, ctrl: bool = False) -> bool:
        """Whether `key_press` would handle this key now; ask in Qt's ShortcutOverride."""
        return False

    def key_press(self, key: str, shift: bool = False, ctrl: bool = False) -> bool:
        """Handle a key; True when it was used.

        Parameters
        ----------
        key
            "X", "Y", "Z", "G", "R", "S", "Escape", "Return", "Left", "Right", "Up", "Down".
        shift, ctrl
            Modifiers.
        """
        return False

    def keypoint_screen_position(self, item_id: int, index: int) -> tuple[float, float]:
        """Return where a keypoint is on the screen, device pixels from the top left."""
        raise NotImplementedError

    def close(self) -> None:
        """Take everything out of the plotter; safe to call twice. The plotter stays open."""
        self._closed = True
