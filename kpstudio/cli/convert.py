"""`kpstudio convert`: from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    from kpstudio.app import conversion

    check_output(output, conversion.check_writable)
    with progress() as ctx:
        notes = conversion.convert(source, output, ctx)
    for note in notes:
        say(note)
    say(f"wrote {output}")
