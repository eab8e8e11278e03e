"""`kpstudio sample`: new plausible shapes from one mesh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError
from kpstudio.cli.options import (
    KEYPOINT_DEFORMER,
    DetectorId,
    Front,
    MeshFile,
    ModelName,
    Up,
    detected_shape,
    save_shapes,
)
from kpstudio.cli.progress import progress

if TYPE_CHECKING:
    from numpy.random import Generator

    from kpstudio.data.shape import Shape

#: Format of the results where the mesh's own cannot be written.
FALLBACK = ".ply"


def sample(
    mesh: MeshFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write into.")],
    detector: DetectorId = KEYPOINT_DEFORMER,
    model: ModelName = "",
    count: Annotated[int, typer.Option("-n", "--count", help="How many.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same shapes.", min=0)] = 0,
    spread: Annotated[
        float, typer.Option(help="Distance from the mean, standard deviations.", min=0.0)
    ] = 1.0,
    up: Up = "",
    front: Front = "",
) -> None:
    """Draw keypoints from the category's shape prior and deform the mesh to them."""
    import numpy as np

    _make_folder(output)
    suffix = _suffix(mesh)
    generator = np.random.default_rng(seed)
    with progress() as ctx:
        shape = detected_shape(mesh, detector, model, up, front, ctx.part(0.0, 0.4))
        drawn = _draw(shape, generator, count, spread, ctx.part(0.4, 1.0))
        save_shapes(
            (sampled, output / f"{mesh.stem}-{index:03d}{suffix}")
            for index, sampled in enumerate(drawn)
        )


def _draw(
    shape: Shape, generator: Generator, count: int, spread: float, ctx: RunContext
) -> Iterator[Shape]:
    """Yield the samples one by one: a hundred large meshes need the memory of one."""
    from kpstudio import api

    for index in range(count):
        step = ctx.part(index / count, (index + 1) / count)
        step.progress(0.0, f"Sample {index + 1} of {count}")
        yield api.sample(shape, generator, spread, ctx=step)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError("cannot be made a folder", remedy="Choose another.", path=path) from error


def _suffix(mesh: Path) -> str:
    from kpstudio.io.registry import writable_mesh_format

    try:
        writable_mesh_format(mesh)
    except FileError:
        return FALLBACK
    return mesh.suffix.lower()
