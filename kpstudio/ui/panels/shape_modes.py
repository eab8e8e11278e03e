"""Sliders for the principal modes of the shape prior."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PyQt6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from kpstudio.base.arrays import FloatArray
from kpstudio.deformation.prior import LIMIT
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.widgets.section import Section
from kpstudio.ui.widgets.slider import Slider

SIGMA = "\N{GREEK SMALL LETTER SIGMA}"
#: Sliders shown at once; the others fold away.
SHOWN = 6


class ModeSliders(QWidget):
    """One slider a mode, in standard deviations.

    Parameters
    ----------
    change
        Called with all coefficients (b,) and whether the gesture is over.
    give_up
        Called when a gesture is given up.
    """

    def __init__(
        self, change: Callable[[FloatArray, bool], None], give_up: Callable[[], None]
    ) -> None:
        super().__init__()
        self._change, self._give_up = change, give_up
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._content: QWidget | None = None
        self.sliders: list[Slider] = []
        self._values: list[QLabel] = []
        self._known = np.zeros(0)
        self._frames = Coalescer(self._preview, parent=self)

    @property
    def held(self) -> bool:
        """Whether a slider is being moved."""
        return any(slider.held for slider in self.sliders)

    def show_coefficients(self, deviations: FloatArray | None) -> None:
        """Show the coefficients (b,) of a shape; none when it has no prior."""
        known = np.zeros(0) if deviations is None else np.asarray(deviations, float)
        if self.held:
            return  # the person's hand is what moves the shape
        if len(known) != len(self.sliders):
            self._build(len(known))
        self._known = known
        for slider, label, value in zip(self.sliders, self._values, known, strict=True):
            slider.set_value(float(value))
            label.setText(_text(float(value)))

    def _build(self, count: int) -> None:
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.deleteLater()
        self._content = QWidget()
        self._column.addWidget(self._content)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        self.sliders, self._values = [], []
        column.addWidget(self._rows(range(min(count, SHOWN))))
        if count > SHOWN:
            column.addWidget(Section(f"{count - SHOWN} more modes",
                                     self._rows(range(SHOWN, count))))  # fmt: skip

    def _rows(self, modes: range) -> QWidget:
        widget = QWidget()
        grid = QGridLayout(widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for row, mode in enumerate(modes):
            slider = Slider(-LIMIT, LIMIT, 0.0, 0.1)
            slider.setToolTip(
                f"Mode {mode + 1} of the category, in standard deviations.\n"
                "Double-click for the mean, Escape to give up."
            )
            value = QLabel(_text(0.0))
            value.setFixedWidth(value.fontMetrics().horizontalAdvance(_text(0.0) + " "))
            value.setProperty("muted", True)
            grid.addWidget(QLabel(f"{mode + 1}"), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(value, row, 2)
            slider.moved.connect(lambda x, label=value: self._moved(x, label))
            slider.released.connect(self._released)
            slider.cancelled.connect(self._cancelled)
            self.sliders.append(slider)
            self._values.append(value)
        return widget

    def _wanted(self) -> FloatArray:
        # A coefficient beyond the sliders' range stays as it is until its slider is moved.
        shown = np.array([slider.value for slider in self.sliders])
        return np.where(np.clip(self._known, -LIMIT, LIMIT) == shown, self._known, shown)

    def _moved(self, value: float, label: QLabel) -> None:
        label.setText(_text(value))
        self._frames.request()

    def _preview(self) -> None:
        self._change(self._wanted(), False)

    def _released(self) -> None:
        self._frames.stop()
        wanted = self._wanted()
        if not np.array_equal(wanted, self._known):
            self._change(wanted, True)

    def _cancelled(self) -> None:
        self._frames.stop()
        self._give_up()
        self.show_coefficients(self._known)


def _text(deviations: float) -> str:
    return f"{deviations:+.2f} {SIGMA}".replace("-", "\N{MINUS SIGN}")
