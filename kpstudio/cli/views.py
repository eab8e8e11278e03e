"""`kpstudio views`: pictures of a mesh from known cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import Front, MeshFile, Up, load_shape, say
from kpstudio.cli.progress import progress


def views(
    mesh: MeshFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write into.")],
    rig: Annotated[
        str, typer.Option(help="Where the cameras are: turntable, hemisphere or sphere.")
    ] = "turntable",
    count: Annotated[
        int, typer.Option("-n", "--count", help="Number of cameras.", min=1, max=1000)
    ] = 8,
    size: Annotated[int, typer.Option(help="Pixels along a side.", min=16, max=4096)] = 128,
    elevation: Annotated[
        float, typer.Option(help="Height of a turntable, degrees.", min=-80.0, max=80.0)
    ] = 20.0,
    what: Annotated[
        str, typer.Option(help="What to write: colour, depth, mask, normals; by commas.")
    ] = "colour",
    colours: Annotated[
        bool, typer.Option("--colours", help="In the mesh's own colours; grey without.")
    ] = False,
    up: Up = "",
    front: Front = "",
) -> None:
    """Render a mesh from cameras around it, as picture detectors see it.

    Writes a PNG file for each view and kind, and cameras.json with the cameras.
    """
    from kpstudio.app.view_pictures import view_pictures
    from kpstudio.io.view_files import save_views

    kinds = [kind.strip() for kind in what.split(",") if kind.strip()]
    with progress() as ctx:
        shape = load_shape(mesh, up, front, ctx.part(0.0, 0.2))
        seen = view_pictures(
            shape, rig, count, size, elevation, colours=colours, ctx=ctx.part(0.2, 0.8)
        )
        save_views(
            output,
            seen,
            kinds,
            name=shape.mesh.name,
            mesh_key=shape.mesh.key,
            ctx=ctx.part(0.8, 1.0),
        )
    say(f"wrote {len(seen)} views to {output}")
