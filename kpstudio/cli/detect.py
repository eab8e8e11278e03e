"""`kpstudio detect`: the keypoints of a mesh, as a file or on standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import (
    KEYPOINT_DEFORMER,
    DetectorId,
    Front,
    MeshFile,
    ModelName,
    Parameters,
    Up,
    check_output,
    detect_keypoints,
    load_shape,
    named_values,
    say,
)
from kpstudio.cli.progress import progress


def detect(
    mesh: MeshFile,
    detector: DetectorId = KEYPOINT_DEFORMER,
    model: ModelName = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File to write (.json, .mrk.json, .csv); else stdout."),
    ] = None,
    up: Up = "",
    front: Front = "",
    parameter: Parameters = None,
) -> None:
    """Find the keypoints of a mesh.

    `kpstudio detectors list` tells which detectors there are, `kpstudio detectors show ID` what one
    finds, what it needs, and its parameters.
    """
    from kpstudio import api
    from kpstudio.app.files import keypoint_info
    from kpstudio.io.keypoints import native
    from kpstudio.io.registry import writable_keypoint_format

    if output is not None:
        check_output(output, writable_keypoint_format)
    values = {"model": model} if model else {}
    values |= named_values(parameter)
    with progress() as ctx:
        shape = load_shape(mesh, up, front, ctx.part(0.0, 0.3))
        shape = detect_keypoints(shape, detector, values, ctx.part(0.3, 1.0))
    assert shape.keypoints is not None
    if output is None:
        typer.echo(native.write(shape.keypoints, keypoint_info(shape)), nl=False)
        return
    for note in api.save_keypoints(shape, output):
        say(note)
    say(f"wrote {len(shape.keypoints)} keypoints to {output}")
