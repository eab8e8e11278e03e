"""Colour maps for fields: three for amounts, each ever lighter, and a diverging one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from kpstudio.app.field_scale import FieldScale
from kpstudio.app.options import Colormap
from kpstudio.base.arrays import FloatArray
from kpstudio.viewport.palette import color

_STEPS = 256

# Twelve even steps of each, joined in Lab space. Viridis and magma: Smith and van der Walt 2015,
# released as CC0. Cividis, which looks the same with and without red-green colour vision: Nuñez,
# Anderton and Renslow 2018, doi 10.1371/journal.pone.0199239.
_SEQUENTIAL = {
    Colormap.VIRIDIS: (
        "#440154", "#482173", "#433e85", "#38598c", "#2d708e", "#25858e",
        "#1e9b8a", "#2ab07f", "#50c46a", "#86d549", "#c2df23", "#fde725",
    ),
    Colormap.CIVIDIS: (
        "#00224e", "#013271", "#2f426d", "#49536c", "#5e636f", "#727374",
        "#878478", "#9d9576", "#b5a86f", "#cebc63", "#e7d150", "#fee838",
    ),
    Colormap.MAGMA: (
        "#000004", "#120d31", "#331067", "#5a167e", "#7e2482", "#a3307e",
        "#c83e73", "#e95462", "#f97b5d", "#fea973", "#fed395", "#fcfdbf",
    ),
}  # fmt: skip
# End points of the cool-warm map; the way between them goes through Msh space (Moreland 2009,
# "Diverging color maps for scientific visualization", doi 10.1007/978-3-642-10520-3_9).
_COOL, _WARM = "#3b4cc0", "#b40426"


@lru_cache(maxsize=len(Colormap))
def colors(colormap: Colormap) -> FloatArray:
    """Return (256,3) colours of a map, 0..1, lowest value first; `AUTO` is that for amounts."""
    function = vtkColorTransferFunction()
    if colormap is Colormap.COOLWARM:
        codes: tuple[str, ...] = (_COOL, _WARM)
        function.SetColorSpaceToDiverging()
    else:
        codes = _SEQUENTIAL.get(colormap, _SEQUENTIAL[Colormap.VIRIDIS])
        function.SetColorSpaceToLab()
    for place, code in zip(np.linspace(0.0, 1.0, len(codes)), codes, strict=True):
        function.AddRGBPoint(place, *color(code))
    table = np.array([function.GetColor(value) for value in np.linspace(0.0, 1.0, _STEPS)])
    table.setflags(write=False)
    return table


def colors_at(scale: FieldScale, shares: FloatArray) -> FloatArray:
    """Return (n,3) colours at shares (n,) of a scale's range."""
    steps = np.rint(scale.map_places(shares) * (_STEPS - 1)).astype(int)
    return np.take(colors(scale.colormap), steps, axis=0)


def lookup_table(scale: FieldScale) -> vtkLookupTable:
    """Return the colours of a scale over what it measures."""
    table = vtkLookupTable()
    table.SetNumberOfTableValues(_STEPS)
    for step, (red, green, blue) in enumerate(colors_at(scale, np.linspace(0.0, 1.0, _STEPS))):
        table.SetTableValue(step, red, green, blue, 1.0)
    table.SetRange(*scale.ends)
    table.Build()
    return table
