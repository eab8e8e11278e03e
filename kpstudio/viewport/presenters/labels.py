"""Names beside the keypoints that are selected, hovered or all of them."""

from __future__ import annotations

import numpy as np

from kpstudio.app.options import Labels
from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.data.keypoints import KeypointSet
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.sketch import Text

#: More words than this hide the shape and make every frame slow.
LIMIT = 200
_GAP = 6.0  #: between handle and label, logical pixels
_FADED = 0.5
_EDGE = 0.88  #: share of the view's width


class LabelPresenter:
    """Draws the labels of one item.

    Parameters
    ----------
    stage
        Where they are drawn.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._labels: dict[int, Text] = {}
        self._positions: FloatArray = np.zeros((0, 3))
        self._offset = 0.0
        self._seen: tuple[object, ...] | None = None

    @property
    def texts(self) -> dict[int, str]:
        """What is shown, by keypoint."""
        return {index: label.text.strip() for index, label in self._labels.items()}

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        keypoints = look.shape.keypoints
        indices: tuple[int, ...] = ()
        in_play = look.active or look.matched is not None
        if keypoints is not None and in_play and look.item.visible and look.view.keypoints:
            indices = _labelled(look, keypoints)
            self._positions = keypoints.positions
            self._offset = look.view.handle_size + _GAP
        for index in [index for index in self._labels if index not in indices]:
            self._labels.pop(index).close()
        names = keypoints.schema.names if keypoints is not None else ()
        key = (indices, names, look.palette)
        if key == self._seen:
            return
        self._seen = key
        for index in indices:
            label = self._labels.get(index) or Text(self._stage, plate=True)
            self._labels[index] = label
            label.set(names[index], look.palette.text, look.palette)

    def fade(self, hidden: BoolArray) -> None:
        """Make the labels of keypoints behind a surface, (k,) True, step back."""
        for index, label in self._labels.items():
            label.set_opacity(_FADED if index < len(hidden) and hidden[index] else 1.0)

    def place(self, view: Projection, ratio: float) -> None:
        """Put the labels beside their keypoints."""
        if not self._labels:
            return
        screen = view.to_screen(self._positions)
        for index, label in self._labels.items():
            x, y = screen[index]
            # Behind the camera there is nothing to name.
            label.show(bool(np.isfinite(x)))
            if np.isfinite(x):
                # Beside the edge of the view there is room on the other side only.
                left = x > _EDGE * view.size[0]
                away = self._offset * ratio
                label.move(x - away if left else x + away, y, "right" if left else "left")

    def close(self) -> None:
        """Leave the stage."""
        for label in self._labels.values():
            label.close()
        self._labels.clear()


def _labelled(look: Look, keypoints: KeypointSet) -> tuple[int, ...]:
    assert keypoints.defined is not None
    if look.view.labels is Labels.NONE:
        return ()
    wanted = range(len(keypoints)) if look.view.labels is Labels.ALL else look.chosen
    hovered = () if look.hovered is None else (look.hovered,)
    unique = dict.fromkeys((*hovered, *wanted))
    return tuple(i for i in unique if i < len(keypoints) and keypoints.defined[i])[:LIMIT]
