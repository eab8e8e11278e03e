"""The third tab of a collection: how its shapes vary, and a mesh that follows."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from kpstudio.app.collecting import Collecting
from kpstudio.app.collection.shape_space import ShapeSpace, usual_entry
from kpstudio.app.studio import Studio
from kpstudio.base.arrays import FloatArray
from kpstudio.ui.collection_morph import MorphView
from kpstudio.ui.panels.shape_modes import ModeSliders
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.bars import Bars
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import heading, muted
from kpstudio.ui.widgets.scatter import Scatter

_RIGHT = 340
#: Animation: milliseconds a frame, seconds a swing, how far in standard deviations.
_FRAME, _SWING, _FAR = 50, 3.0, 2.0


class CollectionSpace(QWidget):
    """Modes as sliders, explained variance, a plot of all shapes, and a preview.

    Parameters
    ----------
    studio
        The application.
    themes
        The look.
    """

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self._collecting: Collecting = studio.collecting
        self._space: ShapeSpace | None = None
        self._row = -1
        self.values: FloatArray = np.zeros(0)
        self.view = MorphView(self._collecting, themes)
        self.sliders = ModeSliders(self._slid, self._give_up)
        self.bars, self.scatter = Bars(), Scatter()
        self.shape, self.across, self.upward = Choice(), Choice(), Choice()
        self.shape.setToolTip("Whose mesh is deformed")
        self.mean_button, self.own_button = QPushButton("Mean"), QPushButton("This shape")
        self.mean_button.setToolTip("All coefficients to zero")
        self.own_button.setToolTip("The shape as it is")
        self.animate_button = QPushButton("Animate")
        self.animate_button.setCheckable(True)
        self.animate_button.setToolTip("Swing along the mode of the horizontal axis")
        self.caption = muted()
        self._clock = QTimer(self)
        self._clock.setInterval(_FRAME)
        self._clock.timeout.connect(self._swing)
        self._time = 0.0
        self._lay_out()
        self.shape.currentIndexChanged.connect(self._choose_shape)
        for choice in (self.across, self.upward):
            choice.currentIndexChanged.connect(self._show_plots)
        self.mean_button.clicked.connect(lambda: self._go(np.zeros(len(self.values))))
        self.own_button.clicked.connect(self._go_home)
        self.animate_button.toggled.connect(self._animate)
        self.scatter.picked.connect(self._pick)
        self.scatter.moved.connect(self._move)
        self.bars.picked.connect(self._pick_mode)

    def stop(self) -> None:
        """Stand still: the dialog closes."""
        self._clock.stop()
        self.view.stop()

    def show_collection(self) -> None:
        """Show what there is now."""
        space = self._collecting.space
        if space is self._space:
            return
        known, self._space = self._space, space
        if known is not None and space is not None and known.model is space.model:
            return  # a label has another name: nothing here shows it
        self.animate_button.setChecked(False)
        self._row = -1
        self.values = np.zeros(len(space.model.loadings) if space is not None else 0)
        self.sliders.show_coefficients(self.values if space is not None else None)
        self._fill(space)
        for widget in (self.shape, self.across, self.upward, self.mean_button, self.own_button,
                       self.animate_button):  # fmt: skip
            widget.setEnabled(space is not None)
        if space is None or self._collecting.collection is None:
            self.view.show_morph(None)
            self.caption.setText("")
        else:
            row, _ = usual_entry(self._collecting.collection, space)
            self.shape.select_data(row)
            self._choose_shape()
            self._show_caption(space)
        self._show_plots()

    # --- inside --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.shape, 1)
        for button in (self.own_button, self.mean_button, self.animate_button):
            row.addWidget(button)
        left = QVBoxLayout()
        left.addLayout(row)
        left.addWidget(self.view, 1)
        left.addWidget(self.caption)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.sliders)
        axes = QHBoxLayout()
        axes.addWidget(self.across)
        axes.addWidget(self.upward)
        right = QVBoxLayout()
        right.addWidget(heading("Modes"))
        right.addWidget(scroll, 2)
        right.addWidget(heading("Share of the variance, %"))
        right.addWidget(self.bars)
        right.addWidget(heading("All shapes"))
        right.addLayout(axes)
        right.addWidget(self.scatter, 3)
        narrow = QWidget()
        narrow.setLayout(right)
        narrow.setFixedWidth(_RIGHT)
        whole = QHBoxLayout(self)
        whole.setSpacing(12)
        whole.addLayout(left, 1)
        whole.addWidget(narrow)

    def _fill(self, space: ShapeSpace | None) -> None:
        for choice in (self.shape, self.across, self.upward):
            choice.blockSignals(True)
            choice.clear()
        if space is not None:
            for row, name in enumerate(space.shapes):
                self.shape.addItem(name, row)
            for mode in range(len(self.values)):
                self.across.addItem(f"Across: mode {mode + 1}", mode)
                self.upward.addItem(f"Up: mode {mode + 1}", mode)
            self.upward.select_data(min(1, len(self.values) - 1))
        for choice in (self.shape, self.across, self.upward):
            choice.blockSignals(False)

    def _show_caption(self, space: ShapeSpace) -> None:
        lacking = int((~space.seen).sum())
        told = f"{len(space.shapes)} shapes, {len(space.labels)} labels"
        if space.outliers:
            count = len(space.outliers)
            told += f", {count} outlier{'s' if count > 1 else ''} left out"
        if lacking:
            told += f", {lacking} missing places told by the others"
        self.caption.setText(f"{told}; noise {100.0 * space.model.noise:.2f} % of size")

    @property
    def _modes(self) -> tuple[int, int]:
        return self.across.currentData() or 0, self.upward.currentData() or 0

    def _show_plots(self) -> None:
        space = self._space
        if space is None:
            self.bars.show_shares(np.zeros(0))
            self.scatter.show_points(np.zeros((0, 2)), (), ("", ""), -1)
            return
        x, y = self._modes
        self.bars.show_shares(space.model.explained, {x, y})
        self.scatter.show_points(
            space.coefficients[:, [x, y]],
            space.shapes,
            (f"mode {x + 1}", f"mode {y + 1}"),
            self._row,
        )
        self.scatter.set_handle(float(self.values[x]), float(self.values[y]))

    # --- what a person does --------------------------------------------------------------------

    def _go(self, values: FloatArray) -> None:
        self.values = np.asarray(values, float)
        self.sliders.show_coefficients(self.values)
        self._show_values()

    def _show_values(self) -> None:
        self.view.show_coefficients(self.values)
        if len(self.values):
            x, y = self._modes
            self.scatter.set_handle(float(self.values[x]), float(self.values[y]))

    def _slid(self, values: FloatArray, final: bool) -> None:
        self.values = np.asarray(values, float)
        self._show_values()
        if final:
            self.sliders.show_coefficients(self.values)

    def _give_up(self) -> None:
        self._show_values()

    def _move(self, x: float, y: float) -> None:
        values, modes = self.values.copy(), self._modes
        values[modes[0]] = x
        if modes[1] != modes[0]:
            values[modes[1]] = y
        self._go(values)

    def _pick(self, row: int) -> None:
        """Show the shape of a point."""
        self.shape.select_data(row)
        self._choose_shape()
        self._go_home()

    def _pick_mode(self, mode: int) -> None:
        self.across.setCurrentIndex(mode)

    def _go_home(self) -> None:
        if self._space is not None and self._row >= 0:
            self._go(self._space.coefficients[self._row].copy())

    def _choose_shape(self) -> None:
        row = self.shape.currentData()
        if row is None or row == self._row:
            return
        self._row = row
        self._show_plots()
        self._collecting.morph(row, lambda morph: self.view.show_morph(morph))
        self.view.show_coefficients(self.values)

    def _animate(self, on: bool) -> None:
        self._time = 0.0
        if on:
            self._clock.start()
        else:
            self._clock.stop()

    def _swing(self) -> None:
        self._time += _FRAME / 1000.0
        values = self.values.copy()
        values[self._modes[0]] = _FAR * math.sin(2.0 * math.pi * self._time / _SWING)
        self._go(values)
