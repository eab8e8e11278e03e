"""The tables of a PLY file as columns.

A text file is first turned into a binary one in which everything is a float64, so that there is one
way to take tables apart. Tables whose lists are all of one length, as those of pure triangle
meshes, are taken at once; others are walked through row by row to find where each list begins,
and then gathered at once.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.context import RunContext
from kpstudio.io.damage import truncated
from kpstudio.io.meshes.ply_header import Element, Header, Property
from kpstudio.io.text import numbers, pieces

Indices = NDArray[np.int64]

#: Rows walked between two looks at the context.
WALK = 1 << 16

DOUBLE = np.dtype("<f8")


@dataclass(frozen=True, eq=False)
class Column:
    """A property: all its items one after the other, and how many each row has.

    Parameters
    ----------
    items
        (c,) values.
    counts
        (n,) items of each row; None for a property that is no list: one item a row.
    """

    items: NDArray[Any]
    counts: Indices | None = None


Table = Mapping[str, Column]


def read_tables(
    data: bytes, header: Header, wanted: frozenset[str], ctx: RunContext
) -> dict[str, Table]:
    """Return the wanted tables of a file by the name of their element.

    Raises
    ------
    FormatError
        The file is cut off, or something in it is not a number.
    """
    elements, position = header.elements, header.size
    if not header.order:
        values = [numbers(piece) for piece in pieces(data, ctx, header.size)]
        data = np.concatenate([np.zeros(0), *values]).astype(DOUBLE).tobytes()
        elements, position = tuple(_as_doubles(element) for element in elements), 0
    tables: dict[str, Table] = {}
    missing = wanted & {element.name for element in elements}
    for element in elements:
        ctx.check()
        if not missing - tables.keys():
            break
        read = _at_once(data, position, element)
        table, position = _by_walk(data, position, element, ctx) if read is None else read
        tables.setdefault(element.name, table)
    return tables


def _as_doubles(element: Element) -> Element:
    kinds = [
        Property(kind.name, DOUBLE, None if kind.counter is None else DOUBLE)
        for kind in element.properties
    ]
    return replace(element, properties=kinds)


def _at_once(data: bytes, position: int, element: Element) -> tuple[Table, int] | None:
    """Return a table and where it ends, if all its lists are as long as those of its first row."""
    lengths = _first_lengths(data, position, element)
    if lengths is None:
        return None
    layout: list[tuple[str, Any]] = []
    for index, (kind, length) in enumerate(zip(element.properties, lengths, strict=True)):
        if kind.counter is not None:
            layout.append((f"count {index}", kind.counter))
        layout.append((f"items {index}", (kind.dtype, (length,))))
    dtype = np.dtype(layout)
    end = position + element.count * dtype.itemsize
    if end > len(data):
        return None
    rows = np.frombuffer(data, dtype, element.count, position)
    table = {}
    for index, (kind, length) in enumerate(zip(element.properties, lengths, strict=True)):
        counts = None
        if kind.counter is not None:
            if (rows[f"count {index}"] != length).any():
                return None
            counts = np.full(element.count, length, np.int64)
        table[kind.name] = Column(np.ascontiguousarray(rows[f"items {index}"]).reshape(-1), counts)
    return table, end


def _first_lengths(data: bytes, position: int, element: Element) -> list[int] | None:
    """Return the list lengths of the first row, None when the file ends within it."""
    lengths = []
    for kind in element.properties:
        length = 1
        if kind.counter is not None:
            if element.count == 0 or position + kind.counter.itemsize > len(data):
                return None
            length = int(np.frombuffer(data, kind.counter, 1, position)[0])
            position += kind.counter.itemsize
        lengths.append(length)
        position += length * kind.dtype.itemsize
        if length < 0 or position > len(data):
            return None
    return lengths


def _by_walk(data: bytes, position: int, element: Element, ctx: RunContext) -> tuple[Table, int]:
    """Return a table and where it ends, finding its lists row by row."""
    starts: list[list[int]] = [[] for _ in element.properties]
    counts: list[list[int]] = [[] for _ in element.properties]
    steps = [
        (_counter(kind), kind.dtype.itemsize, begun.append, lengths.append)
        for kind, begun, lengths in zip(element.properties, starts, counts, strict=True)
    ]
    for row in range(element.count):
        if row % WALK == 0:
            ctx.check()
        try:
            for counter, item, begin, lengthen in steps:
                length = 1
                if counter is not None:
                    length = int(counter.unpack_from(data, position)[0])
                    position += counter.size
                begin(position)
                lengthen(length)
                position += length * item
        except struct.error:
            raise truncated(f"{element.name} rows", row, element.count) from None
        if position > len(data) or length < 0:
            raise truncated(f"{element.name} rows", row, element.count)
    table = {
        kind.name: _gathered(data, kind, np.array(begun, np.int64), np.array(lengths, np.int64))
        for kind, begun, lengths in zip(element.properties, starts, counts, strict=True)
    }
    return table, position


def _counter(kind: Property) -> struct.Struct | None:
    if kind.counter is None:
        return None
    return struct.Struct((">" if kind.counter.str[0] == ">" else "<") + kind.counter.char)


def _gathered(data: bytes, kind: Property, starts: Indices, counts: Indices) -> Column:
    width = kind.dtype.itemsize
    places = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    first = np.repeat(starts, counts) + places * width
    raw = np.take(np.frombuffer(data, np.uint8), first[:, None] + np.arange(width))
    return Column(raw.view(kind.dtype).reshape(-1), counts if kind.counter is not None else None)
