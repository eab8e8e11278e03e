"""Mouse events, taken from VTK's interactor before anybody else gets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from kpstudio.viewport.observe import observe

#: Above the styles and widgets, which listen at 0 and 0.5.
_PRIORITY = 10.0


class Event(Enum):
    """What the mouse can do."""

    MOVE = auto()
    PRESS = auto()
    RELEASE = auto()
    MIDDLE_PRESS = auto()
    MIDDLE_RELEASE = auto()
    RIGHT_PRESS = auto()
    RIGHT_RELEASE = auto()
    WHEEL_FORWARD = auto()
    WHEEL_BACKWARD = auto()
    LEAVE = auto()


@dataclass(frozen=True)
class Pointer:
    """Where the mouse is and which modifier keys are held.

    Parameters
    ----------
    x, y
        Device pixels from the bottom left.
    shift, ctrl
        Modifier keys.
    """

    x: float
    y: float
    shift: bool = False
    ctrl: bool = False

    @property
    def position(self) -> tuple[float, float]:
        """(x, y)."""
        return self.x, self.y


_NAMES = {
    "MouseMoveEvent": Event.MOVE,
    "LeftButtonPressEvent": Event.PRESS,
    "LeftButtonDoubleClickEvent": Event.PRESS,
    "LeftButtonReleaseEvent": Event.RELEASE,
    "MiddleButtonPressEvent": Event.MIDDLE_PRESS,
    "MiddleButtonReleaseEvent": Event.MIDDLE_RELEASE,
    "RightButtonPressEvent": Event.RIGHT_PRESS,
    "RightButtonReleaseEvent": Event.RIGHT_RELEASE,
    "MouseWheelForwardEvent": Event.WHEEL_FORWARD,
    "MouseWheelBackwardEvent": Event.WHEEL_BACKWARD,
    "LeaveEvent": Event.LEAVE,
}
#: Keys come from the window; VTK's own meanings (w: wireframe, e: exit, ...) are switched off.
_SILENCED = ("KeyPressEvent", "KeyReleaseEvent", "CharEvent")


class MouseListener:
    """Hands the interactor's mouse events to one receiver and keeps them from all others.

    Parameters
    ----------
    interactor
        Where the events come from.
    receive
        Called with every event.
    """

    def __init__(
        self,
        interactor: vtkRenderWindowInteractor,
        receive: Callable[[Event, Pointer], None],
    ) -> None:
        self._interactor, self._receive = interactor, receive
        self._tags: dict[str, int] = {}
        for name in (*_NAMES, *_SILENCED):
            self._tags[name] = observe(interactor, name, self._heard, _PRIORITY)

    def close(self) -> None:
        """Listen no more."""
        for tag in self._tags.values():
            self._interactor.RemoveObserver(tag)
        self._tags = {}

    def _heard(self, interactor: Any, name: str) -> None:
        command = interactor.GetCommand(self._tags[name])
        if command is not None:
            command.SetAbortFlag(1)
        event = _NAMES.get(name)
        if event is not None:
            x, y = interactor.GetEventPosition()
            shift, ctrl = bool(interactor.GetShiftKey()), bool(interactor.GetControlKey())
            self._receive(event, Pointer(x, y, shift, ctrl))
