"""Which field colours a mesh, by the name in the view options."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import Float32Array, FloatArray
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.surface import Surface

#: A displacement smaller than this share of the diagonal does not fill the colour range: the
#: rest shape, and the first millimetres of a drag, stay dark.
_LEAST_DISPLACEMENT = 0.02


@dataclass(frozen=True, eq=False)
class ShownField:
    """One value a vertex with all that the colour bar says.

    Parameters
    ----------
    title
        Heading of the bar.
    unit
        Unit of the values; empty for none.
    values
        (n,) values.
    low, high
        Range of the colours.
    signed
        True for a diverging map.
    """

    title: str
    unit: str
    values: FloatArray | Float32Array
    low: float
    high: float
    signed: bool = False


def shown_field(look: Look, surface: Surface) -> ShownField | None:
    """Return the field that the options ask for.

    None when there is none to show (another detector, no keypoint selected, rig not yet bound):
    the mesh then has its plain colour.

    Parameters
    ----------
    look
        The item and the options.
    surface
        The surface drawn: it knows the rest positions from which a drag's displacement counts.
    """
    name, shape = look.view.field, look.shape
    if not look.active or not name:
        return None
    if name == "displacement":
        return _displacement(look, surface)
    if name == "influence":
        return _influence(look)
    detection = shape.detection
    if detection is None:
        return None
    if name in detection.keypoint_fields:
        fields, index = detection.keypoint_fields[name], look.active_keypoint
        if index is None or index >= len(fields):
            return None
        return _of(fields[index], f"{name.capitalize()} of {_label(shape.keypoints, index)}", look)
    field = next((field for field in detection.fields if field.name == name), None)
    return _of(field, field.name.capitalize(), look) if field is not None else None


def _of(field: Field, title: str, look: Look) -> ShownField | None:
    if len(field.values) != len(look.shape.mesh.vertices):
        return None
    low, high = field.range
    return ShownField(title, field.unit, field.values, low, high, field.signed)


def _displacement(look: Look, surface: Surface) -> ShownField:
    mesh = look.shape.mesh
    values: FloatArray | Float32Array
    if look.positions is None:
        values = look.shape.displacement().values
    else:
        values = lengths(look.positions - surface.rest)
    least = _LEAST_DISPLACEMENT * mesh.diagonal
    high = max(float(values.max()), least)
    return ShownField("Displacement", mesh.unit, values, 0.0, high)


def _influence(look: Look) -> ShownField | None:
    index, rig = look.active_keypoint, look.rig
    if index is None or rig is None or index >= rig.response.shape[1]:
        return None
    values = rig.response[:, index]
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1e-9)
    return ShownField(f"Influence of {_label(look.shape.keypoints, index)}", "", values, low, high)


def _label(keypoints: KeypointSet | None, index: int) -> str:
    return keypoints.schema.names[index] if keypoints is not None else str(index)


def lengths(vectors: Float32Array) -> Float32Array:
    """Return (n,) lengths of vectors (n,3)."""
    squared: Float32Array = np.einsum("nd,nd->n", vectors, vectors)
    return np.sqrt(squared, out=squared)
