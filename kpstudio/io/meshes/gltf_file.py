"""The container of glTF 2.0: its JSON, its buffers, and the arrays they hold.

Specification: Khronos Group, glTF 2.0 (ISO/IEC 12113:2022).
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.errors import FormatError
from kpstudio.io.damage import damaged, truncated

MAGIC = b"glTF"
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}

#: Extensions that pack arrays in ways only their own libraries unpack.
PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")

#: Rows of the largest array that need not be in the file (the format allows arrays of zeros).
ZEROS_LIMIT = 1 << 24


class GltfFile:
    """A parsed glTF file.

    Parameters
    ----------
    data
        Its bytes: a GLB container, or JSON alone.
    folder
        Where files that it names are looked for, and nowhere else.

    Raises
    ------
    FormatError
        Cut off, damaged, of another version, or packed by an extension.
    """

    def __init__(self, data: bytes, folder: Path) -> None:
        self._folder = folder
        text, self._binary = _chunks(data) if data.startswith(MAGIC) else (data, b"")
        try:
            self.tree: dict[str, Any] = json.loads(text)
            version = str(self.tree["asset"]["version"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise damaged("it is not a glTF 2.0 file: its JSON cannot be read") from error
        if not version.startswith("2."):
            raise FormatError(f"it is glTF {version}", remedy="Export it as glTF 2.0.")
        packed = [name for name in PACKED if name in self.tree.get("extensionsRequired", ())]
        if packed:
            raise FormatError(
                f"its arrays are packed with {packed[0]}", remedy="Export it without compression."
            )
        self._buffers: dict[int, bytes] = {}

    def items(self, kind: str) -> list[dict[str, Any]]:
        """Return a top-level list such as "nodes"; empty when the file has none."""
        items: list[dict[str, Any]] = self.tree.get(kind, [])
        return items

    def array(self, accessor: int) -> NDArray[Any]:
        """Return an accessor as (n,) or (n,width), normalised integers as fractions."""
        about = self.items("accessors")[accessor]
        dtype, width = np.dtype(COMPONENTS[about["componentType"]]), WIDTHS[about["type"]]
        count = int(about["count"])
        values = self._values(about, dtype, width, count)
        if "sparse" in about:
            values = self._with_sparse(values, about["sparse"], dtype, width)
        if about.get("normalized") and dtype.kind in "iu":
            # Signed values reach -1 at one above their smallest.
            values = np.maximum(values / np.iinfo(dtype).max, -1.0)
        return values[:, 0] if width == 1 else values

    def view(self, index: int) -> tuple[bytes, int, int]:
        """Return the buffer that a buffer view lies in, its offset and length."""
        about = self.items("bufferViews")[index]
        buffer = self._buffer(int(about["buffer"]))
        offset, length = int(about.get("byteOffset", 0)), int(about["byteLength"])
        if offset < 0 or length < 0 or offset + length > len(buffer):
            raise truncated("bytes", len(buffer), offset + length)
        return buffer, offset, length

    def file(self, about: dict[str, Any]) -> bytes | None:
        """Return the bytes of an image or a buffer that lies in the file or beside it."""
        if "bufferView" in about:
            buffer, offset, length = self.view(about["bufferView"])
            return buffer[offset : offset + length]
        uri = str(about.get("uri", ""))
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2])
            except binascii.Error:
                return None
        path = (self._folder / unquote(uri)).resolve()
        # A file may name its neighbours, but not reach into other folders.
        if not uri or not path.is_relative_to(self._folder.resolve()):
            return None
        try:
            return path.read_bytes()
        except OSError:
            return None

    def _values(
        self, about: dict[str, Any], dtype: np.dtype[Any], width: int, count: int
    ) -> NDArray[Any]:
        if "bufferView" not in about:
            if not 0 <= count <= ZEROS_LIMIT:
                raise truncated("rows", 0, count)
            return np.zeros((count, width), dtype)
        buffer, start, length = self.view(about["bufferView"])
        offset = int(about.get("byteOffset", 0))
        row = width * dtype.itemsize
        stride = int(self.items("bufferViews")[about["bufferView"]].get("byteStride", row))
        if (
            count < 0
            or offset < 0
            or stride < 1  # one row repeated could stand for any number of them
            or (count and offset + (count - 1) * stride + row > length)
        ):
            raise truncated("rows", max(length - offset, 0) // max(stride, 1), count)
        return np.ndarray((count, width), dtype, buffer, start + offset, (stride, dtype.itemsize))

    def _with_sparse(
        self, values: NDArray[Any], sparse: dict[str, Any], dtype: np.dtype[Any], width: int
    ) -> NDArray[Any]:
        count = int(sparse["count"])
        index_type = np.dtype(COMPONENTS[sparse["indices"]["componentType"]])
        indices = self._values(sparse["indices"], index_type, 1, count)[:, 0]
        values = np.array(values)
        values[indices] = self._values(sparse["values"], dtype, width, count)
        return values

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            about = self.items("buffers")[index]
            inside = index == 0 and "uri" not in about
            data = self._binary if inside else self.file(about)
            if data is None:
                raise FormatError(
                    f"the file {about.get('uri', '')!s:.80} that holds its arrays is missing",
                    remedy="Put it beside the .gltf file, or export a .glb file.",
                )
            if len(data) < int(about["byteLength"]):
                raise truncated("bytes", len(data), int(about["byteLength"]))
            self._buffers[index] = data
        return self._buffers[index]


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """Return the JSON and binary chunks of a GLB container."""
    if len(data) < 20:
        raise truncated("bytes", len(data), 20)
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise FormatError(f"it is glTF {version}", remedy="Export it as glTF 2.0.")
    if length > len(data):
        raise truncated("bytes", len(data), length)
    chunks: dict[int, bytes] = {}
    position = 12
    while position + 8 <= length:
        size, kind = struct.unpack_from("<II", data, position)
        chunks.setdefault(kind, data[position + 8 : position + 8 + size])
        position += 8 + size
    return chunks.get(JSON_CHUNK, b""), chunks.get(BINARY_CHUNK, b"")
