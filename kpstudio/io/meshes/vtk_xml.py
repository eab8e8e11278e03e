"""VTK's XML files: their elements, and the arrays in them, inline or appended.

Format: Kitware, VTK File Formats (The VTK User's Guide, chapter XML File Formats). An array's bytes
stand after their length; compressed ones after the number, size and compressed sizes of blocks.
"""

from __future__ import annotations

import base64
import binascii
import lzma
import re
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FormatError
from kpstudio.io.damage import check_unpacked, damaged, truncated
from kpstudio.io.text import numbers, pieces

TYPES = {
    "Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4",
    "Int64": "i8", "UInt64": "u8", "Float32": "f4", "Float64": "f8", "String": "u1", "Bit": "u1",
}  # fmt: skip

#: Bytes fed to the XML parser at a time: it holds up all other threads while it works.
FEED = 1 << 20

Inflate = Callable[[bytes, int], bytes]


def _inflate_zlib(data: bytes, size: int) -> bytes:
    return zlib.decompressobj().decompress(data, size)


def _inflate_lzma(data: bytes, size: int) -> bytes:
    return lzma.LZMADecompressor().decompress(data, size)


COMPRESSORS: dict[str, Inflate] = {
    "vtkZLibDataCompressor": _inflate_zlib,
    "vtkLZMADataCompressor": _inflate_lzma,
}


class VtkFile:
    """A parsed file.

    Parameters
    ----------
    data
        All its bytes.
    ctx
        Told of progress, asked for cancellation.

    Raises
    ------
    FormatError
        Not XML, of another kind than PolyData, or packed in an unknown way.
    """

    def __init__(self, data: bytes, ctx: RunContext) -> None:
        self._size, self._claimed = len(data), 0
        head, self._appended, self._raw = _parted(data)
        self.root = _parsed(head, ctx)
        # Arrays are read in any order: they are no measure of progress.
        self._quiet = RunContext(cancelled=ctx.cancelled)
        if self.root.get("type") != "PolyData":
            raise FormatError(
                f"it holds {self.root.get('type', 'no')} data, not PolyData",
                remedy="Extract its surface in ParaView and save that.",
            )
        self._order = "<" if self.root.get("byte_order", "LittleEndian") == "LittleEndian" else ">"
        self._length = np.dtype(self._order + TYPES[self.root.get("header_type", "UInt32")])
        compressor = self.root.get("compressor")
        if compressor and compressor not in COMPRESSORS:
            raise FormatError(
                f"it is packed with {compressor}", remedy="Save it with ZLib or no compression."
            )
        self._inflate = COMPRESSORS[compressor] if compressor else None

    def array(self, element: ElementTree.Element) -> NDArray[Any]:
        """Return the numbers of a DataArray as (n,) or (n,components)."""
        dtype = np.dtype(self._order + TYPES[element.get("type", "Float32")])
        if element.get("format") == "ascii":
            text = (element.text or "").encode()
            parts = [numbers(piece) for piece in pieces(text, self._quiet)]
            values = np.concatenate([np.zeros(0), *parts]).astype(dtype)
        else:
            values = np.frombuffer(self._bytes(element), dtype)
        width = int(element.get("NumberOfComponents", "1"))
        return values.reshape(-1, width) if width > 1 else values

    def strings(self, element: ElementTree.Element) -> list[str]:
        """Return the texts of a String array: UTF-8, a zero byte after each."""
        raw = self.array(element).astype(np.uint8).tobytes()
        return [part.decode("utf-8", "replace") for part in raw.split(b"\0")[:-1]]

    def _bytes(self, element: ElementTree.Element) -> bytes:
        if element.get("format") == "appended":
            start = int(element.get("offset", "0"))
            return self._unpacked(self._appended, start, raw=self._raw)
        return self._unpacked((element.text or "").strip().encode(), 0, raw=False)

    def _unpacked(self, store: bytes, start: int, *, raw: bool) -> bytes:
        one = self._length.itemsize
        if self._inflate is None:
            # Length and bytes are one run of base64.
            size = self._lengths(_decoded(store, start, one, raw), 1)[0]
            self._claim(size)
            return _decoded(store, start, one + size, raw)[one:]
        blocks, block, last = self._lengths(_decoded(store, start, 3 * one, raw), 3)
        if blocks > len(store):
            raise truncated("blocks", len(store), blocks)
        # A block of no size would be unpacked without any limit.
        if blocks and (block < 1 or last < 0):
            raise damaged("an array is packed in blocks of no size")
        self._claim((blocks - 1) * block + (last or block) if blocks else 0)
        header = 3 * one + blocks * one
        sizes = self._lengths(_decoded(store, start, header, raw)[3 * one :], blocks)
        start += header if raw else _encoded_size(header)
        packed = _decoded(store, start, sum(sizes), raw)
        parts, position = [], 0
        for index, size in enumerate(sizes):
            room = last if last and index == blocks - 1 else block
            parts.append(self._inflate(packed[position : position + size], room))
            position += size
        return b"".join(parts)

    def _claim(self, size: int) -> None:
        # All arrays together: many may point to the same few bytes.
        self._claimed += size
        check_unpacked(self._claimed, self._size)

    def _lengths(self, data: bytes, count: int) -> list[int]:
        return [int(value) for value in np.frombuffer(data, self._length, count)]


def _encoded_size(size: int) -> int:
    return -(-size // 3) * 4


def _decoded(store: bytes, start: int, size: int, raw: bool) -> bytes:
    """Return `size` bytes that begin at `start`, in base64 unless `raw`."""
    end = start + (size if raw else _encoded_size(size))
    if end > len(store):
        raise truncated("bytes", len(store), end)
    if raw:
        return store[start:end]
    try:
        return base64.b64decode(store[start:end])[:size]
    except binascii.Error as error:
        raise damaged("an array is not valid base64") from error


def _parted(data: bytes) -> tuple[bytes, bytes, bool]:
    """Part a file into its XML and its appended bytes, which may be no XML at all."""
    tag = re.search(rb"<AppendedData\b([^>]*)>\s*_", data)
    if tag is None:
        return data, b"", False
    end = data.rfind(b"</AppendedData>")
    if end < 0:
        raise damaged("the file is cut off within its arrays")
    raw = re.search(rb"encoding\s*=\s*[\"']raw", tag.group(1)) is not None
    appended = data[tag.end() : end]
    return data[: tag.start()] + b"</VTKFile>", appended if raw else appended.strip(), raw


class _Builder(ElementTree.TreeBuilder):
    """Builds elements, and refuses the entities that can blow up a small file."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Hear that a document type begins, in which entities would be declared."""
        raise damaged("it declares XML entities, which VTK files do not")


def _parsed(xml: bytes, ctx: RunContext) -> ElementTree.Element:
    parser = ElementTree.XMLParser(target=_Builder())
    try:
        for start in range(0, len(xml), FEED):
            ctx.progress(start / len(xml), "Reading")
            parser.feed(xml[start : start + FEED])
        root: ElementTree.Element = parser.close()
    except ElementTree.ParseError as error:
        raise damaged(f"its XML cannot be read: {error}") from error
    return root
