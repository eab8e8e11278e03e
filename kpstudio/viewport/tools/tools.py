"""The tools as a table: in which state which event does what, and which state follows."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.tools.box import BoxSelection
from kpstudio.viewport.tools.context import ToolContext
from kpstudio.viewport.tools.dragging import Dragging
from kpstudio.viewport.tools.events import Event, Pointer
from kpstudio.viewport.tools.hovering import Hovering
from kpstudio.viewport.tools.navigation import Navigation
from kpstudio.viewport.tools.nudging import ARROWS, can_nudge, nudge

#: A press becomes a drag when the cursor has gone this far, logical pixels.
THRESHOLD = 4.0


class State(Enum):
    """What the mouse is in the middle of."""

    IDLE = auto()
    ON_HANDLE = auto()  #: pressed on a handle, not yet moved
    ON_SHAPE = auto()  #: pressed elsewhere, not yet moved
    ON_BOX = auto()  #: pressed elsewhere with Shift, not yet moved
    DRAGGING = auto()
    ORBITING = auto()
    BOXING = auto()
    PANNING = auto()
    PULLING = auto()
    SPENT = auto()  #: the gesture is over, the button still held


Handler = Callable[["Tools", Pointer], State]


class Tools:
    """Mouse and keys of a scene.

    Parameters
    ----------
    context
        What they work on.
    say
        Told what is under the cursor or going on.
    field
        Gives the field that colours the selected shape.
    """

    def __init__(
        self,
        context: ToolContext,
        say: Callable[[str], None],
        field: Callable[[], ShownField | None],
    ) -> None:
        self.context, self._say = context, say
        self._dragging = Dragging(context)
        self._box = BoxSelection(context)
        self._navigation = Navigation(context)
        self._hovering = Hovering(context, say, field)
        self._handle = 0
        self._press = Pointer(0.0, 0.0)
        self.state = State.IDLE

    @property
    def dragging(self) -> Dragging:
        """The drag tool."""
        return self._dragging

    @property
    def busy(self) -> bool:
        """Whether a gesture is going on."""
        return self.state is not State.IDLE

    def handle(self, event: Event, pointer: Pointer) -> None:
        """Do what the table says; an event it does not name is ignored."""
        handler = _TABLE.get((self.state, event))
        if handler is not None:
            self.state = handler(self, pointer)

    def flush(self) -> None:
        """Do what has waited for the frame."""
        if self._dragging.active:
            self._dragging.flush()
            self._say(self._dragging.hint)
        if self.state is State.DRAGGING and not self._dragging.active:
            self.state = State.SPENT

    def wants_key(self, key: str) -> bool:
        """Whether `key` would do something now."""
        if self.state is State.DRAGGING:
            return True  # no shortcut may strike in the middle of a drag
        if key == "Escape":
            return self.busy or bool(self.context.studio.selection.keypoints)
        return key in ARROWS and not self.busy and can_nudge(self.context)

    def key(self, key: str, shift: bool, ctrl: bool) -> bool:
        """Do what a key means now; whether it meant anything."""
        if key == "Escape":
            return self._escape()
        if self.state is State.DRAGGING:
            if key in ("Return", "Enter"):
                self._dragging.commit()
                self.state = State.SPENT
                return True
            return self._dragging.key(key, shift)
        if key in ARROWS and not self.busy and can_nudge(self.context):
            nudge(self.context, key, shift, ctrl)
            return True
        return False

    def item_changed(self, item_id: int) -> None:
        """Hear that an item was changed by something else than the tools, or closed."""
        if self.context.studio.document.find(item_id) is None:
            self.context.forget(item_id)
        if self._dragging.item_id == item_id:
            self._dragging.forget()
            self.state = State.SPENT

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._box.set_palette(palette)

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels."""
        self._dragging.place(view, ratio)

    def close(self) -> None:
        """Give up what is going on and leave the stage."""
        self._dragging.close()
        self._box.close()

    # --- left button ---------------------------------------------------------------------------

    def press(self, pointer: Pointer) -> State:
        """See what is pressed: a handle, or something else."""
        self._press = pointer
        self._navigation.begin(pointer.position)
        handle = self.context.handle_at(pointer.position)
        if handle is not None:
            self._handle = handle
            return State.ON_HANDLE
        if pointer.shift:
            self._box.begin(pointer.position)
            return State.ON_BOX
        return State.ON_SHAPE

    def grab(self, pointer: Pointer) -> State:
        """Start the drag once the cursor has left the spot."""
        if not self._moved(pointer):
            return State.ON_HANDLE
        if not self._dragging.begin(self._handle, self._press.position):
            return State.SPENT
        self._dragging.move(pointer.position)
        return State.DRAGGING

    def click_handle(self, pointer: Pointer) -> State:
        """Select the handle, or change whether it is selected."""
        selection = self.context.studio.selection
        if pointer.ctrl or pointer.shift:
            selection.toggle_keypoint(self._handle)
        else:
            selection.select_keypoints((self._handle,))
        return State.IDLE

    def click_elsewhere(self, pointer: Pointer) -> State:
        """Select the shape that was clicked; deselect the keypoints."""
        studio = self.context.studio
        hit = self.context.surface_at(pointer.position)
        if hit is not None and hit.item.id != studio.selection.item_id:
            studio.selection.select_item(hit.item.id)
        elif not (pointer.ctrl or pointer.shift):
            studio.selection.select_keypoints(())
        return State.IDLE

    def drag(self, pointer: Pointer) -> State:
        """Take the held keypoints along."""
        self._dragging.move(pointer.position)
        return State.DRAGGING

    def drop(self, pointer: Pointer) -> State:
        """Keep what the drag did."""
        self._dragging.commit(pointer.position)
        return self.hover(pointer)

    def give_up(self, pointer: Pointer) -> State:
        """Put back what the drag did; another button was pressed."""
        self._dragging.cancel()
        return State.SPENT

    # --- the rest ------------------------------------------------------------------------------

    def hover(self, pointer: Pointer) -> State:
        """Say what is under the cursor."""
        self._hovering.move(pointer.position)
        return State.IDLE

    def leave(self, pointer: Pointer) -> State:
        """Nothing is under the cursor any more."""
        self._hovering.clear()
        return State.IDLE

    def orbit(self, pointer: Pointer) -> State:
        """Turn the camera once the cursor has left the spot."""
        if self.state is State.ON_SHAPE:
            if not self._moved(pointer):
                return State.ON_SHAPE
            self.context.studio.selection.hover(None)
        self._navigation.orbit(pointer.position)
        return State.ORBITING

    def frame(self, pointer: Pointer) -> State:
        """Pull the selection frame once the cursor has left the spot."""
        if self.state is State.ON_BOX and not self._moved(pointer):
            return State.ON_BOX
        self._box.move(pointer.position)
        return State.BOXING

    def choose_framed(self, pointer: Pointer) -> State:
        """Select what is in the frame."""
        self._box.commit(add=pointer.ctrl)
        return State.IDLE

    def start_pan(self, pointer: Pointer) -> State:
        """Begin to shift the view."""
        self._navigation.begin(pointer.position)
        return State.PANNING

    def pan(self, pointer: Pointer) -> State:
        """Shift the view."""
        self._navigation.pan(pointer.position)
        return State.PANNING

    def start_pull(self, pointer: Pointer) -> State:
        """Begin to come nearer."""
        self._navigation.begin(pointer.position)
        return State.PULLING

    def pull(self, pointer: Pointer) -> State:
        """Come nearer, or go back."""
        self._navigation.pull(pointer.position)
        return State.PULLING

    def zoom_in(self, pointer: Pointer) -> State:
        """Come nearer to what is under the cursor."""
        self._navigation.wheel(pointer.position, 1)
        return self.state

    def zoom_out(self, pointer: Pointer) -> State:
        """Go away from what is under the cursor."""
        self._navigation.wheel(pointer.position, -1)
        return self.state

    def rest(self, pointer: Pointer) -> State:
        """Be done."""
        return self.hover(pointer)

    def _moved(self, pointer: Pointer) -> bool:
        across, along = pointer.x - self._press.x, pointer.y - self._press.y
        return bool((across**2 + along**2) ** 0.5 > self.context.logical(THRESHOLD))

    def _escape(self) -> bool:
        if self.state is State.DRAGGING:
            self._dragging.cancel()
        elif self.state is State.BOXING:
            self._box.cancel()
        elif self.state is State.IDLE and self.context.studio.selection.keypoints:
            self.context.studio.selection.select_keypoints(())
            return True
        elif not self.busy:
            return False
        self.state = State.SPENT
        self._say("")
        return True


_TABLE: dict[tuple[State, Event], Handler] = {
    (State.IDLE, Event.MOVE): Tools.hover,
    (State.IDLE, Event.LEAVE): Tools.leave,
    (State.IDLE, Event.PRESS): Tools.press,
    (State.IDLE, Event.MIDDLE_PRESS): Tools.start_pan,
    (State.IDLE, Event.RIGHT_PRESS): Tools.start_pull,
    (State.IDLE, Event.WHEEL_FORWARD): Tools.zoom_in,
    (State.IDLE, Event.WHEEL_BACKWARD): Tools.zoom_out,
    (State.ON_HANDLE, Event.MOVE): Tools.grab,
    (State.ON_HANDLE, Event.RELEASE): Tools.click_handle,
    (State.ON_SHAPE, Event.MOVE): Tools.orbit,
    (State.ON_SHAPE, Event.RELEASE): Tools.click_elsewhere,
    (State.ON_BOX, Event.MOVE): Tools.frame,
    (State.ON_BOX, Event.RELEASE): Tools.click_elsewhere,
    (State.DRAGGING, Event.MOVE): Tools.drag,
    (State.DRAGGING, Event.RELEASE): Tools.drop,
    (State.DRAGGING, Event.PRESS): Tools.drop,
    (State.DRAGGING, Event.RIGHT_PRESS): Tools.give_up,
    (State.DRAGGING, Event.MIDDLE_PRESS): Tools.give_up,
    (State.ORBITING, Event.MOVE): Tools.orbit,
    (State.ORBITING, Event.RELEASE): Tools.rest,
    (State.BOXING, Event.MOVE): Tools.frame,
    (State.BOXING, Event.RELEASE): Tools.choose_framed,
    (State.BOXING, Event.PRESS): Tools.choose_framed,
    (State.PANNING, Event.MOVE): Tools.pan,
    (State.PANNING, Event.MIDDLE_RELEASE): Tools.rest,
    (State.PULLING, Event.MOVE): Tools.pull,
    (State.PULLING, Event.RIGHT_RELEASE): Tools.rest,
    (State.SPENT, Event.RELEASE): Tools.rest,
    # A release that went to another window: the next press starts afresh.
    (State.SPENT, Event.PRESS): Tools.press,
    (State.ON_HANDLE, Event.PRESS): Tools.press,
    (State.ON_SHAPE, Event.PRESS): Tools.press,
    (State.ORBITING, Event.PRESS): Tools.press,
    (State.PANNING, Event.PRESS): Tools.press,
    (State.PULLING, Event.PRESS): Tools.press,
}
