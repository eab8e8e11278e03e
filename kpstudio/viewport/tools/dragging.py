"""Dragging keypoints: from the press on a handle to one undoable step."""

from __future__ import annotations

import numpy as np

from kpstudio.app.drag import DragSession
from kpstudio.app.notices import Level, Notice
from kpstudio.app.options import EditMode
from kpstudio.base.arrays import FloatArray
from kpstudio.document.item import Item
from kpstudio.viewport.picking import SurfacePicker
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.tools.axis_guide import AxisGuide
from kpstudio.viewport.tools.context import ToolContext
from kpstudio.viewport.tools.gesture import Constraint, Gesture, Mode

_MODE_KEYS = {"G": Mode.MOVE, "R": Mode.ROTATE, "S": Mode.SCALE}


class Dragging:
    """One drag at a time.

    Parameters
    ----------
    context
        What it works on.
    """

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        #: The line along which the drag is held.
        self.guide = AxisGuide(context.stage)
        self._session: DragSession | None = None
        self._gesture: Gesture | None = None
        self._surface: SurfacePicker | None = None
        self._placed: FloatArray = np.zeros(3)
        self._item: Item | None = None
        self._cursor = (0.0, 0.0)
        self._newest: tuple[float, float] | None = None

    @property
    def active(self) -> bool:
        """Whether a drag is going on."""
        return self._session is not None

    @property
    def item_id(self) -> int | None:
        """The item being dragged."""
        return self._item.id if self._item is not None and self.active else None

    @property
    def hint(self) -> str:
        """What is going on and what else can be done, for the status bar."""
        gesture, session = self._gesture, self._session
        if gesture is None or session is None:
            return ""
        if self._surface is not None:
            return "Placing on the surface · Esc cancels"
        how = gesture.constraint.title if gesture.constraint is not None else "in the view plane"
        parts = [f"{gesture.mode} {how}", "X Y Z axis, with Shift plane"]
        if len(session.indices) > 1:
            parts.append("G move, R rotate, S scale")
        return " · ".join([*parts, "Esc cancels"])

    def begin(self, index: int, cursor: tuple[float, float]) -> bool:
        """Start dragging keypoint `index` with all that are selected; False when that cannot be."""
        item = self._context.studio.selected
        if item is None or item.value.keypoints is None:
            return False
        selection = self._context.studio.selection
        if index not in selection.keypoints:
            selection.select_keypoints((index,))
        self._item = item
        placing = self._context.studio.editing.value.mode is EditMode.PLACE
        indices = (index,) if placing else selection.keypoints
        if not self._open(index, indices, Mode.MOVE):
            return False
        self._surface = None
        if placing and len(item.value.current.faces):
            self._surface = self._context.picker(item)
        assert self._session is not None
        anchor = item.value.keypoints.positions[index]
        self._gesture = Gesture(self._context.view_of(item), self._session.start, anchor, cursor)
        self._placed = anchor
        self._cursor = cursor
        return True

    def move(self, cursor: tuple[float, float]) -> None:
        """Hear where the cursor is; the next frame goes there."""
        self._newest = cursor
        self._context.request()

    def repeat(self) -> None:
        """Show the drag again in the next frame, if there is one."""
        if self.active:
            self._newest = self._newest or self._cursor

    def flush(self) -> None:
        """Go where the cursor was last: one solve, however many moves there were."""
        cursor, self._newest = self._newest, None
        if self._item is not None and self._document_has_changed():
            self.forget()
        if cursor is not None and self._session is not None and self._gesture is not None:
            self._cursor = cursor
            self._session.move(self._offsets(cursor))

    def key(self, key: str, shift: bool) -> bool:
        """Constrain the drag or change what it does; whether the key means anything to it."""
        gesture, session = self._gesture, self._session
        if gesture is None or session is None:
            return False
        self.flush()
        if key in "XYZ" and len(key) == 1:
            self._gesture = gesture.constrained(Constraint("XYZ".index(key), across=shift))
        elif key in _MODE_KEYS:
            self._change_mode(_MODE_KEYS[key])
        else:
            return False
        if self._item is not None:
            place = self._context.studio.arranging.place(self._item.id)
            self.guide.show(self._gesture, self._item, place)
        self.move(self._cursor)
        return True

    def commit(self, cursor: tuple[float, float] | None = None) -> None:
        """Keep what was done, up to the cursor if it is given, as one step."""
        self._newest = cursor or self._newest
        self.flush()
        session = self._session
        self._end()
        if session is not None:
            session.commit()

    def cancel(self) -> None:
        """Put everything back."""
        session = self._session
        self._end()
        if session is not None:
            session.cancel()

    def forget(self) -> None:
        """Drop the drag as it is: its item has changed underneath."""
        self._end()

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels."""
        self.guide.place(ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._end()
        self.guide.close()

    # --- inside --------------------------------------------------------------------------------

    def _open(self, index: int, indices: tuple[int, ...], mode: Mode) -> bool:
        """Begin a session; tell the person why when there is none."""
        studio, item = self._context.studio, self._item
        keypoints = item.value.keypoints if item is not None else None
        if item is None or keypoints is None:
            return False
        assert keypoints.locked is not None
        if keypoints.locked[index]:
            name = keypoints.schema.names[index]
            studio.notify(Notice(Level.INFO, f"{name} is locked", "Unlock it in the table."))
            return False
        self._session = studio.edits.begin_drag(item.id, indices, mode.value)
        if self._session is None:
            studio.notify(Notice(Level.INFO, "Preparing… try again in a moment"))
        return self._session is not None

    def _document_has_changed(self) -> bool:
        item = self._item
        return item is not None and self._context.studio.document.find(item.id) is not item

    def _change_mode(self, mode: Mode) -> None:
        """Start again from the press as another kind of drag, here."""
        item, session, gesture = self._item, self._session, self._gesture
        if item is None or session is None or gesture is None or self._surface is not None:
            return
        alone = len(session.indices) < 2  # one point has nothing to turn or scale
        if mode is gesture.mode or (alone and mode is not Mode.MOVE):
            return
        session.cancel()
        again = self._context.studio.edits.begin_drag(item.id, session.indices, mode.value)
        self._session = again or session
        self._gesture = gesture.restarted(mode, self._cursor)

    def _offsets(self, cursor: tuple[float, float]) -> FloatArray:
        assert self._gesture is not None
        if self._surface is None:
            return self._gesture.offsets(cursor)
        ray = self._gesture.target(cursor)
        point = self._surface.meet(ray)
        if point is None:
            # Off the shape: at its rim, as near to the cursor as its surface gets.
            point = self._surface.nearest_to(ray, self._placed)
        if point is None:
            return np.zeros((1, 3))
        self._placed = point.position
        return point.position - self._gesture.points

    def _end(self) -> None:
        self._session = self._gesture = self._surface = self._item = self._newest = None
        self.guide.hide()
        self._context.request()
