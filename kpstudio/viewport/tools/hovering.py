"""What is under the cursor: the handle lights up, the status bar says what it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.tools.context import Hit, ToolContext
from kpstudio.viewport.tools.matching import Matching


class Hovering:
    """Follows the cursor while no button is held.

    Parameters
    ----------
    context
        What it works on.
    say
        Told what is under the cursor; "" for nothing.
    field
        Gives the field that colours a shape, by the id of its item, if one does.
    matching
        Lights up matches.
    """

    def __init__(
        self,
        context: ToolContext,
        say: Callable[[str], None],
        field: Callable[[int], ShownField | None],
        matching: Matching,
    ) -> None:
        self._context, self._say, self._field = context, say, field
        self._matching = matching

    def move(self, cursor: tuple[float, float]) -> None:
        """Look what is under the cursor."""
        index = self._context.handle_at(cursor)
        self._context.studio.selection.hover(index)
        text = self._matching.hover(cursor)
        if not text:
            text = self._surface_text(cursor) if index is None else self._handle_text(index)
        self._say(text)

    def clear(self) -> None:
        """Forget what was there: the cursor is elsewhere."""
        self._context.studio.selection.hover(None)
        self._context.studio.corresponding.hover(None)
        self._say("")

    def _handle_text(self, index: int) -> str:
        item = self._context.studio.selected
        keypoints = item.value.keypoints if item is not None else None
        if item is None or keypoints is None:
            return ""
        assert keypoints.confidence is not None
        assert keypoints.locked is not None
        name, where = keypoints.schema.names[index], keypoints.positions[index]
        known = "" if name == str(index) else f" {name}"
        text = f"keypoint {index}{known} · {_coordinates(where, item.value.mesh.diagonal)}"
        if keypoints.confidence[index] < 1.0:
            detection = item.value.detection
            what = detection.confidence_means if detection is not None else "confidence"
            text += f" · {what} {keypoints.confidence[index]:.2f}"
        return f"{text} · locked" if keypoints.locked[index] else text

    def _surface_text(self, cursor: tuple[float, float]) -> str:
        hit = self._context.surface_at(cursor, quick=True)
        if hit is None:
            return ""
        mesh = hit.item.value.mesh
        text = f"{hit.item.name} · {_coordinates(hit.point.position, mesh.diagonal)}"
        if mesh.unit:
            text += f" {mesh.unit}"
        value = self._value(hit)
        return f"{text} · {value}" if value else text

    def _value(self, hit: Hit) -> str:
        field = self._field(hit.item.id)
        if field is None or field.colors is not None:
            return ""
        corners = hit.item.value.mesh.faces[hit.point.face]
        value = float(np.asarray(field.values)[corners] @ hit.point.barycentric)
        return f"{field.title} {value:.4g} {field.unit}".rstrip()


def _coordinates(point: FloatArray, scale: float) -> str:
    """Return a point as text, with as many digits as a ten-thousandth of the shape needs."""
    step = max(scale, 1e-300) * 1e-4
    digits = int(min(max(-np.floor(np.log10(step)), 0.0), 9.0))
    return ", ".join(f"{value:.{digits}f}" for value in point)
