"""`kpstudio MESH...`: open the window."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from kpstudio.base.errors import KPStudioError, ParameterError

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[MESH]...", help="Meshes or a project; the sample without any."),
]


def open_window(
    paths: Paths = None,
    detect: Annotated[str, typer.Option(help="Id of the detector to choose.")] = "",
    screenshot: Annotated[
        Path | None,
        typer.Option(help="Wait until all is drawn, save a picture of the window and leave."),
    ] = None,
    size: Annotated[str, typer.Option(help="Size of the window, such as 1280x800.")] = "",
) -> int:
    """Open the window with these files; `kpstudio MESH...` is short for it."""
    pixels = _pixels(size) if size else None
    try:
        from kpstudio.ui.application import run
    except ImportError as error:
        # Qt and VTK need libraries of the system that no Python package brings along.
        raise KPStudioError(
            f"the window cannot start: {error}",
            remedy="scripts/setup installs the libraries; the other commands work without them.",
        ) from error
    return run(list(paths or ()), detect or None, screenshot, pixels)


def _pixels(size: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", size)
    if match is None:
        raise ParameterError(f"the size is {size!r}", remedy="Write it like 1280x800.")
    return int(match[1]), int(match[2])
