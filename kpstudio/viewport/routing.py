"""Which view the mouse works in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kpstudio.viewport.pane import Pane
from kpstudio.viewport.panes import Panes
from kpstudio.viewport.tools.events import Event, Pointer

_PRESSES = (Event.PRESS, Event.MIDDLE_PRESS, Event.RIGHT_PRESS)


class Router:
    """Sends the mouse to the view it is over; a gesture stays in the view in which it began.

    Parameters
    ----------
    panes
        The views.
    take
        Called with a view when the mouse presses there.
    """

    def __init__(self, panes: Panes, take: Callable[[Pane], None]) -> None:
        self._panes, self._take = panes, take
        self._under: Pane | None = None

    @property
    def busy(self) -> Pane | None:
        """The view in which a gesture is going on."""
        return next((pane for pane in self._panes if pane.tools.busy), None)

    def handle(self, event: Event, pointer: Pointer) -> None:
        """Pass an event of the window on, with the pointer as the view sees it."""
        pane = self.busy
        if pane is not None and pane.tools.lost_release(event):
            pane.tools.rest()
            pane = None
        pane = pane or next((pane for pane in self._panes if pane.holds(pointer)), None)
        if pane is None:
            pane = self._under if self._under in tuple(self._panes) else self._panes[0]
        assert pane is not None
        if self._under is not pane and self._under in tuple(self._panes):
            self._under.tools.handle(Event.LEAVE, pointer)
        self._under = pane
        if event in _PRESSES:
            self._take(pane)
        x, y = pane.stage.corner
        pane.tools.handle(event, replace(pointer, x=pointer.x - x, y=pointer.y - y))
