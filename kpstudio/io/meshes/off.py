"""Object File Format: OFF with colours (COFF), normals (NOFF) and texture coordinates (STOFF).

Per-vertex normals are not kept: they follow from the vertices.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.paths import atomic_path
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.io.appearance import face_colors_to_vertices, with_alpha
from kpstudio.io.damage import damaged, truncated
from kpstudio.io.formats import MeshExport, MeshFile, MeshFormat, MeshSource
from kpstudio.io.polygons import triangulate
from kpstudio.io.text import Words, numbers, pieces, table, unix_lines
from kpstudio.io.text_writer import formatted

Indices = NDArray[np.int64]

#: Prefixes say what a vertex has: texture coordinates, colour, normal, a fourth coordinate.
HEADER = re.compile(rb"\s*(?:#[^\n]*\n\s*)*(ST)?(C)?(N)?(4)?OFF\b([ \t]+BINARY)?", re.IGNORECASE)
COUNTS = re.compile(rb"(?:\s|#[^\n]*\n)*(\d+)[ \t]+(\d+)(?:[ \t]+\d+)?[^\n]*(?:\n|$)")

#: A vertex or a face takes at least this many bytes: "0 0 0\n".
LEAST_BYTES = 6


def read(source: MeshSource) -> MeshFile:
    """Read an OFF file.

    Raises
    ------
    FormatError
        Cut off, damaged, or of a kind that cannot be read (binary or with four coordinates).
    """
    data = unix_lines(source.data)
    header = HEADER.match(data)
    counts = COUNTS.match(data, header.end()) if header is not None else None
    if header is None or counts is None:
        raise damaged("it does not begin as an OFF file does, with OFF and the counts")
    if header.group(4) or header.group(5):
        raise damaged("binary OFF files and those with four coordinates cannot be read")
    vertices, faces = int(counts.group(1)), int(counts.group(2))
    if (vertices + faces) * LEAST_BYTES > len(data):
        raise truncated("vertices and faces", len(data) // LEAST_BYTES, vertices + faces)
    values, lengths = _rows(data, counts.end(), source)
    if len(lengths) < vertices + faces:
        raise truncated("vertices and faces", len(lengths), vertices + faces)
    split = int(lengths[:vertices].sum())
    points = _vertex_rows(values[:split], lengths[:vertices])
    corners, sizes, face_colors = _face_rows(values[split:], lengths[vertices : vertices + faces])
    if len(corners) and (corners.min() < 0 or corners.max() >= vertices):
        raise damaged(f"a face names a vertex outside 0..{vertices - 1}")
    cut, polygons = triangulate(points[:, :3], corners, sizes)
    triangles = corners[cut].astype(np.int32)
    colors = _vertex_colors(points, normals=header.group(3) is not None, uv=bool(header.group(1)))
    if colors is None and face_colors is not None:
        colors = face_colors_to_vertices(vertices, triangles, face_colors[polygons])
    look = None if colors is None else Appearance(colors)
    mesh = Mesh(points[:, :3], triangles, source.path.stem, source.path, appearance=look)
    return MeshFile((mesh,))


def _rows(data: bytes, start: int, source: MeshSource) -> tuple[FloatArray, Indices]:
    """Return the numbers of all lines, and how many each line has."""
    values, lengths = [np.zeros(0)], [np.zeros(0, np.int64)]
    for piece in pieces(data, source.ctx, start):
        words = Words.find(piece)
        values.append(numbers(words.text))
        lengths.append(words.counts)
    return np.concatenate(values), np.concatenate(lengths)


def _vertex_rows(values: FloatArray, lengths: Indices) -> FloatArray:
    if len(lengths) == 0:
        return np.zeros((0, 3))
    if lengths.min() < 3:
        raise damaged("a vertex has fewer than three coordinates")
    return table(values, lengths, int(lengths.min()))


def _face_rows(values: FloatArray, lengths: Indices) -> tuple[Indices, Indices, ByteArray | None]:
    """Return (c,) corners, (p,) sizes and (p,4) colours of faces, None where some have none."""
    starts = np.cumsum(lengths) - lengths
    sizes = values[starts].astype(np.int64)
    if (sizes < 1).any() or (sizes >= lengths).any():
        raise damaged("a face has fewer vertices than it says")
    kept = sizes >= 3
    starts, lengths, sizes = starts[kept], lengths[kept], sizes[kept]
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    corners = values[np.repeat(starts + 1, sizes) + place].astype(np.int64)
    extra = lengths - 1 - sizes
    if len(extra) == 0 or extra.min() < 3:
        return corners, sizes, None
    columns = min(int(extra.min()), 4)
    first = starts + 1 + sizes
    return corners, sizes, with_alpha(values[first[:, None] + np.arange(columns)])


def _vertex_colors(points: FloatArray, *, normals: bool, uv: bool) -> ByteArray | None:
    # Some writers leave the prefix out, so the columns that are there decide.
    colors = points[:, 6 if normals else 3 : -2 if uv else None]
    return with_alpha(colors[:, :4]) if colors.shape[1] in (3, 4) else None


def write(path: Path, export: MeshExport) -> tuple[str, ...]:
    """Write an OFF file, or COFF when the mesh has colours.

    Raises
    ------
    FileError
        The disk is full or the folder cannot be written.
    """
    mesh, ctx = export.mesh, export.ctx
    colors = mesh.appearance.colors if mesh.appearance is not None else None
    template, rows = "%r %r %r", mesh.vertices
    if colors is not None:
        template += " %d %d %d %d"
        rows = np.concatenate([mesh.vertices, colors], axis=1)
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(b"OFF\n" if colors is None else b"COFF\n")
        stream.write(f"{len(mesh.vertices)} {len(mesh.faces)} 0\n".encode())
        stream.writelines(formatted(template, rows, ctx))
        stream.writelines(formatted("3 %d %d %d", mesh.faces, ctx))
    return ()


def sniff(head: bytes, size: int) -> bool:
    """Whether the beginning of a file is that of an OFF file."""
    return HEADER.match(head) is not None


FORMAT = MeshFormat(
    id="off",
    title="Object File Format",
    suffixes=(".off", ".coff"),
    holds=frozenset({"shared vertices", "double precision", "colors"}),
    sniff=sniff,
    read=read,
    write=write,
)
