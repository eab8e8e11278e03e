"""`kpstudio detect`: the keypoints of a mesh, as a file or on standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.base.errors import ParameterError
from kpstudio.cli.options import KEYPOINT_DEFORMER, Front, MeshFile, ModelName, Up, load_shape, say


def detect(
    mesh: MeshFile,
    detector: Annotated[str, typer.Option("-d", "--detector", help="Id of the detector.")] = (
        KEYPOINT_DEFORMER
    ),
    model: ModelName = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File to write (.json, .mrk.json, .csv); else stdout."),
    ] = None,
    up: Up = "",
    front: Front = "",
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A detector's parameter."),
    ] = None,
) -> None:
    """Find the keypoints of a mesh."""
    from kpstudio.app import operations
    from kpstudio.app.files import keypoint_info
    from kpstudio.io.keypoints import native
    from kpstudio.io.registry import save_keypoints

    shape = load_shape(mesh, up, front)
    values = _parameters(parameter or [], model)
    shape = operations.detect(
        shape, detector, values, guess_orientation=not shape.orientation_chosen
    )
    assert shape.keypoints is not None
    keypoints, info = shape.keypoints, keypoint_info(shape)
    if output is None:
        typer.echo(native.write(keypoints, info).decode())
        return
    for note in save_keypoints(output, keypoints, info):
        say(note)
    say(f"wrote {len(keypoints)} keypoints to {output}")


def _parameters(assignments: list[str], model: str) -> dict[str, str]:
    values = {"model": model} if model else {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ParameterError(f"{assignment!r} has no value", remedy="Write NAME=VALUE.")
        values[name] = value
    return values
