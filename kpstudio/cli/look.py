"""`kpstudio look`: keypoints in a photo, and the pose that explains them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.base.errors import FileError
from kpstudio.cli.options import DetectorId, named_values, say
from kpstudio.cli.progress import progress


def look(
    photo: Annotated[
        Path, typer.Argument(metavar="PHOTO", help="A PNG or JPEG file.", show_default=False)
    ],
    category: Annotated[
        str,
        typer.Option("-c", "--category", help="What it shows; or a model's id or file."),
    ],
    detector: DetectorId = "keypointnet",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file to write; else stdout.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE",
            help="A detector's parameter; `kpstudio detectors show ID` lists them.",
        ),
    ] = None,
) -> None:
    """Find the keypoints of a category in a photo, and how the object is turned."""
    from kpstudio.app.photo_file import photo_text
    from kpstudio.app.photos import read_photo
    from kpstudio.base.paths import atomic_path

    if output is not None and not output.parent.is_dir():
        raise FileError(f"there is no folder {output.parent}", remedy="Make it first.", path=output)
    with progress() as ctx:
        found = read_photo(photo, category, detector, named_values(parameter), ctx)
    for note in found.notes:
        say(f"{photo.name}: {note}")
    text = photo_text(found)
    if output is None:
        typer.echo(text, nl=False)
        return
    with atomic_path(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    say(f"wrote {len(found.pixels)} keypoints to {output}")
