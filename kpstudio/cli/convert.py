"""`kpstudio convert`: from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import say


def convert(
    source: Annotated[Path, typer.Argument(help="A mesh or a keypoint file.")],
    output: Annotated[Path, typer.Argument(help="The file to write; its suffix is the format.")],
) -> None:
    """Convert a mesh or keypoints; says what the new format cannot hold."""
    from kpstudio.io import registry

    if source.name.lower().endswith(registry.keypoint_suffixes()):
        loaded = registry.load_keypoints(source)
        notes = registry.save_keypoints(output, loaded.keypoints, loaded.info)
    else:
        notes = registry.save_mesh(output, registry.load_mesh(source)[0])
    for note in notes:
        say(note)
    say(f"wrote {output}")
