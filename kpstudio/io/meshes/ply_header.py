"""The header of a PLY file: which elements it holds, with which properties."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kpstudio.io.damage import damaged, truncated

#: Bytes within which a header must end.
HEADER_LIMIT = 1 << 20

TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True)
class Property:
    """A property of an element.

    Parameters
    ----------
    name
        Its name.
    dtype
        Type of its value, or of the items when it is a list.
    counter
        Type of a list's length, None for a single value.
    """

    name: str
    dtype: np.dtype[Any]
    counter: np.dtype[Any] | None = None


@dataclass
class Element:
    """A table of the file: so many rows with these properties."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)

    @property
    def least_bytes(self) -> int:
        """Bytes of a binary row whose lists are empty; a text row takes no less than two each."""
        return sum((p.counter or p.dtype).itemsize for p in self.properties)


@dataclass(frozen=True)
class Header:
    """A parsed header.

    Parameters
    ----------
    order
        "<" or ">" for binary files, empty for text.
    elements
        The tables in the order of the file.
    comments
        Text of the comment and obj_info lines.
    size
        Bytes of the header: where the first table begins.
    """

    order: str
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    size: int

    def comment(self, pattern: str) -> str:
        """Return the first group of the first comment that matches, or an empty string."""
        for comment in self.comments:
            found = re.match(pattern, comment)
            if found is not None:
                return found.group(1).strip()
        return ""

    def fields(self) -> dict[str, dict[str, Any]]:
        """Return what the file says of its scalar properties: full name, unit, signedness."""
        known = {}
        for comment in self.comments:
            found = re.match(r"field (\S+) (\{.*\})$", comment)
            if found is not None:
                try:
                    known[found.group(1)] = dict(json.loads(found.group(2)))
                except ValueError:
                    continue
        return known


def parse_header(data: bytes) -> Header:
    """Parse the header of a PLY file.

    Raises
    ------
    FormatError
        It has no end, or a line that cannot be understood; or the file is too small for the rows
        it declares, which is found out before any memory is taken for them.
    """
    end = re.search(rb"(?m)^end_header[ \t]*(\r\n|\n|\r)", data[:HEADER_LIMIT])
    if end is None:
        raise damaged("the header does not end")
    lines = re.split(r"\r\n|\n|\r", _text(data[: end.start()]))
    order: str | None = None
    elements: list[Element] = []
    comments = []
    for line in lines[1:]:
        words = line.split()
        match words:
            case [] | ["obj_info"] | ["comment"]:
                continue
            case ["comment" | "obj_info", *_]:
                comments.append(line.strip().partition(" ")[2])
            case ["format", kind, _] if kind in FORMATS:
                order = FORMATS[kind]
            case ["element", name, count] if count.isdigit():
                elements.append(Element(name, int(count)))
            case ["property", *rest] if elements:
                elements[-1].properties.append(_property(rest, order or "<", line))
            case _:
                raise damaged(f"the header line {line[:60]!r} makes no sense")
    if order is None:
        raise damaged("the header does not say whether the file is text or binary")
    header = Header(order, tuple(elements), tuple(comments), end.end())
    _check_size(header, len(data) - end.end())
    return header


def _text(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:  # comments of older programs
        return header.decode("latin-1")


def _property(words: list[str], order: str, line: str) -> Property:
    match words:
        case ["list", counter, kind, name] if counter in TYPES and kind in TYPES:
            return Property(name, np.dtype(order + TYPES[kind]), np.dtype(order + TYPES[counter]))
        case [kind, name] if kind in TYPES:
            return Property(name, np.dtype(order + TYPES[kind]))
    raise damaged(f"the header line {line[:60]!r} makes no sense")


def _check_size(header: Header, size: int) -> None:
    for element in header.elements:
        # In text every value takes a character and a blank.
        row = element.least_bytes if header.order else 2 * len(element.properties)
        if element.count * row > size + 1:
            raise truncated(f"{element.name} rows", size // max(row, 1), element.count)
        size -= element.count * row
