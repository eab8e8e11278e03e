"""`kpstudio align`: deform one shape towards another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import (
    KEYPOINT_DEFORMER,
    DetectorId,
    Front,
    ModelName,
    OutputMesh,
    Up,
    check_output,
    detected_shape,
    save_shapes,
)
from kpstudio.cli.progress import progress


def align(
    source: Annotated[Path, typer.Argument(help="The mesh to deform.", show_default=False)],
    target: Annotated[Path, typer.Argument(help="The mesh to come close to.", show_default=False)],
    output: OutputMesh,
    detector: DetectorId = KEYPOINT_DEFORMER,
    model: ModelName = "",
    amount: Annotated[float, typer.Option(help="0 = the source, 1 = the target.")] = 1.0,
    up: Up = "",
    front: Front = "",
) -> None:
    """Deform a mesh so that its keypoints take the arrangement of another's.

    The source keeps its place, size and pose. --up and --front hold for both files.
    """
    from kpstudio import api
    from kpstudio.io.registry import writable_mesh_format

    check_output(output, writable_mesh_format)
    with progress() as ctx:
        shape = detected_shape(source, detector, model, up, front, ctx.part(0.0, 0.4))
        assert shape.detection is not None
        # Only keypoints of one model correspond.
        used = model or shape.detection.provenance.model
        goal = detected_shape(target, detector, used, up, front, ctx.part(0.4, 0.8))
        ctx.progress(0.8, "Deforming")
        aligned = api.align(shape, goal, amount, ctx=ctx.part(0.8, 1.0))
        save_shapes([(aligned, output)])
