"""The lines that a schema draws between keypoints."""

from __future__ import annotations

import numpy as np

from kpstudio.data.keypoints import KeypointSet
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.lines import Lines
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection


class SkeletonPresenter:
    """Draws the schema's edges of one item.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._lines = Lines(stage, 1.2, overlay=True, opacity=0.55)
        self._seen: tuple[object, ...] | None = None

    @property
    def lines(self) -> Lines:
        """The lines, for tests."""
        return self._lines

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        keypoints = look.shape.keypoints
        edges = _edges(keypoints) if keypoints is not None else np.zeros((0, 2), np.int32)
        shown = look.active and look.item.visible and look.view.keypoints and len(edges) > 0
        self._lines.show(shown)
        key = (keypoints, look.palette)
        if keypoints is None or not shown or key == self._seen:
            return
        self._seen = key
        self._lines.set_segments(edges, len(keypoints))
        self._lines.set_points(keypoints.positions, look.shape.mesh.origin)
        self._lines.set_color(look.palette.text)

    def place(self, view: Projection, ratio: float) -> None:
        """Keep the width."""
        self._lines.place(ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._lines.close()


def _edges(keypoints: KeypointSet) -> np.ndarray:
    """Return the edges (e,2) whose ends are both there."""
    assert keypoints.defined is not None
    edges = np.array(keypoints.schema.edges, np.int32).reshape(-1, 2)
    return edges[keypoints.defined[edges].all(axis=1)]
