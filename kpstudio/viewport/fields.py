"""What colours a mesh: the field of the view options with its title and its scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.app.descriptors import is_descriptor
from kpstudio.app.field_scale import FieldScale
from kpstudio.app.inspecting import DISPLACEMENT, VertexColors, named, scale_for, title_of
from kpstudio.base.arrays import Float32Array, FloatArray
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.surface import Surface


@dataclass(frozen=True, eq=False)
class ShownField:
    """One value or one colour a vertex, with all that the colour bar says.

    Parameters
    ----------
    title
        Heading of the bar.
    unit
        Unit of the values; empty for none.
    values
        (n,) values; empty for colours.
    scale
        Which value has which colour.
    colors
        (n,3) red, green and blue, 0..1, in place of values.
    isolines
        Number of lines of equal value.
    """

    title: str
    unit: str
    values: FloatArray | Float32Array
    scale: FieldScale
    colors: FloatArray | None = None
    isolines: int = 0

    @property
    def heading(self) -> str:
        """The title with the unit."""
        return f"{self.title} [{self.unit}]" if self.unit else self.title

    @property
    def beyond(self) -> tuple[bool, bool]:
        """Whether there are values below and above the range."""
        if self.colors is not None or len(self.values) == 0:
            return False, False
        low, high = float(self.values.min()), float(self.values.max())
        slack = 1e-6 * max(abs(self.scale.low), abs(self.scale.high))  # single precision
        return low < self.scale.low - slack, high > self.scale.high + slack


def shown_field(look: Look, surface: Surface) -> ShownField | None:
    """Return what the options ask for.

    None when there is none to show (another detector, no keypoint selected, rig not yet bound):
    the mesh then has its plain colour.

    Parameters
    ----------
    look
        The item, the options and the field.
    surface
        The surface drawn: it knows the rest positions from which a drag's displacement counts.
    """
    field, key, count = look.field, look.view.field, len(look.shape.mesh.vertices)
    if isinstance(field, VertexColors):
        if len(field.colors) != count:
            return None
        nothing = np.zeros(0)
        return ShownField(named(field.name), "", nothing, FieldScale(0.0, 1.0), field.colors)
    if field is None or len(field.values) != count:
        return None
    values: FloatArray | Float32Array = field.values
    if key == DISPLACEMENT and look.positions is not None:
        values = lengths(look.positions - surface.rest)
    style = look.view.style
    spanned = values if field.reference is None else field.reference
    scale = scale_for(
        key, spanned, look.shape, style, signed=field.signed, logarithmic=field.logarithmic
    )
    title = title_of(key, look.shape, look.active_keypoint)
    if is_descriptor(key) or not title:
        title = named(field.name)
    return ShownField(title, field.unit, values, scale, isolines=style.isolines)


def lengths(vectors: Float32Array) -> Float32Array:
    """Return (n,) lengths of vectors (n,3)."""
    squared: Float32Array = np.einsum("nd,nd->n", vectors, vectors)
    return np.sqrt(squared, out=squared)
