"""The tools as a table: in which state which event does what."""

from __future__ import annotations

from collections.abc import Callable

from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.match_lines import MatchLines
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.tools.context import ToolContext
from kpstudio.viewport.tools.dragging import Dragging
from kpstudio.viewport.tools.events import Event, Pointer
from kpstudio.viewport.tools.handlers import Handlers, State
from kpstudio.viewport.tools.nudging import ARROWS, can_nudge, nudge

_TABLE: dict[tuple[State, Event], Callable[[Handlers, Pointer], State]] = {
    (State.IDLE, Event.MOVE): Handlers.hover,
    (State.IDLE, Event.LEAVE): Handlers.leave,
    (State.IDLE, Event.PRESS): Handlers.press,
    (State.IDLE, Event.MIDDLE_PRESS): Handlers.start_pan,
    (State.IDLE, Event.RIGHT_PRESS): Handlers.start_pull,
    (State.IDLE, Event.WHEEL_FORWARD): Handlers.zoom_in,
    (State.IDLE, Event.WHEEL_BACKWARD): Handlers.zoom_out,
    (State.ON_HANDLE, Event.MOVE): Handlers.grab,
    (State.ON_HANDLE, Event.RELEASE): Handlers.click_handle,
    (State.ON_SHAPE, Event.MOVE): Handlers.start_orbit,
    (State.ON_SHAPE, Event.RELEASE): Handlers.click_elsewhere,
    (State.ON_BOX, Event.MOVE): Handlers.start_frame,
    (State.ON_BOX, Event.RELEASE): Handlers.click_elsewhere,
    (State.DRAGGING, Event.MOVE): Handlers.drag,
    (State.DRAGGING, Event.RELEASE): Handlers.drop,
    (State.DRAGGING, Event.PRESS): Handlers.drop,
    (State.DRAGGING, Event.RIGHT_PRESS): Handlers.give_up,
    (State.DRAGGING, Event.MIDDLE_PRESS): Handlers.give_up,
    (State.ORBITING, Event.MOVE): Handlers.orbit,
    (State.ORBITING, Event.RELEASE): Handlers.rest,
    (State.BOXING, Event.MOVE): Handlers.frame,
    (State.BOXING, Event.RELEASE): Handlers.choose_framed,
    (State.BOXING, Event.PRESS): Handlers.choose_framed,
    (State.PANNING, Event.MOVE): Handlers.pan,
    (State.PANNING, Event.MIDDLE_RELEASE): Handlers.rest,
    (State.PULLING, Event.MOVE): Handlers.pull,
    (State.PULLING, Event.RIGHT_RELEASE): Handlers.rest,
    (State.PROBING, Event.MOVE): Handlers.probe,
    (State.PROBING, Event.RELEASE): Handlers.leave_probe,
    (State.SPENT, Event.RELEASE): Handlers.rest,
    # A release that went to another window: the next press starts afresh.
    (State.SPENT, Event.PRESS): Handlers.press,
    (State.ON_HANDLE, Event.PRESS): Handlers.press,
    (State.ON_SHAPE, Event.PRESS): Handlers.press,
    (State.ORBITING, Event.PRESS): Handlers.press,
    (State.PANNING, Event.PRESS): Handlers.press,
    (State.PULLING, Event.PRESS): Handlers.press,
    (State.PROBING, Event.PRESS): Handlers.press,
}


class Tools:
    """Mouse and keys of a scene.

    Parameters
    ----------
    context
        What they work on.
    say
        Told what is under the cursor or going on.
    field
        Gives the field that colours a shape, by the id of its item.
    matches
        The lines between matched keypoints.
    """

    def __init__(
        self,
        context: ToolContext,
        say: Callable[[str], None],
        field: Callable[[int], ShownField | None],
        matches: MatchLines,
    ) -> None:
        self.context, self._say = context, say
        self._handlers = Handlers(context, say, field, matches)
        self.state = State.IDLE

    @property
    def dragging(self) -> Dragging:
        """The drag tool."""
        return self._handlers.dragging

    @property
    def busy(self) -> bool:
        """Whether a gesture is going on."""
        return self.state is not State.IDLE

    def handle(self, event: Event, pointer: Pointer) -> None:
        """Do what the table says; an event it does not name is ignored."""
        handler = _TABLE.get((self.state, event))
        if handler is not None:
            self.state = handler(self._handlers, pointer)

    def lost_release(self, event: Event) -> bool:
        """Whether this press tells that the release before it went to another window."""
        return self.busy and _TABLE.get((self.state, event)) is Handlers.press

    def rest(self) -> None:
        """Be in the middle of nothing."""
        self.state = State.IDLE

    def flush(self) -> None:
        """Do what has waited for the frame."""
        self._handlers.probing.flush()
        if self.dragging.active:
            self.dragging.flush()
            self._say(self.dragging.hint)
        if self.state is State.DRAGGING and not self.dragging.active:
            self.state = State.SPENT

    def wants_key(self, key: str) -> bool:
        """Whether `key` would do something now."""
        if self.state is State.DRAGGING:
            return True  # no shortcut may strike in the middle of a drag
        if key == "Escape":
            taken = self._handlers.matching.taken is not None
            return taken or self.busy or bool(self.context.studio.selection.keypoints)
        return key in ARROWS and not self.busy and can_nudge(self.context)

    def key(self, key: str, shift: bool, ctrl: bool) -> bool:
        """Do what a key means now; whether it meant anything."""
        if key == "Escape":
            return self._escape()
        if self.state is State.DRAGGING:
            if key in ("Return", "Enter"):
                self.dragging.commit()
                self.state = State.SPENT
                return True
            return self.dragging.key(key, shift)
        if key in ARROWS and not self.busy and can_nudge(self.context):
            nudge(self.context, key, shift, ctrl)
            return True
        return False

    def item_changed(self, item_id: int) -> None:
        """Hear that an item was changed by something else than the tools, or closed."""
        if self.dragging.item_id == item_id:
            self.dragging.forget()
            self.state = State.SPENT

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._handlers.box.set_palette(palette)
        self._handlers.matching.set_palette(palette)

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels."""
        self.dragging.place(view, ratio)

    def close(self) -> None:
        """Give up what is going on and leave the stage."""
        self._handlers.close()

    def _escape(self) -> bool:
        if self._handlers.matching.release():
            return True
        if self.state is State.DRAGGING:
            self.dragging.cancel()
        elif self.state is State.BOXING:
            self._handlers.box.cancel()
        elif self.state is State.IDLE and self.context.studio.selection.keypoints:
            self.context.studio.selection.select_keypoints(())
            return True
        elif not self.busy:
            return False
        self.state = State.SPENT
        self._say("")
        return True
