"""Writing Wavefront OBJ, with its material and texture beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.paths import atomic_path
from kpstudio.data.mesh import Appearance
from kpstudio.io.formats import MeshExport
from kpstudio.io.meshes.mtl import write_materials
from kpstudio.io.text_writer import formatted


def write(path: Path, export: MeshExport) -> tuple[str, ...]:
    """Write an OBJ file; a textured mesh also gets an MTL and a PNG file beside it.

    Raises
    ------
    FileError
        The disk is full or the folder cannot be written.
    """
    mesh, ctx = export.mesh, export.ctx
    look = mesh.appearance or Appearance()
    textured = look.texture is not None and look.uv is not None
    library = path.with_suffix(".mtl")
    if textured and look.texture is not None:
        write_materials(library, look.texture)
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(f"# {len(mesh.vertices)} vertices, {len(mesh.faces)} faces\n".encode())
        if mesh.space:
            stream.write(f"# SPACE={mesh.space}\n".encode())
        if textured:
            stream.write(f"mtllib {library.name}\n".encode())
        stream.write(f"o {_one_line(mesh.name)}\n".encode())
        stream.writelines(formatted(*_vertices(mesh.vertices, look.colors), ctx))
        corner = "%d"
        columns = mesh.faces + 1
        if look.uv is not None:
            stream.writelines(formatted("vt %r %r", look.uv, ctx))
            corner, columns = "%d/%d", np.repeat(columns, 2, axis=1)
        if textured:
            stream.write(b"usemtl textured\n")
        stream.writelines(formatted(f"f {corner} {corner} {corner}", columns, ctx))
    translucent = look.colors is not None and bool((look.colors[:, 3] < 255).any())
    return ("OBJ cannot hold transparent vertex colours: they are opaque",) if translucent else ()


def _vertices(vertices: FloatArray, colors: ByteArray | None) -> tuple[str, FloatArray]:
    if colors is None:
        return "v %r %r %r", vertices
    # Four digits are enough to find the byte again.
    rows = np.concatenate([vertices, np.round(colors[:, :3] / 255.0, 4)], axis=1)
    return "v %r %r %r %r %r %r", rows


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "mesh"
