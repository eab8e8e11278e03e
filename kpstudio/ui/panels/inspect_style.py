"""How the field becomes colours: map, range on a histogram, logarithm, lines of equal value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kpstudio.app.field_scale import LEAST_SHARE, FieldScale, axis_of, counts_on
from kpstudio.app.inspecting import scale_for
from kpstudio.app.options import Colormap, FieldRange, FieldStyle
from kpstudio.app.studio import Studio
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.ui.widgets.choice import Choice, IntegerBox, NumberBox
from kpstudio.ui.widgets.histogram import Histogram
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.number_edit import NumberEdit
from kpstudio.ui.widgets.swatch import SWATCH, swatch
from kpstudio.ui.widgets.switch import Switch
from kpstudio.viewport.colormaps import colors, colors_at

BINS = 64
MOST_ISOLINES = 50
_RANGES = {
    FieldRange.DATA: "All values",
    FieldRange.PERCENTILE: "Without extremes",
    FieldRange.FIXED: "Fixed",
}


class StyleControls(QWidget):
    """Editors of the field style of the view options.

    Parameters
    ----------
    studio
        Whose style is edited.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._axis = FieldScale(0.0, 1.0)
        self._counted: tuple[Field, FieldScale] | None = None
        self._before: FieldStyle | None = None
        self.histogram = Histogram()
        self.low, self.high, self.unit = NumberEdit(), NumberEdit(), muted(wrap=False)
        self.colormap, self.span = Choice(), Choice()
        self.percentile, self.isolines = NumberBox(), IntegerBox()
        self.log = Switch("Log")
        self._build()
        self._explain()
        self._connect()

    def _build(self) -> None:
        self.colormap.setIconSize(SWATCH)
        for colormap in Colormap:
            self.colormap.addItem(colormap.value.capitalize(), colormap)
            if colormap is not Colormap.AUTO:
                self.colormap.setItemIcon(self.colormap.count() - 1, swatch(colors(colormap)))
        for span, text in _RANGES.items():
            self.span.addItem(text, span)
        self.percentile.setRange(0.0, 49.0)
        self.percentile.setDecimals(2)
        self.percentile.setSingleStep(0.5)
        self.percentile.setSuffix(" % at either end")
        self.isolines.setRange(0, MOST_ISOLINES)
        self.isolines.setSpecialValueText("None")
        self.unit.setAlignment(Qt.AlignmentFlag.AlignCenter)
        ends = QHBoxLayout()
        ends.setSpacing(8)
        ends.addWidget(self.low, 3)
        ends.addWidget(self.unit, 2)
        ends.addWidget(self.high, 3)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        self._left_out = QLabel("Left out")
        for row, (label, widget, beside) in enumerate(
            (
                (QLabel("Colour map"), self.colormap, self.log),
                (QLabel("Range"), self.span, None),
                (self._left_out, self.percentile, None),
                (QLabel("Isolines"), self.isolines, None),
            )
        ):
            label.setBuddy(widget)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1, 1, 1 if beside is not None else 2)
            if beside is not None:
                grid.addWidget(beside, row, 2)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.histogram)
        column.addLayout(ends)
        column.addLayout(grid)

    def _explain(self) -> None:
        self.histogram.setToolTip(
            "How often each value occurs (heights are logarithmic). Drag the handles to fix the "
            "range;\ndouble-click for all values. Keys: left, right; up and down change the handle."
        )
        self.histogram.setAccessibleName("Histogram of the field")
        self.low.setToolTip("Value with the first colour; typing one fixes the range")
        self.high.setToolTip("Value with the last colour; typing one fixes the range")
        self.colormap.setToolTip(
            "Viridis, cividis and magma grow lighter with the value; coolwarm parts signs.\n"
            "Auto: viridis for amounts, coolwarm for signed values."
        )
        self.span.setToolTip("Which values the colours span")
        self.percentile.setToolTip("How many vertices may lie beyond either end of the colours")
        self.isolines.setToolTip("Lines of equal value on the surface")
        self.log.setToolTip(
            "Colours by the logarithm; what is not positive has the lowest colour.\n"
            "On by itself for a field whose values span orders of magnitude."
        )
        # Several views differ in their fields; that how they are coloured does not is to be said.
        for widget in (self.colormap, self.span, self.log, self.isolines):
            widget.setToolTip(f"{widget.toolTip()}\nThe same in all views.")

    def _connect(self) -> None:
        for name, choice in (("colormap", self.colormap), ("span", self.span)):
            choice.currentIndexChanged.connect(
                lambda _, name=name, choice=choice: self._edit(**{name: choice.currentData()})
            )
        self.percentile.valueChanged.connect(lambda value: self._edit(percentile=value))
        self.isolines.valueChanged.connect(lambda count: self._edit(isolines=count))
        self.log.toggled.connect(lambda on: self._edit(log=on))
        self.low.edited.connect(lambda value: self._fix(low=value))
        self.high.edited.connect(lambda value: self._fix(high=value))
        self.histogram.moved.connect(self._drag)
        self.histogram.released.connect(lambda low, high: self._end_drag())
        self.histogram.cancelled.connect(self._give_up)
        self.histogram.reset.connect(lambda: self._edit(span=FieldRange.DATA))

    # --- what is shown -------------------------------------------------------------------------

    def show_style(self, style: FieldStyle) -> None:
        """Show a style, silently."""
        for choice, data in ((self.colormap, style.colormap), (self.span, style.span)):
            choice.select_data(data)
        editors = ((self.percentile, style.percentile), (self.isolines, style.isolines))
        for box, value in editors:
            box.blockSignals(True)
            box.setValue(value)  # type: ignore[arg-type]
            box.blockSignals(False)
        for widget in (self._left_out, self.percentile):
            widget.setVisible(style.span is FieldRange.PERCENTILE)

    def _show_log(self, on: bool) -> None:
        self.log.blockSignals(True)
        self.log.setChecked(on)
        self.log.blockSignals(False)
        self.log.update()

    def show_field(self, field: Field, key: str, shape: Shape, threshold: float | None) -> None:
        """Show the histogram of a field with the range of its colours.

        Parameters
        ----------
        field, key, shape
            The field, its key, and the shape it is on.
        threshold
            A value to mark: keypoints are above it.
        """
        style = self._studio.view.value.style
        scale = scale_for(key, field.spanned, shape, style, signed=field.signed,
                          logarithmic=field.logarithmic)  # fmt: skip
        self._show_log(scale.log if style.log is None else style.log)
        if not self.histogram.held:
            self._axis = axis_of(scale, field.values)
        axis = self._axis
        if (field, axis) != self._counted:
            self._counted = field, axis
            self.histogram.set_counts(counts_on(axis, field.values, BINS))
        middles = (np.arange(BINS) + 0.5) / BINS
        values = np.array([axis.value_at(share) for share in middles])
        self.histogram.set_colors(colors_at(scale, scale.shares(values)))
        low, high = axis.shares(np.array([scale.low, scale.high]))
        self.histogram.set_ends(float(low), float(high))
        marked = None if threshold is None else float(axis.shares(np.array([threshold]))[0])
        self.histogram.set_marker(marked)
        self.low.set_value(scale.low)
        self.high.set_value(scale.high)
        self.unit.setText(field.unit)

    # --- what a person does --------------------------------------------------------------------

    def _edit(self, **values: Any) -> None:
        view = self._studio.view
        if values.get("span") is FieldRange.FIXED:  # begin with what is seen
            values |= {"low": self.low.value, "high": self.high.value}
        view.update(style=replace(view.value.style, **values))

    def _fix(self, low: float | None = None, high: float | None = None) -> None:
        low = self.low.value if low is None else low
        high = self.high.value if high is None else high
        self._studio.view.update(
            style=replace(self._studio.view.value.style, span=FieldRange.FIXED,
                          low=min(low, high), high=max(low, high))
        )  # fmt: skip

    def _drag(self, low: float, high: float) -> None:
        if self._before is None:
            self._before = self._studio.view.value.style
        self._fix(self._axis.value_at(low), self._axis.value_at(high))

    def _end_drag(self) -> None:
        self._before = None

    def _give_up(self) -> None:
        if self._before is not None:
            style, self._before = self._before, None
            self._studio.view.update(style=style)


def range_text(field: Field) -> str:
    """Return smallest and largest value of a field in few letters; next to nothing is 0."""
    if len(field.values) == 0:
        return ""
    ends = np.array([field.values.min(), field.values.max()])
    ends[np.abs(ends) < LEAST_SHARE * np.abs(ends).max()] = 0.0
    low, high = (f"{end:.3g}" for end in ends)
    return f"{low} \N{HORIZONTAL ELLIPSIS} {high}"
