"""Keypoint files: opened by what they hold, saved by how they are called.

Other packages add formats by declaring `KeypointFormat` objects in the entry point group
`kpstudio.keypoint_formats`. Mesh files that carry keypoints (GLB, VTP) are read as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from kpstudio.base.errors import FormatError, InputError
from kpstudio.base.paths import atomic_path
from kpstudio.data.keypoints import KeypointSet, Origin
from kpstudio.io.files import file_size, guarded, read_head
from kpstudio.io.format_table import FormatTable
from kpstudio.io.formats import KeypointFile, KeypointFormat, KeypointInfo
from kpstudio.io.mesh_registry import HEAD, mesh_formats, read_mesh

#: Bytes of the largest file that is read as keypoints.
SIZE_LIMIT = 1 << 28

# In the order in which they are asked whether a file is theirs.
_FORMATS = FormatTable(
    "keypoint format",
    KeypointFormat,
    {
        "mrk.json": "kpstudio.io.keypoints.slicer:FORMAT",
        "json": "kpstudio.io.keypoints.native:FORMAT",
        "csv": "kpstudio.io.keypoints.table:FORMAT",
    },
    "kpstudio.keypoint_formats",
)


def keypoint_formats() -> tuple[KeypointFormat, ...]:
    """Return the keypoint formats that are known."""
    return _FORMATS.all()


def keypoint_format_failures() -> Mapping[str, str]:
    """Return why formats of other packages are left out, as `mesh_format_failures`."""
    return _FORMATS.failures


def keypoint_suffixes() -> tuple[str, ...]:
    """Return the suffixes of keypoint files that can be opened, lower case with their dot."""
    return _FORMATS.suffixes()


def writable_keypoint_format(path: Path | str) -> KeypointFormat:
    """Return the format in which `save_keypoints` would write a file of this name.

    Raises
    ------
    FileError
        No format that can be written has its suffix.
    """
    return _FORMATS.writable(Path(path))


def load_keypoints(path: Path | str, space: str | None = "LPS") -> KeypointFile:
    """Return the keypoints in a file, in the coordinates of the mesh they belong to.

    Parameters
    ----------
    path
        The file.
    space
        Anatomical frame of that mesh, `Mesh.space`; one that does not say is in LPS. Positions are
        turned round only when the file names the other one. None leaves them as they are.

    Raises
    ------
    FileError
        It does not exist, is a folder or must not be read.
    FormatError
        It is empty, damaged, of an unknown format, or holds no keypoints.
    """
    path = Path(path)
    size = file_size(path)
    head = read_head(path, HEAD)
    if any(candidate.sniff(head, size) for candidate in mesh_formats()):
        return _turned(_carried(path), space)
    if size > SIZE_LIMIT:
        raise FormatError("is too large for a keypoint file", path=path)
    data = guarded(path, "keypoint", path.read_bytes)
    found = next((item for item in _FORMATS.all() if item.can_read and item.sniff(data)), None)
    found = found or _FORMATS.named(path)
    if found is None or found.read is None:
        known = ", ".join(item.suffixes[0] for item in _FORMATS.all() if item.can_read)
        raise FormatError(
            "is no keypoint file of a known format", remedy=f"Known: {known}.", path=path
        )
    read = found.read
    content = guarded(path, found.title, lambda: read(data))
    return _turned(content, space)


def _carried(path: Path) -> KeypointFile:
    content = read_mesh(path, allow_cloud=True)
    if content.keypoints is None:
        raise FormatError(
            "is a mesh file without keypoints in it", remedy="Open it as a mesh.", path=path
        )
    info = KeypointInfo(shape_file=path.name, unit=content.meshes[0].unit, space=content.space)
    return KeypointFile(content.keypoints, info, content.notes)


def _turned(content: KeypointFile, space: str | None) -> KeypointFile:
    if space is None:
        return content
    space = space or "LPS"
    if content.info.space in ("", space):
        return content
    # RAS is LPS with x and y negated, and the other way round.
    positions = content.keypoints.positions * np.array([-1.0, -1.0, 1.0])
    return KeypointFile(
        replace(content.keypoints, positions=positions),
        replace(content.info, space=space),
        (*content.notes, f"Turned from {content.info.space} to the {space} of the mesh."),
    )


def save_keypoints(
    path: Path | str, keypoints: KeypointSet, info: KeypointInfo | None = None
) -> tuple[str, ...]:
    """Write keypoints in the format of the file's name.

    Parameters
    ----------
    path
        The file.
    keypoints
        The keypoints.
    info
        What else is known of them.

    Returns
    -------
    tuple of str
        What the format cannot hold and is lost, in sentences.

    Raises
    ------
    FileError
        Unknown suffix, no such folder, no permission, or the disk is full.
    InputError
        Something about them cannot be written, such as a parameter that is not a number.
    """
    path, info = Path(path), info or KeypointInfo()
    chosen = writable_keypoint_format(path)
    assert chosen.write is not None
    try:
        data = chosen.write(keypoints, info)
    except (TypeError, ValueError) as error:
        raise InputError(f"the keypoints cannot be written: {error}") from error
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    lost = chosen.lost(_contents(keypoints, info))
    return (f"{chosen.title} cannot hold {', '.join(lost)}.",) if lost else ()


def _contents(keypoints: KeypointSet, info: KeypointInfo) -> Iterator[str]:
    """Yield the keys of `KEYPOINT_CONTENTS` that the keypoints have."""
    yield "labels"
    if (keypoints.confidence != 1.0).any():
        yield "confidence"
    if keypoints.anchor is not None:
        yield "anchor"
    if not keypoints.defined.all():
        yield "missing"
    if keypoints.locked.any():
        yield "locked"
    if len(set(keypoints.origin) - {Origin.DETECTED}):
        yield "origin"
    if keypoints.schema.mirror or keypoints.schema.edges:
        yield "structure"
    if info.detector:
        yield "provenance"
    if info.mesh_key or info.shape_file:
        yield "shape"
