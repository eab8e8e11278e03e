"""Options that several commands share, and what they mean."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.errors import FileError, ParameterError
from kpstudio.geometry.orientation import AXES, Orientation

if TYPE_CHECKING:
    from kpstudio.data.shape import Shape

KEYPOINT_DEFORMER = "keypoint-deformer"

MeshFile = Annotated[Path, typer.Argument(metavar="MESH", help="A mesh file.", show_default=False)]
OutputMesh = Annotated[
    Path, typer.Option("-o", "--output", help="Mesh file to write; its suffix is the format.")
]
ModelName = Annotated[
    str,
    typer.Option(
        "-m", "--model", help="Category, model id or model file; recognised when not given."
    ),
]
Up = Annotated[str, typer.Option(help=f"The file's axis that points up: {', '.join(AXES)}.")]
Front = Annotated[str, typer.Option(help="The file's axis that points to the front.")]


def load_shape(path: Path, up: str = "", front: str = "") -> Shape:
    """Return the shape in a mesh file.

    Parameters
    ----------
    path
        The file.
    up, front
        Axes; an empty one is the canonical one, two empty ones leave the pose to be recognised.

    Raises
    ------
    FileError, FormatError, ParameterError
        The file cannot be read, or the axes do not span a frame.
    """
    from kpstudio.data.shape import Shape
    from kpstudio.io.registry import load_mesh

    orientation = Orientation(up or "+y", front or "+z")
    mesh = load_mesh(path)[0]
    return Shape(mesh, orientation, orientation_chosen=bool(up or front))


def detect_keypoints(shape: Shape, model: str, detector: str = KEYPOINT_DEFORMER) -> Shape:
    """Return the shape with a detector's keypoints; what is not said is recognised."""
    from kpstudio.app import operations

    parameters = {"model": model} if model else {}
    return operations.detect(
        shape, detector, parameters, guess_orientation=not shape.orientation_chosen
    )


def save_shape(shape: Shape, path: Path) -> None:
    """Write the shape's mesh as it is now, with fields and keypoints where they fit."""
    from kpstudio.app.files import fields_of
    from kpstudio.io.registry import save_mesh

    for note in save_mesh(path, shape.current, fields_of(shape), shape.keypoints):
        say(note)
    say(f"wrote {path}")


def keypoint_index(shape: Shape, name: str) -> int:
    """Return the index of the keypoint that `name` means: an index or a label.

    Raises
    ------
    ParameterError
        There is no such keypoint.
    """
    assert shape.keypoints is not None
    names = shape.keypoints.schema.names
    if name in names:
        return names.index(name)
    if name.isdigit() and int(name) < len(names):
        return int(name)
    raise ParameterError(
        f"there is no keypoint {name!r}",
        remedy=f"Use 0 to {len(names) - 1}, or one of: {', '.join(names)}.",
    )


def three_numbers(text: str, what: str) -> tuple[float, float, float]:
    """Return the numbers in "x,y,z".

    Raises
    ------
    ParameterError
        It is something else.
    """
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ParameterError(f"{what} is {text!r}", remedy="Write three numbers: x,y,z.") from error
    return x, y, z


def output_folder(path: Path) -> Path:
    """Return the folder, made if need be.

    Raises
    ------
    FileError
        It is a file, or cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError("cannot be made a folder", remedy="Choose another.", path=path) from error
    return path


def say(message: str) -> None:
    """Tell the person something, on standard error: standard output is for data."""
    sys.stderr.write(f"{message}\n")
