"""Writing PLY: binary, double precision, fields as vertex properties."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.paths import atomic_path
from kpstudio.data.field import Field
from kpstudio.data.mesh import Appearance
from kpstudio.io.formats import MeshExport
from kpstudio.io.meshes.mtl import write_texture

TYPES = {"f8": "double", "u1": "uchar"}
COLORS = ("red", "green", "blue", "alpha")
RESERVED = {"x", "y", "z", "nx", "ny", "nz", "s", "t", "u", "v", *COLORS}

FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def write(path: Path, export: MeshExport) -> tuple[str, ...]:
    """Write a binary PLY file; a texture goes into a PNG file beside it.

    Raises
    ------
    FileError
        The disk is full or the folder cannot be written.
    """
    mesh = export.mesh
    look = mesh.appearance or Appearance()
    columns: list[tuple[str, str, NDArray[np.generic]]] = [
        (axis, "f8", mesh.vertices[:, index]) for index, axis in enumerate("xyz")
    ]
    comments = [f"unit {' '.join(mesh.unit.split())}"] if mesh.unit else []
    if mesh.space:
        comments.append(f"SPACE={mesh.space}")
    if look.colors is not None:
        columns += [(name, "u1", look.colors[:, index]) for index, name in enumerate(COLORS)]
    if look.uv is not None:
        columns += [(name, "f8", look.uv[:, index]) for index, name in enumerate("st")]
    if look.uv is not None and look.texture is not None:
        comments.append(f"TextureFile {write_texture(path, look.texture)}")
    for name, field in zip(property_names(export.fields), export.fields, strict=True):
        about = {"name": field.name, "unit": field.unit, "signed": field.signed}
        comments.append(f"field {name} {json.dumps(about)}")
        columns.append((name, "f8", field.values))
    rows = np.empty(len(mesh.vertices), [(name, f"<{kind}") for name, kind, _ in columns])
    for name, _, values in columns:
        rows[name] = values
    faces = np.empty(len(mesh.faces), FACE)
    faces["count"], faces["corners"] = 3, mesh.faces
    header = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {text}" for text in comments),
        f"element vertex {len(rows)}",
        *(f"property {TYPES[kind]} {name}" for name, kind, _ in columns),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header\n",
    ]
    export.ctx.check()
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write("\n".join(header).encode())
        stream.write(rows.view(np.uint8).data)
        stream.write(faces.view(np.uint8).data)
    return ()


def property_names(fields: Sequence[Field]) -> list[str]:
    """Return a name for every field that PLY allows: one word, no two alike."""
    names: list[str] = []
    for field in fields:
        word = re.sub(r"\W+", "_", field.name, flags=re.ASCII).strip("_") or "field"
        name, number = word, 1
        while name in RESERVED or name in names:
            number += 1
            name = f"{word}_{number}"
        names.append(name)
    return names
