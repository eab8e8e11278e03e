"""Heatmaps and other maps of a sight as colours over its picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpstudio.app.field_scale import FieldScale, scale_of
from kpstudio.app.options import FieldStyle
from kpstudio.app.sights import HEATMAP, HEATMAPS, MAP
from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.data.views import Sight
from kpstudio.viewport.colormaps import colors
from kpstudio.viewport.palette import keypoint_color

_STEPS = 256
#: Opacity of the hottest place of a heatmap, and of any place of another map.
_HOTTEST, _MAP = 0.9, 1.0
#: Below one: what is half as hot is more than half as opaque.
_GAMMA = 0.6


class SightColors:
    """Colours for one layer of several sights, on a scale that all of them share.

    Parameters
    ----------
    sights
        The sights.
    layer
        What to show, a key of `app.sights.layers_of`.
    keypoint
        Whose heatmap, for `HEATMAP`; None for nobody's.
    style
        The colour map.
    """

    def __init__(
        self, sights: Sequence[Sight], layer: str, keypoint: int | None, style: FieldStyle
    ) -> None:
        self._layer, self._keypoint = layer, keypoint
        self._peaks: FloatArray = np.zeros(0)
        #: Which value has which colour; None where colours are not values.
        self.scale: FieldScale | None = None
        maps = [found for sight in sights if (found := self._map(sight)) is not None]
        if maps:
            self.scale = _scale(maps, style, from_zero=layer == HEATMAP)
        elif layer == HEATMAPS:
            heat = [sight.heatmaps for sight in sights if sight.heatmaps is not None]
            peaks = [maps.max(axis=(1, 2), initial=0.0) for maps in heat]
            self._peaks = np.max(peaks, axis=0) if peaks else self._peaks

    def over(self, sight: Sight) -> ByteArray | None:
        """Return (a,b,4) red, green, blue and opacity over a sight's picture; None for nothing."""
        if self._layer == HEATMAPS:
            return None if sight.heatmaps is None else _mixed(sight.heatmaps, self._peaks)
        values = self._map(sight)
        if values is None or self.scale is None:
            return None
        table = _table(self.scale, faint=self._layer == HEATMAP)
        first, last = self.scale.ends
        factor = (_STEPS - 1) / (last - first) if last > first else 0.0
        known = np.isfinite(values)
        steps = (np.where(known, values, first) - first) * factor
        over = table[np.clip(steps, 0, _STEPS - 1).astype(np.uint8)]
        over[~known] = 0
        return np.asarray(over)

    def value_at(self, sight: Sight, index: int) -> float | None:
        """Return the layer's value at a keypoint of a sight; None where there is none."""
        values = self._map(sight)
        if values is None:
            return None
        height, width = sight.picture.shape[:2]
        share = sight.pixels[index] / (width, height)
        column, row = np.floor(share * values.shape[::-1]).astype(int)
        if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
            return None
        value = float(values[row, column])
        return value if np.isfinite(value) else None

    def _map(self, sight: Sight) -> Float32Array | None:
        if self._layer == HEATMAP and self._keypoint is not None and sight.heatmaps is not None:
            known = self._keypoint < len(sight.heatmaps)
            return sight.heatmaps[self._keypoint] if known else None
        return sight.maps.get(self._layer.removeprefix(MAP)) if MAP in self._layer else None


def _scale(maps: Sequence[Float32Array], style: FieldStyle, *, from_zero: bool) -> FieldScale:
    """Return the scale from the smallest to the largest value of maps; infinite ones do not count.

    Of the style it takes the colours: its range and logarithm are those of fields on the surface.
    """
    ends = [values[np.isfinite(values)] for values in maps]
    low = 0.0 if from_zero else min((float(one.min()) for one in ends if one.size), default=0.0)
    high = max((float(one.max()) for one in ends if one.size), default=0.0)
    return scale_of(FieldStyle(colormap=style.colormap), np.array([low, high]))


def _table(scale: FieldScale, *, faint: bool) -> ByteArray:
    """Return (256,4) colours of a scale from its low to its high end, clear at low if `faint`."""
    shares = np.linspace(0.0, 1.0, _STEPS)
    opacity = _HOTTEST * shares**_GAMMA if faint else np.full(_STEPS, _MAP)
    table = np.column_stack([colors(scale.colormap), opacity])
    return np.rint(table * 255.0).astype(np.uint8)


def _mixed(heatmaps: Float32Array, peaks: FloatArray) -> ByteArray:
    """Return (a,b,4) all heatmaps (k,a,b) in the colours of their keypoints.

    Where several are hot their colours mix by their heat.
    """
    heat = heatmaps / np.maximum(peaks, 1e-12)[:, None, None].astype(np.float32)
    heat = np.clip(heat, 0.0, 1.0)
    tones = np.array([keypoint_color(index) for index in range(len(heat))], np.float32)
    total = np.maximum(heat.sum(axis=0), 1e-6)
    mixed = np.einsum("kab,kc->abc", heat, tones) / total[..., None]
    opacity = _HOTTEST * heat.max(axis=0) ** _GAMMA
    return np.rint(np.dstack([mixed, opacity]) * 255.0).astype(np.uint8)
