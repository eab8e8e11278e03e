"""From one file format to another: meshes, keypoints, and keypoints out of meshes."""

from __future__ import annotations

from pathlib import Path

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError
from kpstudio.io import registry as formats


def holds_keypoints(path: Path) -> bool:
    """Whether a file of this name would be written as keypoints."""
    try:
        formats.writable_keypoint_format(path)
    except FileError:
        return False
    return True


def check_writable(path: Path) -> None:
    """Refuse a file whose suffix is no format that can be written.

    Raises
    ------
    FileError
        No format of meshes or keypoints has its suffix; the remedy lists those of meshes.
    """
    if not holds_keypoints(path):
        formats.writable_mesh_format(path)


def convert(source: Path, output: Path, ctx: RunContext | None = None) -> tuple[str, ...]:
    """Write what is in a file in the format that another name asks for.

    Parameters
    ----------
    source
        A mesh or keypoint file.
    output
        The file to write.
    ctx
        Progress and cancellation.

    Returns
    -------
    tuple of str
        What is to know of the file, and what the new format cannot hold, in sentences.

    Raises
    ------
    FileError, FormatError
        One cannot be read, or the other not be written.
    """
    ctx = ctx or RunContext()
    ctx.progress(0.0, f"Reading {source.name}")
    if holds_keypoints(output):
        loaded = formats.load_keypoints(source, space=None)
        return loaded.notes + formats.save_keypoints(output, loaded.keypoints, loaded.info)
    content = formats.read_mesh(source, ctx, allow_cloud=True)
    mesh = content.meshes[0]
    return content.notes + formats.save_mesh(output, mesh, content.fields, content.keypoints, ctx)
