"""`kpstudio convert`: from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.base.errors import FileError
from kpstudio.cli.options import check_output, say
from kpstudio.cli.progress import progress


def convert(
    source: Annotated[Path, typer.Argument(help="A mesh or a keypoint file.", show_default=False)],
    output: Annotated[
        Path,
        typer.Argument(help="The file to write; its suffix is the format.", show_default=False),
    ],
) -> None:
    """Convert a mesh or keypoints; says what the new format cannot hold.

    A mesh file that carries keypoints, such as GLB, converts to a keypoint file too.
    """
    from kpstudio.io import registry

    if _is_keypoint_file(output):
        check_output(output, registry.writable_keypoint_format)
        loaded = registry.load_keypoints(source, space=None)
        notes = loaded.notes + registry.save_keypoints(output, loaded.keypoints, loaded.info)
    else:
        check_output(output, registry.writable_mesh_format)
        with progress() as ctx:
            ctx.progress(0.0, f"Reading {source.name}")
            content = registry.read_mesh(source, ctx, allow_cloud=True)
            written = registry.save_mesh(
                output, content.meshes[0], content.fields, content.keypoints, ctx
            )
        notes = content.notes + written
    for note in notes:
        say(note)
    say(f"wrote {output}")


def _is_keypoint_file(path: Path) -> bool:
    from kpstudio.io.registry import writable_keypoint_format

    try:
        writable_keypoint_format(path)
    except FileError:
        return False
    return True
