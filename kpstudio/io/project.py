"""A project: everything that is open, in one .kpstudio file.

The file is a zip archive: `project.json`, described by `resources/schemas/project.schema.json`, and
the arrays that it names. It is written beside the old one and renamed over it at the end, so the
old one stays whole whatever happens.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpstudio import __version__
from kpstudio.base.context import RunContext
from kpstudio.base.errors import FormatError, InputError
from kpstudio.base.paths import atomic_path
from kpstudio.data.shape import Shape
from kpstudio.io import schemas
from kpstudio.io.array_store import LEVEL, ArrayReader, ArrayWriter
from kpstudio.io.damage import damaged
from kpstudio.io.files import file_size, guarded
from kpstudio.io.project_codec import Decoder, Encoder

FORMAT_NAME = "kpstudio-project"
VERSION = 1
INDEX = "project.json"


@dataclass(frozen=True, eq=False)
class ShapeEntry:
    """A shape of a project, with its name in the scene tree and whether it is drawn."""

    name: str
    visible: bool
    shape: Shape


@dataclass(frozen=True, eq=False)
class ProjectContents:
    """What a project holds.

    Parameters
    ----------
    shapes
        The shapes, in the order of the scene tree.
    state
        What else the application wants to find again (view, selection): JSON values only.
    """

    shapes: Sequence[ShapeEntry]
    state: Mapping[str, Any] = field(default_factory=dict)


def save_project(
    path: Path | str, contents: ProjectContents, ctx: RunContext | None = None
) -> None:
    """Write a project; everything is read back bit for bit by `load_project`.

    Parameters
    ----------
    path
        The file.
    contents
        What to write. Its data are frozen, so this may run in the background.
    ctx
        Told of progress, asked for cancellation.

    Raises
    ------
    FileError
        No such folder, no permission, or the disk is full: the old file is unchanged.
    InputError
        The state or a detector's parameters are not JSON values.
    """
    ctx = ctx or RunContext()
    with (
        atomic_path(path) as temporary,
        zipfile.ZipFile(temporary, "w", compresslevel=LEVEL) as archive,
    ):
        arrays = ArrayWriter(archive, ctx)
        encoder = Encoder(arrays)
        shapes = []
        for done, entry in enumerate(contents.shapes):
            ctx.progress(done / len(contents.shapes), f"Saving {entry.name}")
            head = {"name": entry.name, "visible": entry.visible}
            shapes.append(head | encoder.shape(entry.shape))
        content = {
            "format": FORMAT_NAME,
            "version": VERSION,
            "generator": f"KP Studio {__version__}",
            "meshes": encoder.meshes,
            "shapes": shapes,
            "state": dict(contents.state),
        }
        archive.compression = zipfile.ZIP_DEFLATED
        with archive.open(INDEX, "w") as stream:
            stream.write(_text(content).encode())
        ctx.progress(1.0, "Saved")


def _text(content: Mapping[str, Any]) -> str:
    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"the project cannot be written as JSON: {error}") from error


def load_project(path: Path | str, ctx: RunContext | None = None) -> ProjectContents:
    """Read a project.

    Parameters
    ----------
    path
        The file.
    ctx
        Told of progress, asked for cancellation.

    Raises
    ------
    FileError
        It does not exist, is a folder or must not be read.
    FormatError
        It is no project, damaged, made by a newer version, or unpacks to absurdly much.
    """
    path, ctx = Path(path), ctx or RunContext()
    size = file_size(path)
    return guarded(path, "project", lambda: _read(path, size, ctx))


def _read(path: Path, size: int, ctx: RunContext) -> ProjectContents:
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = ArrayReader(archive, size)
            content = schemas.parse(arrays.text(INDEX))
            if not isinstance(content, dict) or content.get("format") != FORMAT_NAME:
                raise damaged("it is no KP Studio project")
            schemas.check_version(content, VERSION)
            schemas.check(content, "project")
            ctx.progress(0.1, "Reading meshes")
            decoder = Decoder(content["meshes"], arrays)
            shapes = []
            for done, entry in enumerate(content["shapes"]):
                ctx.progress(0.1 + 0.9 * done / len(content["shapes"]), f"Reading {entry['name']}")
                shapes.append(ShapeEntry(entry["name"], entry["visible"], decoder.shape(entry)))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise FormatError(
            "is no KP Studio project, or is damaged",
            remedy="Open another copy, or the autosave.",
        ) from error
    ctx.progress(1.0)
    return ProjectContents(tuple(shapes), content["state"])
