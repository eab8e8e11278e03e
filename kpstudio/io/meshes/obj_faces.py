"""The faces of an OBJ file: corners that name a vertex and perhaps a texture coordinate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, ByteArray, FloatArray
from kpstudio.base.errors import FormatError
from kpstudio.io.polygons import triangulate
from kpstudio.io.text import SPACE, Words, integers

Indices = NDArray[np.int64]

SLASH = ord("/")


@dataclass(frozen=True, eq=False)
class Corners:
    """The corners of polygons.

    Parameters
    ----------
    vertices
        (c,) vertex of each corner.
    uv
        (c,) texture coordinate of each corner, -1 where it has none.
    counts
        (p,) corners of each polygon.
    """

    vertices: Indices
    uv: Indices
    counts: Indices

    @classmethod
    def read(cls, words: Words, lines: BoolArray, vertices: Indices, uv: Indices) -> Corners:
        """Read the face lines of a piece of text.

        Parameters
        ----------
        words
            The piece.
        lines
            (l,) which of its lines are faces, f of them.
        vertices, uv
            (f,) how many vertices and texture coordinates stand before each face, which is what
            negative indices count back from.

        Raises
        ------
        FormatError
            An index that is not an integer.
        """
        counts = words.counts[lines] - 1
        text = words.of_lines(lines, skip=1)
        first, second, has_second = _separated(text)
        owner = np.repeat(np.arange(len(counts)), counts)
        corner_vertices = integers(first)
        if len(corner_vertices) != len(owner):
            raise FormatError("a face lacks a vertex index", remedy="Export the file again.")
        corner_uv = np.full(len(owner), -1, np.int64)
        named = integers(second)
        corner_uv[has_second] = _from_zero(named, uv[owner[has_second]])
        return cls(_from_zero(corner_vertices, vertices[owner]), corner_uv, counts)

    @classmethod
    def joined(cls, parts: Sequence[Corners]) -> Corners:
        """Return the corners of several pieces of a file."""
        if not parts:
            return cls(*(np.zeros(0, np.int64) for _ in range(3)))
        return cls(
            np.concatenate([part.vertices for part in parts]),
            np.concatenate([part.uv for part in parts]),
            np.concatenate([part.counts for part in parts]),
        )

    def check(self, vertices: int, uv: int) -> None:
        """Check that all indices exist.

        Raises
        ------
        FormatError
            A corner names a vertex or texture coordinate that does not exist.
        """
        _check_range(self.vertices, 0, vertices, "vertex")
        _check_range(self.uv, -1, uv, "texture coordinate")

    def triangles(self, positions: FloatArray) -> tuple[Indices, Indices]:
        """Return (m,3) corners of triangles and the (m,) polygon of each.

        Polygons of one or two corners give none.
        """
        real = self.counts >= 3
        if real.all():
            return triangulate(positions, self.vertices, self.counts)
        kept = np.flatnonzero(np.repeat(real, self.counts))
        corners, polygons = triangulate(positions, self.vertices[kept], self.counts[real])
        return kept[corners], np.flatnonzero(real)[polygons]


def _separated(text: ByteArray) -> tuple[ByteArray, ByteArray, BoolArray]:
    """Part words such as "3/1/2": texts of their first and second numbers, and who has a second."""
    blank = text <= SPACE
    begins = ~blank
    begins[1:] &= blank[:-1]
    starts = np.flatnonzero(begins)
    slash = text == SLASH
    if not slash.any():
        return text, text[:0], np.zeros(len(starts), bool)
    passed = np.cumsum(slash, dtype=np.int32)
    # Slashes since the word of each character began.
    spans = np.diff(np.concatenate([[0], starts, [len(text)]]))
    depth = passed - np.repeat(np.append(0, passed[starts] - slash[starts]), spans)
    digits = ~(slash | blank)
    first, second = digits & (depth == 0), digits & (depth == 1)
    return (
        np.where(first, text, np.uint8(SPACE)),
        np.where(second, text, np.uint8(SPACE)),
        np.logical_or.reduceat(second, starts),
    )


def _from_zero(indices: Indices, before: Indices) -> Indices:
    # Indices count from 1, or back from the latest; 0 is neither and becomes -1, out of range.
    return np.where(indices < 0, indices + before, indices - 1)


def _check_range(indices: Indices, low: int, count: int, what: str) -> None:
    if len(indices) and (indices.min() < low or indices.max() >= count):
        bad = int(indices[(indices < low) | (indices >= count)][0])
        raise FormatError(
            f"a face names {what} {bad + 1}, but there are {count}",
            remedy="The file is damaged or cut off: export it again.",
        )
