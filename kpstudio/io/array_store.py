"""Arrays in a zip archive: each stored once under the hash of its content, read without trust.

Arrays lie in NumPy's own format (NEP 1), never pickled. An archive comes from anywhere, so before
anything is unpacked its size, names and kinds of compression are checked, and an array is only
made when as many bytes as it claims are really there.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FormatError
from kpstudio.io.damage import RATIO, check_unpacked, damaged

FOLDER = "arrays/"

#: Bytes written between two looks at the context.
BLOCK = 1 << 20

#: Bytes of the samples that decide whether an array is worth compressing, and how many of them.
SAMPLE, SAMPLES = 1 << 12, 16

#: Kinds of numbers that data classes hold.
KINDS = "fiub"

#: How hard to compress: 1 is fastest, and other levels gain little on numbers.
LEVEL = 1


class ArrayWriter:
    """Adds arrays to an archive.

    Parameters
    ----------
    archive
        The archive, open for writing.
    ctx
        Asked for cancellation.
    """

    def __init__(self, archive: zipfile.ZipFile, ctx: RunContext) -> None:
        self._archive, self._ctx = archive, ctx
        # The arrays are kept, so that no other can take the place in memory that names them.
        self._known: dict[int, tuple[str, NDArray[Any]]] = {}
        self._names: set[str] = set()

    def put(self, array: NDArray[Any]) -> str:
        """Store an array, unless an equal one is there already, and return its name."""
        if id(array) not in self._known:
            self._known[id(array)] = self._stored(array), array
        return self._known[id(array)][0]

    def _stored(self, array: NDArray[Any]) -> str:
        array = np.ascontiguousarray(array)
        digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
        data = array.reshape(-1).view(np.uint8).data
        digest.update(data)
        name = f"{FOLDER}{digest.hexdigest()[:32]}.npy"
        if name not in self._names:
            self._names.add(name)
            self._write(name, array, data)
        return name

    def _write(self, name: str, array: NDArray[Any], data: memoryview) -> None:
        header = io.BytesIO()
        npy.write_array_header_1_0(header, npy.header_data_from_array_1_0(array))
        # Opened by name, not by writestr: members then bear no date, and equal documents give
        # equal files.
        self._archive.compression = _compression(data)
        with self._archive.open(name, "w", force_zip64=True) as stream:
            stream.write(header.getvalue())
            for start in range(0, len(data), BLOCK):
                self._ctx.check()
                stream.write(data[start : start + BLOCK])


def _compression(data: memoryview) -> int:
    """Return how to keep an array: compressed if that makes it smaller, but never a zip bomb."""
    step = max(len(data) // SAMPLES, 1)
    sample = b"".join(data[start : start + SAMPLE] for start in range(0, len(data), step))
    gain = len(sample) / max(len(zlib.compress(sample, LEVEL)), 1)
    return zipfile.ZIP_DEFLATED if 1.25 < gain < RATIO / 2 else zipfile.ZIP_STORED


class ArrayReader:
    """Takes arrays out of an archive.

    Parameters
    ----------
    archive
        The archive, open for reading.
    size
        Bytes of its file.

    Raises
    ------
    FormatError
        It is encrypted, packed in another way than ours, or unpacks to absurdly much.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._arrays: dict[str, NDArray[Any]] = {}
        self._members = _checked(archive, size)

    def text(self, name: str) -> bytes:
        """Return the bytes of a member.

        Raises
        ------
        FormatError
            There is no such member.
        """
        if name not in self._members:
            raise damaged(f"there is no {name[:80]} in it")
        return self._archive.read(self._members[name])

    def get(self, name: str) -> NDArray[Any]:
        """Return a read-only array; the same object for the same name.

        Raises
        ------
        FormatError
            It is missing, or not what its header says.
        """
        if name not in self._arrays:
            self._arrays[name] = _array(self.text(name), name)
        return self._arrays[name]


def _checked(archive: zipfile.ZipFile, size: int) -> Mapping[str, zipfile.ZipInfo]:
    members = {info.filename: info for info in archive.infolist()}
    kinds = {info.compress_type for info in members.values()}
    if not kinds <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise damaged("it is packed in a way that this program does not use")
    if any(info.flag_bits & 1 for info in members.values()):
        raise FormatError("it is encrypted", remedy="Unpack it with its password first.")
    check_unpacked(sum(info.file_size for info in archive.infolist()), size)
    return members


def _array(data: bytes, name: str) -> NDArray[Any]:
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"version {version}")
        shape, fortran, dtype = npy.read_array_header_1_0(stream)
    except ValueError as error:
        raise damaged(f"{name} is no array ({error})") from error
    offset = stream.tell()
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if dtype.kind not in KINDS or fortran or count * dtype.itemsize != len(data) - offset:
        raise damaged(f"{name} does not hold the array that it claims to hold")
    return np.frombuffer(data, dtype, count, offset).reshape(shape)
