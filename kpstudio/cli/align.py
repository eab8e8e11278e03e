"""`kpstudio align`: deform one shape towards another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import (
    MeshFile,
    ModelName,
    OutputMesh,
    detect_keypoints,
    load_shape,
    save_shape,
)


def align(
    source: MeshFile,
    target: Annotated[Path, typer.Argument(help="The mesh to come close to.")],
    output: OutputMesh,
    model: ModelName = "",
    amount: Annotated[float, typer.Option(help="0 = the source, 1 = the target.")] = 1.0,
) -> None:
    """Deform a mesh so that its keypoints take the arrangement of another's."""
    from kpstudio.app import operations

    shape = detect_keypoints(load_shape(source), model)
    assert shape.detection is not None
    used = model or shape.detection.provenance.model
    goal = detect_keypoints(load_shape(target), used)
    aligned = operations.align(shape, goal, operations.rig_for(shape), amount)
    save_shape(aligned, output)
