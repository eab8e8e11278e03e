"""`kpstudio deform`: move keypoints, and the mesh with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.errors import ParameterError
from kpstudio.cli.options import (
    KEYPOINT_DEFORMER,
    DetectorId,
    Front,
    MeshFile,
    ModelName,
    OutputMesh,
    Up,
    check_output,
    detected_shape,
    save_shapes,
    three_numbers,
)
from kpstudio.cli.progress import progress

if TYPE_CHECKING:
    from kpstudio.base.arrays import FloatArray
    from kpstudio.data.shape import Shape


def deform(
    mesh: MeshFile,
    output: OutputMesh,
    detector: DetectorId = KEYPOINT_DEFORMER,
    model: ModelName = "",
    move: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEYPOINT=DX,DY,DZ",
            help="Offset in the normalised cube (longest side 1, +y up, +z front).",
        ),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="KEYPOINT=X,Y,Z", help="Place in the file's coordinates."),
    ] = None,
    prior: Annotated[
        float, typer.Option(help="How much the shape prior moves the others.", min=0.0, max=1.0)
    ] = 0.0,
    symmetric: Annotated[
        bool, typer.Option("--symmetric", help="Mirror every move to the partner keypoint.")
    ] = False,
    up: Up = "",
    front: Front = "",
) -> None:
    """Move keypoints by their index or name and write the mesh that follows."""
    from kpstudio import api
    from kpstudio.io.registry import writable_mesh_format

    if not move and not to:
        raise ParameterError("nothing is moved", remedy="Use --move or --to.")
    check_output(output, writable_mesh_format)
    with progress() as ctx:
        shape = detected_shape(mesh, detector, model, up, front, ctx.part(0.0, 0.6))
        offsets = _offsets(shape, move or [], to or [])
        ctx.progress(0.6, "Deforming")
        deformed = api.deform(
            shape, offsets, prior=prior, symmetric=symmetric, ctx=ctx.part(0.6, 1.0)
        )
        save_shapes([(deformed, output)])


def _offsets(shape: Shape, moves: list[str], places: list[str]) -> dict[int | str, FloatArray]:
    """Return the offset of every keypoint that is moved, file coordinates."""
    import numpy as np

    from kpstudio.api import keypoint_index

    assert shape.keypoints is not None
    offsets: dict[int | str, FloatArray] = {}
    for text, is_place in [(move, False) for move in moves] + [(place, True) for place in places]:
        name, equals, numbers = text.rpartition("=")
        if not equals:
            raise ParameterError(f"{text!r} names no keypoint", remedy="Write KEYPOINT=x,y,z.")
        index = keypoint_index(shape, name)
        if index in offsets:
            raise ParameterError(f"keypoint {name} is moved twice", remedy="Move it once.")
        value = np.array(three_numbers(numbers, f"the move of {name}"))
        if is_place:
            offsets[index] = value - shape.keypoints.positions[index]
        else:
            offsets[index] = shape.normalisation.invert_vectors(value)
    return offsets
