"""Up and front of the selected shape, six ways each, or guessed."""

from __future__ import annotations

from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from kpstudio.app.studio import Studio
from kpstudio.geometry.orientation import AXES, Orientation
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.axis_picker import AxisPicker
from kpstudio.ui.widgets.labels import tool_button


class OrientationControl(QWidget):
    """Two rows of axes and a button that guesses.

    Parameters
    ----------
    studio
        Whose selected shape is oriented.
    themes
        Colours of the icon.
    """

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self._studio = studio
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        self.up, self.front = AxisPicker("Up"), AxisPicker("Front")
        self.guess = tool_button("Guess up and front from the shape")
        themes.set_icon(self.guess, "fa6s.wand-magic-sparkles")
        for row, (text, picker) in enumerate((("Up", self.up), ("Front", self.front))):
            grid.addWidget(QLabel(text), row, 0)
            grid.addWidget(picker, row, 1)
        grid.addWidget(self.guess, 0, 2, 2, 1)
        grid.setColumnStretch(1, 1)
        self.up.picked.connect(self._pick_up)
        self.front.picked.connect(self._pick_front)
        self.guess.clicked.connect(lambda: self._studio.detecting.guess_orientation())

    def show_orientation(self, orientation: Orientation | None) -> None:
        """Show a shape's orientation; None when there is no shape."""
        self.setEnabled(orientation is not None)
        shown = orientation or Orientation()
        self.up.show_axis(shown.up)
        self.front.show_axis(shown.front, [axis for axis in AXES if axis[1] == shown.up[1]])

    def _pick_up(self, up: str) -> None:
        item = self._studio.selected
        if item is None:
            return
        front = item.value.orientation.front
        if front[1] == up[1]:
            # The old up is free now: a shape lying on its back is set up by one click.
            front = item.value.orientation.up if item.value.orientation.up[1] != up[1] else "+z"
            front = front if front[1] != up[1] else "+y"
        self._studio.orient(item.id, Orientation(up, front))

    def _pick_front(self, front: str) -> None:
        item = self._studio.selected
        if item is not None:
            self._studio.orient(item.id, Orientation(item.value.orientation.up, front))
