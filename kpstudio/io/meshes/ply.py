"""PLY, text and binary: colours, scalar properties as fields, textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.field import Field
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.io.appearance import face_colors_to_vertices, split_seams, with_alpha
from kpstudio.io.damage import damaged
from kpstudio.io.formats import MESH_CONTENTS, MeshFile, MeshFormat, MeshSource
from kpstudio.io.meshes.mtl import read_texture
from kpstudio.io.meshes.ply_header import Header, parse_header
from kpstudio.io.meshes.ply_rows import Table, read_tables
from kpstudio.io.meshes.ply_writer import write
from kpstudio.io.polygons import triangulate

Indices = NDArray[np.int64]

CORNERS = ("vertex_indices", "vertex_index")
COLORS = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
UV = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
#: Scalars that are no fields.
KNOWN = {"x", "y", "z", "nx", "ny", "nz", "alpha", "diffuse_alpha"}.union(*COLORS, *UV)


def read(source: MeshSource) -> MeshFile:
    """Read a PLY file.

    Raises
    ------
    FormatError
        Cut off, damaged, or without x, y and z.
    """
    header = parse_header(source.data)
    wanted = frozenset({"vertex", "face"})
    tables = read_tables(source.data, header, wanted, source.ctx.part(0.0, 0.8))
    vertex, face = tables.get("vertex", {}), tables.get("face", {})
    if not {"x", "y", "z"} <= vertex.keys():
        raise damaged("its vertices have no x, y and z")
    source.ctx.progress(0.8, "Reading faces")
    points = _columns(vertex, ("x", "y", "z"))
    faces = _Faces.read(face, points)
    texture_name = header.comment(r"TextureFile (.+)")
    texture = read_texture(source.path.parent, texture_name) if texture_name else None
    uv = _first(vertex, UV)
    triangles, copies = faces.triangles, np.zeros(0, np.int64)
    if uv is None and texture is not None and faces.uv is not None:
        flat = faces.triangles.reshape(-1)
        split, copies, uv = split_seams(flat, faces.uv, len(points))
        triangles = split.reshape(-1, 3)
    colors = _colors(vertex)
    if colors is None and faces.colors is not None:
        colors = face_colors_to_vertices(len(points), faces.triangles, faces.colors)
    order = np.append(np.arange(len(points)), copies)
    bare = colors is None and uv is None
    colors = None if colors is None else colors[order]
    look = Appearance(colors, uv, None if uv is None else texture)
    mesh = Mesh(
        points[order], triangles.astype(np.int32), source.path.stem, source.path,
        header.comment(r"unit (.+)"), None if bare else look,
    )  # fmt: skip
    fields, notes = _fields(vertex, header, order)
    if texture_name and look.texture is None:
        notes.append(f"the texture {texture_name} was not found or cannot be shown")
    return MeshFile((mesh,), tuple(fields), None, tuple(notes), _space(header))


@dataclass(frozen=True, eq=False)
class _Faces:
    """Triangles (m,3), with (3m,2) texture coordinates of their corners and (m,4) colours."""

    triangles: Indices
    uv: FloatArray | None = None
    colors: ByteArray | None = None

    @classmethod
    def read(cls, face: Table, points: FloatArray) -> _Faces:
        column = next((face[name] for name in CORNERS if name in face), None)
        if column is None or column.counts is None:
            return cls(np.zeros((0, 3), np.int64))
        vertices, counts = column.items.astype(np.int64), column.counts
        if len(vertices) and (vertices.min() < 0 or vertices.max() >= len(points)):
            raise damaged(f"faces name vertices outside 0..{len(points) - 1}")
        real = counts >= 3
        kept = np.flatnonzero(np.repeat(real, counts))
        corners, polygons = triangulate(points, vertices[kept], counts[real])
        corners, polygons = kept[corners], np.flatnonzero(real)[polygons]
        colors = _colors(face)
        uv = None
        wedges = face.get("texcoord")
        if wedges is not None and np.array_equal(wedges.counts, 2 * counts):  # type: ignore[arg-type]
            uv = wedges.items.reshape(-1, 2)[corners.reshape(-1)].astype(float)
        return cls(vertices[corners], uv, None if colors is None else colors[polygons])


def _columns(table: Table, names: tuple[str, ...]) -> FloatArray:
    return np.stack([table[name].items for name in names], axis=1).astype(np.float64)


def _first(table: Table, choices: tuple[tuple[str, ...], ...]) -> FloatArray | None:
    return next((_columns(table, names) for names in choices if set(names) <= table.keys()), None)


def _colors(table: Table) -> ByteArray | None:
    names = next((names for names in COLORS if set(names) <= table.keys()), None)
    if names is None:
        return None
    alpha = names[0].replace("red", "alpha")
    present = (*names, alpha) if alpha in table else names
    return with_alpha(np.stack([table[name].items for name in present], axis=1))


def _fields(vertex: Table, header: Header, order: Indices) -> tuple[list[Field], list[str]]:
    fields, notes = [], []
    described = header.fields()
    for name, column in vertex.items():
        if name in KNOWN or column.counts is not None:
            continue
        about = described.get(name, {})
        try:
            fields.append(
                Field(
                    str(about.get("name", name)),
                    column.items[order].astype(np.float64),
                    str(about.get("unit", "")),
                    bool(about.get("signed", False)),
                )
            )
        except InputError as error:
            notes.append(f"a field is left out: {error.message}")
    return fields, notes


def _space(header: Header) -> str:
    return header.comment(r"SPACE=(LPS|RAS)")


def sniff(head: bytes, size: int) -> bool:
    """Whether a file begins as PLY files do."""
    return head.startswith((b"ply\n", b"ply\r"))


FORMAT = MeshFormat(
    id="ply",
    title="Polygon file format",
    suffixes=(".ply",),
    holds=frozenset(MESH_CONTENTS) - {"keypoints"},
    sniff=sniff,
    read=read,
    write=write,
)
