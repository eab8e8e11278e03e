"""Mesh files: opened by what they hold, saved by how they are called.

Other packages add formats by declaring `MeshFormat` objects in the entry point group
`kpstudio.mesh_formats`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FormatError, InputError
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.io.files import file_size, guarded, read_head
from kpstudio.io.format_table import FormatTable
from kpstudio.io.formats import MeshExport, MeshFile, MeshFormat, MeshSource
from kpstudio.io.parts import merge_parts

#: Bytes looked at to tell a format.
HEAD = 1 << 14

# In the order in which they are asked whether a file is theirs: sure signs first.
_FORMATS = FormatTable(
    "mesh format",
    MeshFormat,
    {
        "ply": "kpstudio.io.meshes.ply:FORMAT",
        "glb": "kpstudio.io.meshes.gltf:GLB",
        "vtp": "kpstudio.io.meshes.vtp:FORMAT",
        "off": "kpstudio.io.meshes.off:FORMAT",
        "gltf": "kpstudio.io.meshes.gltf:GLTF",
        "stl": "kpstudio.io.meshes.stl:FORMAT",
        "obj": "kpstudio.io.meshes.obj:FORMAT",
    },
    "kpstudio.mesh_formats",
)

Parts = Literal["merge", "list"]


def mesh_formats() -> tuple[MeshFormat, ...]:
    """Return the mesh formats that are known."""
    return _FORMATS.all()


def mesh_format_failures() -> Mapping[str, str]:
    """Return why mesh formats of other packages are left out, by name; tracebacks end with it."""
    return _FORMATS.failures


def mesh_suffixes() -> tuple[str, ...]:
    """Return the suffixes of mesh files that can be opened, lower case with their dot."""
    return _FORMATS.suffixes()


def writable_mesh_format(path: Path | str) -> MeshFormat:
    """Return the format in which `save_mesh` would write a file of this name.

    Raises
    ------
    FileError
        No format that can be written has its suffix.
    """
    return _FORMATS.writable(Path(path))


def load_mesh(
    path: Path | str,
    ctx: RunContext | None = None,
    *,
    scene: Parts = "merge",
    allow_cloud: bool = False,
) -> list[Mesh]:
    """Return the meshes in a file; vertices and faces are never moved, merged or reordered.

    Parameters
    ----------
    path
        The file.
    ctx
        Told of progress, asked for cancellation.
    scene
        "merge" gives all parts as one mesh, "list" one mesh for every part.
    allow_cloud
        Accept a file without faces.

    Raises
    ------
    FileError
        It does not exist, is a folder or must not be read.
    FormatError
        It is empty, cut off, damaged, of an unknown format, or has no faces.
    """
    return list(read_mesh(path, ctx, scene=scene, allow_cloud=allow_cloud).meshes)


def read_mesh(
    path: Path | str,
    ctx: RunContext | None = None,
    *,
    scene: Parts = "merge",
    allow_cloud: bool = False,
) -> MeshFile:
    """Return the meshes in a file with its fields, keypoints and notes, as `load_mesh`."""
    path = Path(path)
    ctx = ctx or RunContext()
    found, notes = identify(path)
    assert found.read is not None
    source = guarded(
        path,
        found.title,
        lambda: MeshSource(path.read_bytes(), path, scene == "list", ctx.part(0.1, 0.9)),
    )
    read = found.read
    content = guarded(path, found.title, lambda: _with_space(read(source)))
    ctx.check()
    if not allow_cloud and not any(len(mesh.faces) for mesh in content.meshes):
        raise FormatError(
            "has no faces: it is a point cloud",
            remedy="Reconstruct its surface first.",
            path=path,
        )
    if scene == "merge" and len(content.meshes) > 1:
        merged = guarded(path, found.title, lambda: merge_parts(content.meshes, path.stem))
        content = replace(content, meshes=(merged,), fields=())
    ctx.progress(1.0)
    return replace(content, notes=(*notes, *content.notes))


def _with_space(content: MeshFile) -> MeshFile:
    """Return the file with meshes that know which frame it declares."""
    if not content.space:
        return content
    meshes = tuple(replace(mesh, space=content.space) for mesh in content.meshes)
    return replace(content, meshes=meshes)


def identify(path: Path) -> tuple[MeshFormat, tuple[str, ...]]:
    """Return a file's format, and a note when its name promises another.

    Raises
    ------
    FileError, FormatError
        It cannot be read, is empty, or its format is unknown.
    """
    size = file_size(path)
    head = read_head(path, HEAD)
    named = _FORMATS.named(path)
    readable = [candidate for candidate in _FORMATS.all() if candidate.can_read]
    found = next((candidate for candidate in readable if candidate.sniff(head, size)), None)
    if found is None and named is not None and named.can_read:
        return named, ()
    if found is None:
        raise FormatError(
            "is no mesh file of a known format",
            remedy=f"Known: {', '.join(item.id.upper() for item in readable)}.",
            path=path,
        )
    if named is not None and named is not found:
        return found, (f"The file is called {path.suffix} but holds {found.id.upper()}.",)
    return found, ()


def save_mesh(
    path: Path | str,
    mesh: Mesh,
    fields: Sequence[Field] = (),
    keypoints: KeypointSet | None = None,
    ctx: RunContext | None = None,
) -> tuple[str, ...]:
    """Write a mesh in the format of the file's name; the old file stays if anything goes wrong.

    Parameters
    ----------
    path
        The file.
    mesh
        The mesh.
    fields
        Per-vertex fields to keep with it.
    keypoints
        Keypoints to keep with it.
    ctx
        Asked for cancellation.

    Returns
    -------
    tuple of str
        What the format cannot hold and is lost, in sentences.

    Raises
    ------
    FileError
        Unknown suffix, no such folder, no permission, or the disk is full.
    InputError
        A field is not of this mesh.
    """
    path = Path(path)
    for field in fields:
        if len(field.values) != len(mesh.vertices):
            raise InputError(
                f"the field {field.name} has {len(field.values)} values "
                f"for {len(mesh.vertices)} vertices"
            )
    chosen = writable_mesh_format(path)
    assert chosen.write is not None
    export = MeshExport(mesh, tuple(fields), keypoints, ctx or RunContext())
    notes = chosen.write(path, export)
    lost = chosen.lost(_contents(export))
    if not lost:
        return notes
    return (f"{chosen.id.upper()} cannot hold {', '.join(lost)}.", *notes)


def _contents(export: MeshExport) -> Iterator[str]:
    """Yield the keys of `MESH_CONTENTS` that an export has."""
    mesh, look = export.mesh, export.mesh.appearance
    yield "shared vertices"
    if (mesh.vertices.astype(np.float32) != mesh.vertices).any():
        yield "double precision"
    if look is not None and look.colors is not None:
        yield "colors"
    if look is not None and look.texture is not None:
        yield "texture"
    if export.fields:
        yield "fields"
    if export.keypoints is not None and len(export.keypoints):
        yield "keypoints"
    if mesh.unit:
        yield "unit"
    if mesh.space:
        yield "space"
