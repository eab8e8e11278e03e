"""Nudging the selected keypoints with the arrow keys, in the plane of the view."""

from __future__ import annotations

import numpy as np

from kpstudio.app.options import EditMode
from kpstudio.viewport.tools.context import ToolContext

#: (right, up) on the screen.
ARROWS = {"Left": (-1.0, 0.0), "Right": (1.0, 0.0), "Up": (0.0, 1.0), "Down": (0.0, -1.0)}
#: One step, times the longest side of the shape; with Shift, with Ctrl.
_STEP, _LARGE, _FINE = 0.005, 10.0, 0.1


def can_nudge(context: ToolContext) -> bool:
    """Whether there is a keypoint to nudge."""
    item = context.studio.selected
    return item is not None and item.visible and bool(context.studio.selection.keypoints)


def nudge(context: ToolContext, key: str, shift: bool, ctrl: bool) -> None:
    """Move the selected keypoints one step.

    Parameters
    ----------
    context
        What is worked on.
    key
        One of `ARROWS`.
    shift, ctrl
        A larger, a finer step.
    """
    item = context.studio.selected
    if item is None or not can_nudge(context):
        return
    view = context.view_of(item)
    across, along = ARROWS[key]
    bounds = item.value.mesh.bounds
    step = _STEP * float((bounds[1] - bounds[0]).max())
    step *= (_LARGE if shift else 1.0) * (_FINE if ctrl else 1.0)
    offset = step * (across * view.right + along * view.up)
    chosen = context.studio.selection.keypoints
    if context.studio.editing.value.mode is EditMode.PLACE and len(item.value.current.faces):
        _slide(context, offset)
    else:
        context.studio.edits.nudge(item.id, chosen, offset)


def _slide(context: ToolContext, offset: np.ndarray) -> None:
    """Move the selected keypoints along the surface."""
    item = context.studio.selected
    assert item is not None
    session = context.studio.edits.begin_drag(item.id, context.studio.selection.keypoints, "Nudge")
    if session is None:
        return
    surface = context.picker(item)
    points = [surface.closest(start + offset) for start in session.start]
    session.move(np.array([point.position for point in points if point is not None])
                 - session.start)  # fmt: skip
    session.commit(merge=True)
