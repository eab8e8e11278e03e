"""The little axes in the corner: which way x, y and z point, which of them is up and front."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.orientation import Orientation
from kpstudio.viewport.palette import AXES, Color, Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.sketch import Strokes, Text
from kpstudio.viewport.stage import Stage

# Logical pixels.
_CENTER = (82.0, 60.0)
_LENGTH = 34.0
_LABEL = 12.0
_WIDTH = 2.5
#: How much an axis that points away fades into the background.
_FADE = 0.55


class Triad:
    """Draws the file's axes at the lower left of the view.

    Parameters
    ----------
    stage
        Where it is drawn.
    """

    def __init__(self, stage: Stage) -> None:
        self._arms = Strokes(stage)
        self._names = [Text(stage, 11) for _ in range(3)]
        self._palette: Palette | None = None
        self._roles = ("", "", "")
        self._visible = True

    @property
    def labels(self) -> list[str]:
        """What stands at the three axes."""
        return [name.text for name in self._names]

    def show(self, visible: bool) -> None:
        """Show or hide it."""
        self._visible = visible
        for part in (self._arms, *self._names):
            part.show(visible)

    def update(self, orientation: Orientation | None, palette: Palette) -> None:
        """Take the theme's colours and the orientation of the selected shape."""
        self._palette = palette
        self._roles = ("", "", "")
        if orientation is not None:
            self._roles = tuple(_role(axis, orientation) for axis in "xyz")  # type: ignore[assignment]
        for part in (self._arms, *self._names):
            part.show(self._visible)

    def place(self, view: Projection, ratio: float) -> None:
        """Turn it as the camera is turned."""
        if self._palette is None:
            return
        frame = np.stack([view.right, view.up, -view.forward])
        tips = frame.T  # row i: axis i as (right, up, towards the viewer)
        center = np.array(_CENTER) * ratio
        order = np.argsort(tips[:, 2])  # the nearest is drawn last
        ends = np.stack([np.stack([center, center + tips[i, :2] * _LENGTH * ratio])
                         for i in order])  # fmt: skip
        shades = [_shade(AXES[i], self._palette, float(tips[i, 2])) for i in order]
        self._arms.set_lines(ends, np.array(shades), _WIDTH * ratio)
        for axis, shade in zip(order, shades, strict=True):
            self._place_name(axis, tips[axis, :2], shade, center, ratio)

    def close(self) -> None:
        """Leave the stage."""
        for part in (self._arms, *self._names):
            part.close()

    def _place_name(
        self, axis: int, tip: FloatArray, shade: Color, center: FloatArray, ratio: float
    ) -> None:
        assert self._palette is not None
        name, role = self._names[axis], self._roles[axis]
        length = max(float(np.linalg.norm(tip)), 1e-6)
        x, y = center + tip * (_LENGTH + _LABEL / max(length, 0.35)) * ratio
        name.set(f"{'xyz'[axis]} {role}".strip(), shade, self._palette)
        name.move(x, y, "center" if abs(tip[0]) < 0.3 else "left" if tip[0] > 0 else "right")


def _role(axis: str, orientation: Orientation) -> str:
    roles = ((orientation.up, "up", "down"), (orientation.front, "front", "back"))
    for name, along, against in roles:
        if name[1] == axis:
            return along if name[0] == "+" else against
    return ""


def _shade(color: Color, palette: Palette, toward: float) -> Color:
    fade = _FADE * max(-toward, 0.0)
    mixed = [(1.0 - fade) * c + fade * b for c, b in zip(color, palette.bottom, strict=True)]
    return mixed[0], mixed[1], mixed[2]
