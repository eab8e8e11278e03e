"""One mesh file as a shape, in the pose that a person says: for the API and for batches."""

from __future__ import annotations

from pathlib import Path

from kpstudio.base.context import RunContext
from kpstudio.data.shape import Shape
from kpstudio.geometry.orientation import Orientation
from kpstudio.io import registry as formats


def pose(up: str, front: str) -> Orientation:
    """Return the orientation that two axes say, either of which may be empty.

    For one that is not given stands the canonical "+y" or "+z", or, where the other is on that
    axis, what programs with z up do: "+z" up, "-y" to the front.

    Raises
    ------
    ParameterError
        The axes do not span a frame.
    """
    return Orientation(
        up or ("+z" if front.endswith("y") else "+y"),
        front or ("-y" if up.endswith("z") else "+z"),
    )


def load_shape(path: Path | str, up: str, front: str, ctx: RunContext | None = None) -> Shape:
    """Return the shape in a mesh file; the parts of a scene become one mesh.

    Parameters
    ----------
    path
        The file.
    up, front
        As in `pose`; both empty: its detection may recognise the pose.
    ctx
        Progress and cancellation.

    Raises
    ------
    FileError, FormatError
        The file cannot be read, or is not what its format promises.
    ParameterError
        The axes do not span a frame.
    """
    orientation = pose(up, front)
    mesh = formats.load_mesh(path, ctx)[0]
    return Shape(mesh, orientation, orientation_chosen=bool(up or front))
