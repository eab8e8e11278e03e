"""The colour bar: the one legend of the field that is shown."""

from __future__ import annotations

import itertools

import numpy as np

from kpstudio.app.field_scale import FieldScale
from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.colormaps import colors_at
from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.sketch import Strokes, Text, rectangle
from kpstudio.viewport.stage import Stage

# Logical pixels.
_WIDTH, _HEIGHT = 14.0, 220.0
_RIGHT, _BOTTOM = 84.0, 44.0  # of the bar's left lower corner, from the view's corner
_TICK, _GAP = 4.0, 5.0
_TICKS = 6
_ARROW = 0.55  #: height of an arrow, in widths of the bar
#: Share of the view's height that the bar may take.
_LARGEST = 0.5
_BOTTOM_COMPACT, _LARGEST_COMPACT = 16.0, 0.3  #: of the bar in one of several views
_BANDS = 128
#: The plate behind it: how far it reaches beyond the bar, and how much it covers.
_PLATE = (92.0, 10.0, 8.0)  # left of the view's corner, below and above the bar
_PLATE_OPACITY = 0.6


class ColorBar:
    """Draws title, unit, colours and round numbers at the lower right of the view.

    Parameters
    ----------
    stage
        Where it is drawn.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        # First, so that it lies behind: whatever the mesh's colours, the numbers can be read.
        self._plate = Strokes(stage, _PLATE_OPACITY)
        self._bands, self._ticks = Strokes(stage), Strokes(stage)
        self._title = Text(stage, 12, plate=True)
        self._numbers: list[Text] = []
        self._compact = False
        self._field: ShownField | None = None
        self._palette: Palette | None = None
        self._corner: tuple[tuple[int, int], float] | None = None  # where it was put last

    @property
    def title(self) -> str:
        """Heading with the unit; empty when nothing is shown."""
        return self._title.text.strip() if self._field is not None else ""

    @property
    def range(self) -> tuple[float, float] | None:
        """Lowest and highest value of the bar, if it is shown."""
        return (self._field.scale.low, self._field.scale.high) if self._field is not None else None

    def set_compact(self, compact: bool) -> None:
        """Be short, in the corner and without heading: one of several views, which has a title."""
        if compact is not self._compact:
            self._compact, self._corner = compact, None
            self._title.show(self._field is not None and not compact)

    def update(self, field: ShownField | None, palette: Palette) -> None:
        """Show the legend of a field, or none."""
        if field is not None and field.colors is not None:
            field = None  # colours without an order have no bar
        if field is self._field and palette is self._palette:
            return
        self._field, self._palette, self._corner = field, palette, None
        for part in (self._plate, self._bands, self._ticks):
            part.show(field is not None)
        self._title.show(field is not None and not self._compact)
        for number in self._numbers:
            number.close()
        self._numbers = []
        if field is None:
            return
        self._title.set(field.heading, palette.text, palette)
        for value in tick_values(field.scale):
            number = Text(self._stage, 10)
            number.set(number_text(value), palette.text, palette)
            number.show(True)
            self._numbers.append(number)

    def place(self, size: tuple[int, int], ratio: float) -> None:
        """Put it in the corner of a view of `size` device pixels."""
        field, corner = self._field, (size, ratio)
        if field is None or self._palette is None or corner == self._corner:
            return
        self._corner = corner
        foot, share = (_BOTTOM_COMPACT, _LARGEST_COMPACT) if self._compact else (_BOTTOM, _LARGEST)
        left, bottom = size[0] - _RIGHT * ratio, foot * ratio
        width = _WIDTH * ratio
        height = min(_HEIGHT * ratio, share * size[1])
        self._place_bands(field, left, bottom, width, height)
        heights = bottom + height * field.scale.shares(np.array(tick_values(field.scale)))
        self._place_ticks(heights, left + width, ratio)
        beside, below, above = (length * ratio for length in _PLATE)
        plate = rectangle(size[0] - beside, bottom - below, size[0], bottom + height + above)
        self._plate.set_areas(plate[None], np.array([self._palette.plate]))
        self._title.move(size[0] - 16.0 * ratio, bottom + height + 18.0 * ratio, "right")

    def close(self) -> None:
        """Leave the stage."""
        for part in (self._plate, self._bands, self._ticks, self._title, *self._numbers):
            part.close()

    def _place_bands(
        self, field: ShownField, left: float, bottom: float, width: float, height: float
    ) -> None:
        edges = bottom + height * np.linspace(0.0, 1.0, _BANDS + 1)
        areas = [rectangle(left, a, left + width, b) for a, b in itertools.pairwise(edges)]
        colors = [*colors_at(field.scale, np.linspace(0.0, 1.0, _BANDS))]
        below, above = field.beyond
        if below:
            areas.append(_arrow(left, width, bottom, -1))
            colors.append(colors[0])
        if above:
            areas.append(_arrow(left, width, bottom + height, 1))
            colors.append(colors[_BANDS - 1])
        self._bands.set_areas(np.stack(areas), np.stack(colors))

    def _place_ticks(self, heights: FloatArray, x: float, ratio: float) -> None:
        assert self._palette is not None
        ends = np.array([[[x, y], [x + _TICK * ratio, y]] for y in heights])
        self._ticks.set_lines(ends, np.tile(self._palette.text, (len(ends), 1)), ratio)
        for number, y in zip(self._numbers, heights, strict=True):
            number.move(x + (_TICK + _GAP) * ratio, y)


def _arrow(left: float, width: float, y: float, way: int) -> FloatArray:
    """Return the corners (4,2) of a triangle on an end of the bar: there are values beyond it."""
    tip = left + width / 2.0, y + way * _ARROW * width
    return np.array([[left, y], [left + width, y], tip, tip])


def number_text(value: float) -> str:
    """Return a number as text, its exponent without needless zeros."""
    return f"{value:.6g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def tick_values(scale: FieldScale) -> list[float]:
    """Return the values at which a bar has its ticks, within the range."""
    return (decades if scale.log else round_values)(scale.low, scale.high)


def decades(low: float, high: float, most: int = _TICKS) -> list[float]:
    """Return powers of ten within `low`..`high`, with 2 and 5 times them where that is few."""
    if not high > low:
        return [low]
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    stride = max(1, -(-(last - first) // most))
    values = [10.0**power for power in range(first, last + 1) if power % stride == 0]
    within = [value for value in values if low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9)]
    if len(within) >= 3:
        return within
    fine = [factor * 10.0**power for power in range(first, last + 1) for factor in (1.0, 2.0, 5.0)]
    return [value for value in fine if low <= value <= high] or round_values(low, high, most)


def round_values(low: float, high: float, most: int = _TICKS) -> list[float]:
    """Return at most `most` + 1 evenly spaced round numbers within `low`..`high`."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [float(count * step) + 0.0 for count in np.arange(first, last + 1.0)]
