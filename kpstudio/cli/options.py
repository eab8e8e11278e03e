"""Options that several commands share, and what they mean."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError, ParameterError

if TYPE_CHECKING:
    from kpstudio.data.shape import Shape

KEYPOINT_DEFORMER = "keypoint-deformer"

MeshFile = Annotated[Path, typer.Argument(metavar="MESH", help="A mesh file.", show_default=False)]
OutputMesh = Annotated[
    Path, typer.Option("-o", "--output", help="Mesh file to write; its suffix is the format.")
]
DetectorId = Annotated[str, typer.Option("-d", "--detector", help="Id of the detector.")]
ModelName = Annotated[
    str,
    typer.Option(
        "-m", "--model", help="Category, model id or model file; recognised when not given."
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--parameter",
        metavar="NAME=VALUE",
        help="A detector's parameter; `kpstudio detectors show ID` lists them.",
    ),
]
Up = Annotated[str, typer.Option(help="The file's axis that points up, such as +z.")]
Front = Annotated[str, typer.Option(help="The file's axis that points to the front, such as -y.")]


def detected_shape(
    path: Path, detector: str, model: str, up: str, front: str, ctx: RunContext
) -> Shape:
    """Return the shape in a mesh file with keypoints that move it.

    Parameters
    ----------
    path
        The mesh file.
    detector
        Id of the detector.
    model
        Category, id or file of the model; recognised when empty.
    up, front
        Axes; both empty: recognised.
    ctx
        Hears progress.
    """
    shape = load_shape(path, up, front, ctx.part(0.0, 0.3))
    parameters = {"model": model} if model else {}
    return detect_keypoints(shape, detector, parameters, ctx.part(0.3, 1.0))


def load_shape(path: Path, up: str, front: str, ctx: RunContext) -> Shape:
    """Return the shape in a mesh file, in the pose its axes say."""
    from kpstudio import api

    ctx.progress(0.0, f"Reading {path.name}")
    return api.load(path, up=up, front=front, ctx=ctx)


def detect_keypoints(
    shape: Shape, detector: str, parameters: dict[str, str], ctx: RunContext
) -> Shape:
    """Return the shape with a detector's keypoints; says what was recognised and what to know."""
    from kpstudio.app import operations
    from kpstudio.detectors import registry

    ctx.progress(0.0, f"Detecting on {shape.mesh.name}")
    guess = not shape.orientation_chosen
    found = operations.detect(shape, detector, parameters, ctx, guess_orientation=guess)
    assert found.detection is not None
    by_category = registry.get_detector(detector).spec.by_category
    category = found.detection.provenance.parameters.get("model", "") if by_category else ""
    if found.orientation != shape.orientation or (category and "model" not in parameters):
        pose = found.orientation
        say(f"{shape.mesh.name}: taken for {category}, up {pose.up}, front {pose.front}")
    for note in found.detection.notes:
        say(f"{shape.mesh.name}: {note}")
    return found


def save_shapes(shapes: Iterable[tuple[Shape, Path]]) -> None:
    """Write meshes as they are now; says once what their format cannot hold."""
    from kpstudio import api

    told: set[str] = set()
    for shape, path in shapes:
        notes = api.save(shape, path)
        for note in notes:
            if note not in told:
                say(note)
        told.update(notes)
        say(f"wrote {path}")


def check_output(path: Path, format_of: Callable[[Path], object]) -> None:
    """Refuse an output file that cannot be written, before any work is done.

    Parameters
    ----------
    path
        The file.
    format_of
        Finds the format that its name asks for, or raises.

    Raises
    ------
    FileError
        Unknown suffix, or its folder does not exist.
    """
    format_of(path)
    if not path.parent.is_dir():
        raise FileError(f"there is no folder {path.parent}", remedy="Make it first.", path=path)


def named_values(assignments: Iterable[str] | None) -> dict[str, str]:
    """Return the values in texts such as "points=2048" by their names.

    Raises
    ------
    ParameterError
        A text has no "=".
    """
    values = {}
    for assignment in assignments or ():
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ParameterError(f"{assignment!r} has no value", remedy="Write NAME=VALUE.")
        values[name] = value
    return values


def three_numbers(text: str, what: str) -> tuple[float, float, float]:
    """Return the numbers in "x,y,z".

    Raises
    ------
    ParameterError
        It is something else.
    """
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        x = math.nan
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        raise ParameterError(f"{what} is {text!r}", remedy="Write three numbers: x,y,z.")
    return x, y, z


def say(message: str) -> None:
    """Tell the person something, on standard error: standard output is for data."""
    sys.stderr.write(f"{message}\n")
