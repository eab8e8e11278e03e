"""STL, text and binary.

An STL file is a list of separate triangles: corners of exactly equal coordinates become one vertex,
numbered in the order of their first appearance. Faces keep their order; normals follow from them.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.paths import atomic_path
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.normals import face_cross_products
from kpstudio.io.damage import damaged, truncated
from kpstudio.io.formats import MeshExport, MeshFile, MeshFormat, MeshSource
from kpstudio.io.text import Words, numbers, pieces, unix_lines
from kpstudio.io.weld import weld

HEADER_BYTES = 84
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read(source: MeshSource) -> MeshFile:
    """Read an STL file.

    Raises
    ------
    FormatError
        Cut off, damaged, or without triangles.
    """
    data = source.data
    corners = _binary(data) if _is_binary(data[:HEADER_BYTES], len(data)) else _text(source)
    source.ctx.progress(0.5, "Joining corners")
    # Welding as the file's own single precision is exact and twice as fast.
    first, group = weld(corners)
    source.ctx.check()
    vertices = corners[first].astype(np.float64)
    faces = group.reshape(-1, 3).astype(np.int32)
    mesh = Mesh(vertices, faces, source.path.stem, source.path)
    return MeshFile((mesh,), space=_space(data))


def _is_binary(head: bytes, size: int) -> bool:
    if len(head) < HEADER_BYTES:
        return False
    # Many binary files also begin with "solid": the size decides.
    if size == HEADER_BYTES + TRIANGLE.itemsize * _count(head):
        return True
    return re.match(rb"\s*solid\s", head, re.IGNORECASE) is None


def _count(head: bytes) -> int:
    (count,) = struct.unpack_from("<I", head, HEADER_BYTES - 4)
    return int(count)


def _binary(data: bytes) -> FloatArray:
    count = _count(data)
    held = (len(data) - HEADER_BYTES) // TRIANGLE.itemsize
    if held < count:
        raise truncated("triangles", held, count)
    corners = np.frombuffer(data, TRIANGLE, count, HEADER_BYTES)["corners"]
    return np.ascontiguousarray(corners).reshape(-1, 3)


def _text(source: MeshSource) -> FloatArray:
    data = unix_lines(source.data)
    rows = [np.zeros((0, 3))]
    for piece in pieces(data, source.ctx.part(0.0, 0.5)):
        words = Words.find(piece)
        lines = (words.character(0) | 32) == ord("v")
        values = numbers(words.of_lines(lines, skip=len("vertex")))
        if (words.counts[lines] != 4).any():
            raise damaged("a vertex does not have three coordinates")
        rows.append(values.reshape(-1, 3))
    corners = np.concatenate(rows)
    if len(corners) == 0:
        raise damaged("there are no triangles in it")
    if len(corners) % 3 or b"endsolid" not in data[-4096:].lower():
        raise damaged(f"the file is cut off after {len(corners) // 3:,} triangles")
    return corners


def _space(data: bytes) -> str:
    found = re.search(rb"SPACE=(LPS|RAS)", data[:HEADER_BYTES])
    return found.group(1).decode() if found else ""


def write(path: Path, export: MeshExport) -> tuple[str, ...]:
    """Write a binary STL file.

    Raises
    ------
    FileError
        The disk is full or the folder cannot be written.
    """
    mesh = export.mesh
    triangles = np.zeros(len(mesh.faces), TRIANGLE)
    crosses = face_cross_products(mesh.vertices, mesh.faces)
    lengths = np.linalg.norm(crosses, axis=1, keepdims=True)
    triangles["normal"] = np.divide(crosses, lengths, out=crosses, where=lengths > 0)
    triangles["corners"] = mesh.vertices[mesh.faces]
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        # The header must not begin with "solid", the mark of text files.
        title = f"binary STL SPACE={mesh.space}" if mesh.space else "binary STL"
        stream.write(title.encode().ljust(HEADER_BYTES - 4) + struct.pack("<I", len(triangles)))
        stream.write(triangles.view(np.uint8).data)
    return ()


def sniff(head: bytes, size: int) -> bool:
    """Whether a file is binary STL by its size, or text STL by its first lines."""
    if len(head) >= HEADER_BYTES and size == HEADER_BYTES + TRIANGLE.itemsize * _count(head):
        return True
    text = rb"\s*solid\b[^\r\n]*[\r\n]+\s*(facet|endsolid)\b"
    return re.match(text, head, re.IGNORECASE) is not None


FORMAT = MeshFormat(
    id="stl",
    title="Stereolithography",
    suffixes=(".stl",),
    holds=frozenset({"space"}),
    sniff=sniff,
    read=read,
    write=write,
)
