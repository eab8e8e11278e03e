"""VTK PolyData (VTP): polygons and strips, point data as fields, keypoints as field data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.errors import InputError, KPStudioError
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.io import schemas
from kpstudio.io.appearance import with_alpha
from kpstudio.io.damage import damaged, truncated
from kpstudio.io.formats import MESH_CONTENTS, MeshFile, MeshFormat, MeshSource
from kpstudio.io.keypoints.native import from_json
from kpstudio.io.meshes.vtk_xml import VtkFile
from kpstudio.io.meshes.vtp_writer import ABOUT, COLORS, SPACE, UV, write
from kpstudio.io.parts import merge_parts
from kpstudio.io.polygons import triangulate

Indices = NDArray[np.int64]


def read(source: MeshSource) -> MeshFile:
    """Read a VTP file.

    Raises
    ------
    FormatError
        Cut off, damaged, of another kind of data, or packed in an unknown way.
    """
    file = VtkFile(source.data, source.ctx.part(0.0, 0.8))
    about, keypoints, space, notes = _about(file)
    pieces = [
        _Piece(file, element, source, about) for element in file.root.iterfind("PolyData/Piece")
    ]
    if not pieces:
        raise damaged("there is no piece of PolyData in it")
    mesh = merge_parts([piece.mesh for piece in pieces], source.path.stem)
    fields = pieces[0].fields if len(pieces) == 1 else ()
    notes += [note for piece in pieces for note in piece.notes]
    return MeshFile((mesh,), tuple(fields), keypoints, tuple(dict.fromkeys(notes)), space)


class _Piece:
    """One piece of a file as a mesh with its fields."""

    def __init__(
        self, file: VtkFile, piece: ElementTree.Element, source: MeshSource, about: dict[str, Any]
    ) -> None:
        self._file, self._about = file, about
        self.notes: list[str] = []
        points = piece.find("Points/DataArray")
        positions = file.array(points).reshape(-1, 3) if points is not None else np.zeros((0, 3))
        declared = int(piece.get("NumberOfPoints", "0"))
        if len(positions) != declared:
            raise truncated("points", len(positions), declared)
        source.ctx.check()
        faces = self._faces(piece, positions.astype(np.float64))
        self._colors: list[ByteArray] = []
        self._uv: list[FloatArray] = []
        self.fields = list(self._point_data(piece, declared))
        self.mesh = Mesh(
            positions.astype(np.float64),
            faces.astype(np.int32),
            source.path.stem,
            source.path,
            str(about.get("unit", "")),
            self._appearance(),
        )

    def _appearance(self) -> Appearance | None:
        colors, uv = next(iter(self._colors), None), next(iter(self._uv), None)
        return None if colors is None and uv is None else Appearance(colors, uv)

    def _faces(self, piece: ElementTree.Element, positions: FloatArray) -> Indices:
        corners, counts = self._cells(piece, "Polys", len(positions))
        real = counts >= 3
        kept = corners[np.repeat(real, counts)]
        triangles, _ = triangulate(positions, kept, counts[real])
        faces = [kept[triangles]]
        strips, lengths = self._cells(piece, "Strips", len(positions))
        for strip in np.split(strips, np.cumsum(lengths)[:-1]) if len(lengths) else ():
            found = np.stack([strip[:-2], strip[1:-1], strip[2:]], axis=1)
            found[1::2] = found[1::2, ::-1]
            faces.append(found)
        return np.concatenate(faces)

    def _cells(self, piece: ElementTree.Element, kind: str, count: int) -> tuple[Indices, Indices]:
        """Return the corners of all cells of a kind, and how many each has."""
        arrays = {
            str(element.get("Name")): self._file.array(element).astype(np.int64)
            for element in piece.iterfind(f"{kind}/DataArray")
        }
        corners = arrays.get("connectivity", np.zeros(0, np.int64))
        counts = np.diff(arrays.get("offsets", np.zeros(0, np.int64)), prepend=0)
        if (counts < 0).any() or counts.sum() != len(corners):
            raise damaged(f"the offsets of its {kind.lower()} do not fit")
        if len(corners) and (corners.min() < 0 or corners.max() >= count):
            raise damaged(f"faces name points outside 0..{count - 1}")
        return corners, counts

    def _point_data(self, piece: ElementTree.Element, count: int) -> Iterator[Field]:
        active = [section.get("TCoords") for section in piece.iterfind("PointData")]
        for element in piece.iterfind("PointData/DataArray"):
            name = str(element.get("Name", "field"))
            values = self._file.array(element)
            if len(values) != count:
                raise truncated(f"values of {name}", len(values), count)
            if values.ndim == 1:
                yield from self._field(name, values)
            elif values.dtype == np.uint8 and values.shape[1] in (3, 4):
                # The array that this program writes comes before any other.
                self._colors.insert(0 if name == COLORS else len(self._colors), with_alpha(values))
            elif values.shape[1] == 2 and name in (UV, *active):
                self._uv.append(values.astype(np.float64))

    def _field(self, name: str, values: NDArray[Any]) -> Iterator[Field]:
        known = self._about.get("fields", {}).get(name, {})
        unit, signed = str(known.get("unit", "")), bool(known.get("signed", False))
        try:
            yield Field(name, values.astype(np.float64), unit, signed)
        except InputError as error:
            self.notes.append(f"a field is left out: {error.message}")


def _about(file: VtkFile) -> tuple[dict[str, Any], KeypointSet | None, str, list[str]]:
    """Return what this program or 3D Slicer wrote into the field data."""
    texts = {
        str(element.get("Name")): file.strings(element)
        for element in file.root.iterfind("PolyData/FieldData/Array")
        if element.get("type") == "String"
    }
    space = next((text[-3:] for text in texts.get(SPACE, []) if text[-3:] in ("LPS", "RAS")), "")
    about: dict[str, Any] = {}
    try:
        for text in texts.get(ABOUT, []):
            about = dict(schemas.parse(text))
        keypoints = from_json(about["keypoints"]).keypoints if "keypoints" in about else None
    except (KPStudioError, TypeError, ValueError) as error:
        return {}, None, space, [f"its keypoints cannot be read: {error}"]
    return about, keypoints, space, []


def sniff(head: bytes, size: int) -> bool:
    """Whether the beginning of a file is that of a VTK XML file."""
    return b"<VTKFile" in head[:1024]


FORMAT = MeshFormat(
    id="vtp",
    title="VTK PolyData",
    suffixes=(".vtp",),
    holds=frozenset(MESH_CONTENTS) - {"texture"},
    sniff=sniff,
    read=read,
    write=write,
)
