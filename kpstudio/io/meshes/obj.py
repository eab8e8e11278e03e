"""Wavefront OBJ: vertices with colours, polygons, one texture; objects as parts.

Normals are not read: those of a mesh follow from its vertices. Lines, points and free-form
surfaces are left out.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import FormatError
from kpstudio.data.mesh import Mesh
from kpstudio.io.appearance import with_alpha
from kpstudio.io.damage import damaged
from kpstudio.io.formats import MeshFile, MeshFormat, MeshSource
from kpstudio.io.meshes.obj_faces import Corners
from kpstudio.io.meshes.obj_look import Materials, dress
from kpstudio.io.meshes.obj_writer import write
from kpstudio.io.parts import split_parts
from kpstudio.io.text import Words, numbers, pieces, table, unix_lines

Indices = NDArray[np.int64]


class _Content:
    """What has been read so far."""

    def __init__(self) -> None:
        self.positions: list[FloatArray] = []
        self.uv: list[FloatArray] = []
        self.corners: list[Corners] = []
        self.vertices = self.coordinates = self.polygons = 0
        #: (first polygon, name) of every material and object, in the order of the file.
        self.materials: list[tuple[int, str]] = []
        self.objects: list[tuple[int, str]] = []
        self.libraries: list[str] = []

    def add(self, words: Words) -> None:
        """Add the lines of one piece of text."""
        letter, second = words.character(0), words.character(1)
        alone = second <= ord(" ")
        vertex = (letter == ord("v")) & alone
        coordinate = (letter == ord("v")) & (second == ord("t"))
        face = (letter == ord("f")) & alone
        self._add_names(words, np.isin(letter, [ord(c) for c in "oum"]), face)
        if face.any():
            corners = Corners.read(
                words,
                face,
                self.vertices + np.cumsum(vertex)[face],
                self.coordinates + np.cumsum(coordinate)[face],
            )
            self.corners.append(corners)
            self.polygons += len(corners.counts)
        if vertex.any():
            self.positions.append(_rows(words, vertex, 1, 3, 6))
            self.vertices += len(self.positions[-1])
        if coordinate.any():
            self.uv.append(_rows(words, coordinate, 2, 1, 2))
            self.coordinates += len(self.uv[-1])

    def _add_names(self, words: Words, lines: BoolArray, face: BoolArray) -> None:
        before = self.polygons + np.cumsum(face)
        for index in np.flatnonzero(lines):
            key, _, name = words.line(int(index)).partition(" ")
            if key == "usemtl":
                self.materials.append((int(before[index]), name.strip()))
            elif key == "o":
                self.objects.append((int(before[index]), name.strip()))
            elif key == "mtllib":
                self.libraries.append(name.strip())


def _rows(words: Words, lines: BoolArray, skip: int, least: int, most: int) -> FloatArray:
    counts = words.counts[lines] - 1
    if counts.min() < least:
        bad = words.line(int(np.flatnonzero(lines)[counts.argmin()]))
        raise FormatError(
            f"the line {bad!r} has fewer than {least} numbers",
            remedy="The file is damaged or cut off: export it again.",
        )
    return table(numbers(words.of_lines(lines, skip)), counts, min(int(counts.max()), most))


def read(source: MeshSource) -> MeshFile:
    """Read an OBJ file with its materials.

    Raises
    ------
    FormatError
        A line that cannot be understood, or a face of vertices that do not exist.
    """
    data = unix_lines(source.data)
    if b"\\\n" in data or b"\\\r\n" in data:  # lines continued on the next
        data = re.sub(rb"\\\r?\n", b" ", data)
    content = _Content()
    for piece in pieces(data, source.ctx):
        content.add(Words.find(piece))
    if not content.positions:
        raise FormatError("there are no vertices in it", remedy="Is it really an OBJ file?")
    positions = _stacked(content.positions)
    corners = Corners.joined(content.corners)
    corners.check(len(positions), content.coordinates)
    if len(corners.counts) and corners.counts[-1] < 3 and not data.endswith(b"\n"):
        raise damaged("the file is cut off within its last face")
    source.ctx.check()
    triangles, polygons = corners.triangles(positions[:, :3])
    look = dress(
        triangles,
        polygons,
        corners.vertices,
        _corner_uv(content, corners),
        with_alpha(positions[:, 3:]) if _has_colors(positions) else None,
        Materials(content.materials, content.libraries, source.path.parent),
        len(positions),
    )
    vertices = np.concatenate([positions[:, :3], positions[look.copies, :3]])
    faces = look.faces.astype(np.int32)
    mesh = Mesh(
        vertices, faces, source.path.stem, source.path, appearance=look.appearance
    )  # fmt: skip
    space = _space(data)
    if source.listed and len(content.objects) > 1:
        parts = _objects(mesh, content.objects, polygons)
        return MeshFile(tuple(parts), notes=look.notes, space=space)
    return MeshFile((mesh,), notes=look.notes, space=space)


def _corner_uv(content: _Content, corners: Corners) -> FloatArray | None:
    if not content.uv or not (corners.uv >= 0).any():
        return None
    uv = np.nan_to_num(_stacked([*content.uv, np.zeros((1, 2))]))
    # -1, for corners without a coordinate, names the row of zeros put at the end.
    return uv[corners.uv]


def _stacked(rows: list[FloatArray]) -> FloatArray:
    width = max((array.shape[1] for array in rows), default=2)
    padded = [np.pad(a, ((0, 0), (0, width - a.shape[1])), constant_values=np.nan) for a in rows]
    return np.concatenate(padded) if padded else np.zeros((0, width))


def _has_colors(positions: FloatArray) -> bool:
    # Four numbers are a weight, not a colour; a colour that some vertices lack is no use.
    return positions.shape[1] == 6 and not np.isnan(positions[:, 3:]).any()


def _objects(mesh: Mesh, objects: list[tuple[int, str]], polygons: Indices) -> list[Mesh]:
    starts = [0, *(start for start, _ in objects)]
    names = [mesh.name, *(name for _, name in objects)]
    part = np.searchsorted(starts, polygons, side="right") - 1
    return split_parts(mesh, [np.flatnonzero(part == i) for i in range(len(names))], names)


def _space(data: bytes) -> str:
    found = re.search(rb"SPACE=(LPS|RAS)", data[:4096])
    return found.group(1).decode() if found else ""


def sniff(head: bytes, size: int) -> bool:
    """Whether the beginning of a file has lines as OBJ does."""
    lines = re.findall(rb"(?m)^[ \t]*(vn|vt|v|f|mtllib|usemtl|o|g|s)[ \t]+\S", head)
    return b"v" in lines and b"\0" not in head


FORMAT = MeshFormat(
    id="obj",
    title="Wavefront OBJ",
    suffixes=(".obj",),
    holds=frozenset({"shared vertices", "double precision", "colors", "texture", "space"}),
    sniff=sniff,
    read=read,
    write=write,
)
