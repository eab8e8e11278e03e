"""Writing VTP: everything in double precision, fields as point data, keypoints as field data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.paths import atomic_path
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Appearance
from kpstudio.io.formats import KeypointInfo, MeshExport
from kpstudio.io.keypoints.native import to_json

#: Names of arrays: colours, texture coordinates, and a JSON text with what VTK has no place for.
COLORS, UV, ABOUT = "RGBA", "uv", "kpstudio"

#: Name of the text in which 3D Slicer looks for the anatomical frame.
SPACE = "SPACE"

KINDS = {"f8": "Float64", "i8": "Int64", "i4": "Int32", "u1": "UInt8"}
LENGTH = np.dtype("<u8")


class _Appended:
    """Arrays that stand after the XML, and the elements that point to them."""

    def __init__(self) -> None:
        self.blocks: list[NDArray[Any]] = []
        self._offset = 0

    def element(self, name: str, values: NDArray[Any]) -> str:
        """Keep an array (n,) or (n,width) and return its element."""
        values = np.ascontiguousarray(values)
        kind = KINDS[values.dtype.str[1:]]
        width = 1 if values.ndim == 1 else values.shape[1]
        offset, self._offset = self._offset, self._offset + LENGTH.itemsize + values.nbytes
        self.blocks += [np.array([values.nbytes], LENGTH), values]
        return (
            f'<DataArray type="{kind}" Name={quoteattr(name)} NumberOfComponents="{width}" '
            f'NumberOfTuples="{len(values)}" format="appended" offset="{offset}"/>'
        )

    def strings(self, name: str, texts: Sequence[str]) -> str:
        """Keep texts and return their element."""
        raw = b"".join(text.replace("\0", " ").encode() + b"\0" for text in texts)
        offset, self._offset = self._offset, self._offset + LENGTH.itemsize + len(raw)
        self.blocks += [np.array([len(raw)], LENGTH), np.frombuffer(raw, np.uint8)]
        return (
            f'<Array type="String" Name={quoteattr(name)} NumberOfTuples="{len(texts)}" '
            f'format="appended" offset="{offset}"/>'
        )


def write(path: Path, export: MeshExport) -> tuple[str, ...]:
    """Write a VTP file with its arrays appended as they lie in memory.

    Raises
    ------
    FileError
        The disk is full or the folder cannot be written.
    """
    mesh, arrays = export.mesh, _Appended()
    count = len(mesh.faces)
    xml = [
        '<?xml version="1.0"?>',
        '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        "<PolyData>",
        *_field_data(export, arrays),
        f'<Piece NumberOfPoints="{len(mesh.vertices)}" NumberOfVerts="0" NumberOfLines="0" '
        f'NumberOfStrips="0" NumberOfPolys="{count}">',
        *_point_data(export, arrays),
        "<Points>",
        arrays.element("Points", mesh.vertices),
        "</Points>",
        "<Polys>",
        arrays.element("connectivity", mesh.faces.reshape(-1)),
        arrays.element("offsets", np.arange(3, 3 * count + 3, 3, dtype=np.int64)),
        "</Polys>",
        "</Piece>",
        "</PolyData>",
        '<AppendedData encoding="raw">',
        "_",
    ]
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write("\n".join(xml).encode())
        for block in arrays.blocks:
            export.ctx.check()
            stream.write(block.reshape(-1).view(np.uint8).data)
        stream.write(b"\n</AppendedData>\n</VTKFile>\n")
    return ()


def _point_data(export: MeshExport, arrays: _Appended) -> list[str]:
    look = export.mesh.appearance or Appearance()
    elements = [arrays.element(field.name, field.values) for field in export.fields]
    active = ""
    if look.colors is not None:
        active += f' Scalars="{COLORS}"'
        elements.append(arrays.element(COLORS, look.colors))
    if look.uv is not None:
        active += f' TCoords="{UV}"'
        elements.append(arrays.element(UV, look.uv))
    return [f"<PointData{active}>", *elements, "</PointData>"]


def _field_data(export: MeshExport, arrays: _Appended) -> list[str]:
    about: dict[str, Any] = {
        "unit": export.mesh.unit,
        "fields": {
            field.name: {"unit": field.unit, "signed": field.signed} for field in export.fields
        },
    }
    elements = []
    if export.mesh.space:
        elements.append(arrays.strings(SPACE, [export.mesh.space]))
    if export.keypoints is not None:
        info = KeypointInfo(unit=export.mesh.unit, space=export.mesh.space)
        about["keypoints"] = to_json(export.keypoints, info)
        elements += _keypoint_arrays(export.keypoints, arrays)
    elements.append(arrays.strings(ABOUT, [json.dumps(about)]))
    return ["<FieldData>", *elements, "</FieldData>"]


def _keypoint_arrays(keypoints: KeypointSet, arrays: _Appended) -> list[str]:
    """Return keypoints as arrays that other programs can read; the JSON text holds the rest."""
    return [
        arrays.element("keypoint_positions", keypoints.positions),
        arrays.element("keypoint_confidence", keypoints.confidence),
        arrays.element("keypoint_defined", keypoints.defined.astype(np.uint8)),
        arrays.strings("keypoint_labels", keypoints.schema.names),
    ]
