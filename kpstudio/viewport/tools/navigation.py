"""Moving the camera with the mouse."""

from __future__ import annotations

import numpy as np

from kpstudio.viewport import camera
from kpstudio.viewport.tools.context import ToolContext

_NOTCH = 1.18  #: zoom of one notch of the wheel
_PULL = 1.006  #: zoom of one logical pixel of a right drag


class Navigation:
    """Orbit, pan and zoom from one cursor position to the next.

    Parameters
    ----------
    context
        What it works on.
    """

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._last = (0.0, 0.0)

    def begin(self, cursor: tuple[float, float]) -> None:
        """Start from here."""
        self._last = cursor

    def orbit(self, cursor: tuple[float, float]) -> None:
        """Turn around what the camera looks at."""
        across, along = self._step(cursor)
        ratio = self._context.stage.pixel_ratio
        camera.orbit(self._context.stage.camera, across / ratio, along / ratio)
        self._context.request()

    def pan(self, cursor: tuple[float, float]) -> None:
        """Shift along with the mouse."""
        camera.pan(self._context.stage.camera, self._context.view, *self._step(cursor))
        self._context.request()

    def pull(self, cursor: tuple[float, float]) -> None:
        """Come nearer as the mouse goes up."""
        _, along = self._step(cursor)
        factor = _PULL ** (along / self._context.stage.pixel_ratio)
        focal = np.array(self._context.stage.camera.GetFocalPoint())
        camera.zoom(self._context.stage.camera, self._context.view, factor, focal)
        self._context.request()

    def wheel(self, cursor: tuple[float, float], notches: int) -> None:
        """Come nearer to what is under the cursor, which stays there."""
        view, eye = self._context.view, self._context.stage.camera
        hit = self._context.surface_at(cursor, quick=True)
        focal = np.array(eye.GetFocalPoint())
        fixed = view.ray(*cursor).meet_plane(focal, view.forward) if hit is None else None
        if hit is not None:
            fixed = hit.position
        camera.zoom(eye, view, _NOTCH**notches, focal if fixed is None else fixed)
        self._context.request()

    def _step(self, cursor: tuple[float, float]) -> tuple[float, float]:
        last, self._last = self._last, cursor
        return cursor[0] - last[0], cursor[1] - last[1]
