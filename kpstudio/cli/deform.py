"""`kpstudio deform`: move keypoints, and the mesh with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.errors import ParameterError
from kpstudio.cli.options import (
    Front,
    MeshFile,
    ModelName,
    OutputMesh,
    Up,
    detect_keypoints,
    keypoint_index,
    load_shape,
    save_shape,
    three_numbers,
)

if TYPE_CHECKING:
    from kpstudio.base.arrays import FloatArray
    from kpstudio.data.shape import Shape


def deform(
    mesh: MeshFile,
    output: OutputMesh,
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
    from kpstudio.app import operations
    from kpstudio.app.moves import MoveOptions

    if not move and not to:
        raise ParameterError("nothing is moved", remedy="Use --move or --to.")
    shape = detect_keypoints(load_shape(mesh, up, front), model)
    offsets = _offsets(shape, move or [], to or [])
    shape = operations.move_keypoints(
        shape,
        operations.rig_for(shape),
        list(offsets),
        list(offsets.values()),
        MoveOptions(prior, symmetric),
    )
    save_shape(shape, output)


def _offsets(shape: Shape, moves: list[str], places: list[str]) -> dict[int, FloatArray]:
    """Return the offset of every keypoint that is moved, file coordinates."""
    import numpy as np

    assert shape.keypoints is not None
    offsets: dict[int, FloatArray] = {}
    for text, absolute in [(m, False) for m in moves] + [(p, True) for p in places]:
        name, equals, numbers = text.rpartition("=")
        if not equals:
            raise ParameterError(f"{text!r} names no keypoint", remedy="Write KEYPOINT=x,y,z.")
        index = keypoint_index(shape, name)
        if index in offsets:
            raise ParameterError(f"keypoint {index} is moved twice")
        value = np.array(three_numbers(numbers, f"the move of {name}"))
        if absolute:
            offsets[index] = value - shape.keypoints.positions[index]
        else:
            offsets[index] = shape.normalisation.invert_vectors(value)
    return offsets
