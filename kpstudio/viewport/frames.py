"""Frames: however often something changes, it is drawn once a frame."""

from __future__ import annotations

from collections.abc import Callable


class FrameScheduler:
    """Turns many wishes to draw into one frame.

    Parameters
    ----------
    prepare
        Brings the scene up to date; called once before every frame.
    draw
        Draws, or asks the window to paint itself.
    request_frame
        Called once when a frame is wanted; whoever gets the call calls `frame` a little later.
        None draws at once.
    """

    def __init__(
        self,
        prepare: Callable[[], None],
        draw: Callable[[], None],
        request_frame: Callable[[], None] | None = None,
    ) -> None:
        self._prepare, self._draw, self._request_frame = prepare, draw, request_frame
        self._wanted = False
        self._awaited = False
        self._preparing = False
        self._closed = False

    def request(self) -> None:
        """Say that the picture is no longer right."""
        # What changes during the preparation is part of the frame that is being prepared.
        if self._wanted or self._preparing or self._closed:
            return
        self._wanted = True
        if self._request_frame is None:
            self.frame()
        else:
            self._request_frame()

    def frame(self) -> None:
        """Draw one frame now, whether one was wanted or not."""
        if self._preparing or self._closed:
            return
        self._preparing = True
        try:
            self._prepare()
        finally:
            self._preparing = False
        self._wanted = False
        self._awaited = True
        self._draw()

    def drawn(self) -> None:
        """Hear that the window has finished a frame."""
        self._awaited = False

    @property
    def idle(self) -> bool:
        """Whether the newest state is on the screen."""
        return not (self._wanted or self._awaited)

    def close(self) -> None:
        """Draw nothing more."""
        self._closed = True
