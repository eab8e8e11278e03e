"""`kpstudio sample`: new plausible shapes from one mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import (
    MeshFile,
    ModelName,
    detect_keypoints,
    load_shape,
    output_folder,
    save_shape,
)


def sample(
    mesh: MeshFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write into.")],
    model: ModelName = "",
    count: Annotated[int, typer.Option("-n", "--count", help="How many.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same shapes.", min=0)] = 0,
    spread: Annotated[
        float, typer.Option(help="Distance from the mean, standard deviations.", min=0.0)
    ] = 1.0,
) -> None:
    """Draw keypoints from the category's shape prior and deform the mesh to them."""
    import numpy as np

    from kpstudio.app import operations

    shape = detect_keypoints(load_shape(mesh), model)
    rig = operations.rig_for(shape)
    folder = output_folder(output)
    generator = np.random.default_rng(seed)
    suffix = mesh.suffix.lower() if mesh.suffix.lower() in _writable() else ".ply"
    for index in range(count):
        drawn = operations.sample(shape, rig, generator, spread)
        save_shape(drawn, folder / f"{mesh.stem}-{index:03d}{suffix}")


def _writable() -> set[str]:
    from kpstudio.io.registry import mesh_formats

    return {suffix for entry in mesh_formats() if entry.can_write for suffix in entry.suffixes}
