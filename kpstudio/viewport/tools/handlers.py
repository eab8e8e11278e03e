"""What the mouse can do, one method for each cell of the table in `tools`."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.match_lines import MatchLines
from kpstudio.viewport.tools.box import BoxSelection
from kpstudio.viewport.tools.context import ToolContext
from kpstudio.viewport.tools.dragging import Dragging
from kpstudio.viewport.tools.events import Pointer
from kpstudio.viewport.tools.hovering import Hovering
from kpstudio.viewport.tools.matching import Matching
from kpstudio.viewport.tools.navigation import Navigation
from kpstudio.viewport.tools.probing import Probing

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
    PROBING = auto()
    SPENT = auto()  #: the gesture is over, the button still held


class Handlers:
    """Does what an event asks for and returns the state that follows.

    Parameters
    ----------
    context
        What is worked on.
    say
        Told what is under the cursor.
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
        self.context = context
        self.dragging = Dragging(context)
        self.box = BoxSelection(context)
        self.probing = Probing(context)
        self._navigation = Navigation(context)
        self.matching = Matching(context, matches)
        self._hovering = Hovering(context, say, field, self.matching)
        self._handle = 0
        self._press = Pointer(0.0, 0.0)

    def close(self) -> None:
        """Give up what is going on and leave the stage."""
        self.dragging.close()
        self.box.close()
        self.matching.close()

    # --- left button ---------------------------------------------------------------------------

    def press(self, pointer: Pointer) -> State:
        """See what is pressed: a handle, or something else."""
        self._press = pointer
        self._navigation.begin(pointer.position)
        if self.matching.press(pointer.position):
            return State.SPENT
        handle = self.context.handle_at(pointer.position)
        if handle is not None:
            self._handle = handle
            return State.ON_HANDLE
        if self.probing.holds(pointer.position):
            return State.PROBING
        if pointer.shift:
            self.box.begin(pointer.position)
            return State.ON_BOX
        return State.ON_SHAPE

    def grab(self, pointer: Pointer) -> State:
        """Start the drag once the cursor has left the spot."""
        if not self._moved(pointer):
            return State.ON_HANDLE
        if not self.dragging.begin(self._handle, self._press.position):
            return State.SPENT
        self.dragging.move(pointer.position)
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
        """Select the shape that was clicked; deselect the keypoints. Or set the probe there."""
        studio = self.context.studio
        if self.probing.active and self.probing.set(pointer.position):
            return State.IDLE
        hit = self.context.surface_at(pointer.position)
        if hit is not None and hit.item.id != studio.selection.item_id:
            studio.selection.select_item(hit.item.id)
        elif not (pointer.ctrl or pointer.shift):
            studio.selection.select_keypoints(())
        return State.IDLE

    def drag(self, pointer: Pointer) -> State:
        """Take the held keypoints along."""
        self.dragging.move(pointer.position)
        return State.DRAGGING

    def drop(self, pointer: Pointer) -> State:
        """Keep what the drag did."""
        self.dragging.commit(pointer.position)
        return self.hover(pointer)

    def give_up(self, pointer: Pointer) -> State:
        """Put back what the drag did; another button was pressed."""
        self.dragging.cancel()
        return State.SPENT

    def probe(self, pointer: Pointer) -> State:
        """Take the probe along."""
        self.probing.pull(pointer.position)
        return State.PROBING

    def leave_probe(self, pointer: Pointer) -> State:
        """Leave the probe where it is let go: a click on its marker moves it too."""
        self.probing.pull(pointer.position)
        return self.rest(pointer)

    # --- the rest ------------------------------------------------------------------------------

    def hover(self, pointer: Pointer) -> State:
        """Say what is under the cursor."""
        self._hovering.move(pointer.position)
        return State.IDLE

    def leave(self, pointer: Pointer) -> State:
        """Nothing is under the cursor any more."""
        self._hovering.clear()
        return State.IDLE

    def start_orbit(self, pointer: Pointer) -> State:
        """Turn the camera once the cursor has left the spot."""
        if not self._moved(pointer):
            return State.ON_SHAPE
        self.context.studio.selection.hover(None)
        return self.orbit(pointer)

    def orbit(self, pointer: Pointer) -> State:
        """Turn the camera."""
        self._navigation.orbit(pointer.position)
        return State.ORBITING

    def start_frame(self, pointer: Pointer) -> State:
        """Pull the selection frame once the cursor has left the spot."""
        return self.frame(pointer) if self._moved(pointer) else State.ON_BOX

    def frame(self, pointer: Pointer) -> State:
        """Pull the selection frame."""
        self.box.move(pointer.position)
        return State.BOXING

    def choose_framed(self, pointer: Pointer) -> State:
        """Select what is in the frame."""
        self.box.commit(add=pointer.ctrl)
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
        return State.IDLE

    def zoom_out(self, pointer: Pointer) -> State:
        """Go away from what is under the cursor."""
        self._navigation.wheel(pointer.position, -1)
        return State.IDLE

    def rest(self, pointer: Pointer) -> State:
        """Be done."""
        return self.hover(pointer)

    def _moved(self, pointer: Pointer) -> bool:
        across, along = pointer.x - self._press.x, pointer.y - self._press.y
        return bool((across**2 + along**2) ** 0.5 > self.context.logical(THRESHOLD))
