"""Colour maps for fields: viridis for amounts, a diverging map for signed values."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.palette import color

_STEPS = 256

# Ten even steps of viridis (Smith and van der Walt 2015, released as CC0).
_VIRIDIS = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
# End points of the cool-warm map; the way between them goes through Msh space (Moreland 2009,
# "Diverging color maps for scientific visualization", doi 10.1007/978-3-642-10520-3_9).
_COOL, _WARM = "#3b4cc0", "#b40426"


@lru_cache(maxsize=2)
def colors(signed: bool) -> FloatArray:
    """Return (256,3) colours of the map, 0..1, lowest value first."""
    function = vtkColorTransferFunction()
    codes = (_COOL, _WARM) if signed else _VIRIDIS
    if signed:
        function.SetColorSpaceToDiverging()
    else:
        function.SetColorSpaceToLab()
    for place, code in zip(np.linspace(0.0, 1.0, len(codes)), codes, strict=True):
        function.AddRGBPoint(place, *color(code))
    table = np.array([function.GetColor(value) for value in np.linspace(0.0, 1.0, _STEPS)])
    table.setflags(write=False)
    return table


def lookup_table(signed: bool, low: float, high: float) -> vtkLookupTable:
    """Return the map over the range `low`..`high`."""
    table = vtkLookupTable()
    table.SetNumberOfTableValues(_STEPS)
    for step, (red, green, blue) in enumerate(colors(signed)):
        table.SetTableValue(step, red, green, blue, 1.0)
    table.SetRange(low, high)
    table.Build()
    return table
