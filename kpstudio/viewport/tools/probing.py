"""Setting the probe: a click on a shape, or its marker pulled over the shapes."""

from __future__ import annotations

import numpy as np

from kpstudio.viewport.picking import REACH
from kpstudio.viewport.tools.context import Hit, ToolContext


class Probing:
    """Puts the probe on the vertex nearest to the cursor.

    Parameters
    ----------
    context
        What it works on.
    """

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._waiting: tuple[float, float] | None = None

    @property
    def active(self) -> bool:
        """Whether a click on a shape means the probe."""
        return self._context.studio.descriptors.is_probing

    def holds(self, cursor: tuple[float, float]) -> bool:
        """Whether the probe's marker is under the cursor, device pixels."""
        studio = self._context.studio
        probe = studio.descriptors.state.value.probe
        item = studio.document.find(probe.item_id) if self.active and probe is not None else None
        if probe is None or item is None or not item.visible:
            return False
        vertices = item.value.current.vertices
        if probe.vertex >= len(vertices):
            return False
        screen = self._context.view_of(item).to_screen(vertices[probe.vertex])[0]
        away = float(np.linalg.norm(screen - cursor))
        return away <= self._context.logical(REACH)  # NaN behind the eye is not

    def set(self, cursor: tuple[float, float]) -> bool:
        """Put the probe under the cursor; False where there is no shape."""
        hit = self._context.surface_at(cursor)
        found = (hit.item.id, _vertex(hit)) if hit is not None else self._in_clouds(cursor)
        if found is None:
            return False
        self._context.studio.descriptors.probe(*found)
        return True

    def pull(self, cursor: tuple[float, float]) -> None:
        """Take the probe along, at the next frame: distances cost more than a mouse move."""
        self._waiting = cursor
        self._context.request()

    def _in_clouds(self, cursor: tuple[float, float]) -> tuple[int, int] | None:
        """Return item and vertex of the point under the cursor that is nearest to the eye."""
        best, nearest = None, np.inf
        for item in self._context.studio.document:
            mesh = item.value.current
            if not item.visible or len(mesh.faces):
                continue
            view = self._context.view_of(item)
            away = np.linalg.norm(view.to_screen(mesh.vertices) - cursor, axis=1)
            under = np.flatnonzero(away <= self._context.logical(REACH))
            scale = self._context.studio.arranging.place(item.id).scale
            depths = scale * view.depths(mesh.vertices[under])
            if len(under) and depths.min() < nearest:
                nearest, best = float(depths.min()), (item.id, int(under[depths.argmin()]))
        return best

    def flush(self) -> None:
        """Go where the cursor has gone since the last frame."""
        if self._waiting is not None:
            cursor, self._waiting = self._waiting, None
            self.set(cursor)


def _vertex(hit: Hit) -> int:
    """Return the vertex nearest to the place that was hit."""
    corners = hit.item.value.mesh.faces[hit.point.face]
    away = np.linalg.norm(hit.item.value.current.vertices[corners] - hit.point.position, axis=1)
    return int(corners[away.argmin()])
