"""Numbers out of text, a piece at a time.

Text formats of a million vertices hold tens of megabytes. Parsing them in one call would stop every
other thread, the window's among them, for seconds; parsing them line by line would take minutes.
So the text is cut into pieces of a few milliseconds each, and a piece is taken apart with array
operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.io.damage import damaged

#: Bytes in a piece.
PIECE = 1 << 19

NEWLINE, COMMENT, SPACE, POINT, NINE = (ord(character) for character in "\n# .9")

Indices = NDArray[np.int64]
N = TypeVar("N", np.int64, np.float64)


def unix_lines(data: bytes) -> bytes:
    r"""Return text whose lines end in "\n", also when they ended in "\r" alone."""
    if b"\n" not in data[:PIECE] and b"\r" in data[:PIECE]:
        return data.replace(b"\r", b"\n")
    return data


def pieces(data: bytes, ctx: RunContext, start: int = 0) -> Iterator[ByteArray]:
    """Yield `data` from byte `start` as arrays of whole lines, reporting progress."""
    text = np.frombuffer(data, np.uint8)
    while start < len(data):
        ctx.progress(start / len(data), "Reading")
        end = data.find(b"\n", start + PIECE)
        end = len(data) if end < 0 else end + 1
        yield text[start:end]
        start = end


def without_comments(piece: ByteArray) -> ByteArray:
    """Return a piece with everything from a # to the end of its line blanked out."""
    marks = np.flatnonzero(piece == COMMENT)
    if len(marks) == 0:
        return piece
    ends = np.append(np.flatnonzero(piece == NEWLINE), len(piece))
    line = np.searchsorted(ends, marks)
    first = np.ones(len(marks), bool)
    first[1:] = line[1:] != line[:-1]
    inside = np.zeros(len(piece) + 1, np.int8)
    inside[marks[first]] += 1
    inside[ends[line[first]]] -= 1
    return np.where(np.cumsum(inside[:-1], dtype=np.int8) > 0, np.uint8(SPACE), piece)


@dataclass(frozen=True, eq=False)
class Words:
    """Where the words of a piece are, and which line holds them.

    Parameters
    ----------
    text
        The piece, comments blanked out.
    starts
        (w,) offset of every word.
    first
        (l,) first word of every line that has one.
    counts
        (l,) number of words in those lines.
    bounds
        (l,2) offsets of the beginning and end of those lines.
    """

    text: ByteArray
    starts: Indices
    first: Indices
    counts: Indices
    bounds: Indices

    @classmethod
    def find(cls, piece: ByteArray) -> Words:
        """Take a piece of text apart."""
        text = without_comments(piece)
        blank = text <= SPACE
        begins = ~blank
        begins[1:] &= blank[:-1]
        starts = np.flatnonzero(begins)
        ends = np.append(np.flatnonzero(text == NEWLINE), len(text))
        last = np.searchsorted(starts, ends)
        first = np.append(0, last[:-1])
        counts = last - first
        full = counts > 0
        bounds = np.stack([np.append(0, ends[:-1] + 1), ends], axis=1)
        return cls(text, starts, first[full], counts[full], bounds[full])

    def character(self, place: int) -> ByteArray:
        """Return (l,) the character at a place in the first word of each line, 0 after its end."""
        position = self.starts[self.first] + place
        inside = position < self.bounds[:, 1]
        return np.where(inside, self.text[np.minimum(position, len(self.text) - 1)], 0)

    def of_lines(self, lines: BoolArray, skip: int = 0) -> ByteArray:
        """Return the text of some lines (l,), without the first `skip` characters of words."""
        if not lines.any():
            return self.text[:0]
        change = np.zeros(len(self.text) + 1, np.int8)
        change[self.starts[self.first[lines]] + skip] += 1
        change[self.bounds[lines, 1]] -= 1
        keep = np.cumsum(change[:-1], dtype=np.int8) > 0
        # The newlines stay, to part the last word of a line from the first of the next.
        keep |= self.text == NEWLINE
        return self.text[keep]

    def line(self, index: int) -> str:
        """Return one line as text."""
        begin, end = self.bounds[index]
        return self.text[begin:end].tobytes().decode("utf-8", "replace").strip()


def numbers(text: ByteArray) -> FloatArray:
    """Return all numbers of a piece of text, exactly rounded.

    Raises
    ------
    FormatError
        Something in it is not a number.
    """
    if not ((text == POINT) | (text > NINE)).any():
        # Whole numbers parse five times as fast, and are exact up to 2^53.
        whole = _parsed(text, np.int64)
        if whole is not None:
            values = whole.astype(np.float64)
            if np.abs(values).max(initial=0.0) < 2**53:
                return values
    parsed = _parsed(text, np.float64)
    if parsed is None:
        raise damaged(f"{_not_a_number(text)!r} stands where a number should be")
    return parsed


def integers(text: ByteArray) -> Indices:
    """Return all integers of a piece of text.

    Raises
    ------
    FormatError
        Something in it is not an integer.
    """
    values = _parsed(text, np.int64)
    if values is None:
        raise damaged(f"{_not_a_number(text)!r} stands where an index should be")
    return values


def _parsed(text: ByteArray, dtype: type[N]) -> NDArray[N] | None:
    raw = text.tobytes()
    if not raw.strip():
        return np.zeros(0, dtype)
    try:
        return np.fromstring(raw, dtype=dtype, sep=" ")
    except (ValueError, DeprecationWarning):  # older versions of NumPy warn
        return None


def _not_a_number(text: ByteArray) -> str:
    """Return the word that is no number, or no integer when all are numbers."""
    words = text.tobytes().split()
    for kind in (float, int):
        for word in words:
            try:
                kind(word)
            except ValueError:
                return word[:40].decode("utf-8", "replace")
    return b" ".join(words)[:40].decode("utf-8", "replace")


def table(values: FloatArray, counts: Indices, columns: int) -> FloatArray:
    """Return rows of different lengths as an array (l,columns): cut, or filled with NaN.

    Parameters
    ----------
    values
        The numbers of all rows, one after the other.
    counts
        (l,) how many numbers each row has.
    columns
        Width of the result.
    """
    if len(counts) and (counts == counts[0]).all():
        rows = values.reshape(len(counts), -1)
        if rows.shape[1] >= columns:
            return rows[:, :columns]
    result = np.full((len(counts), columns), np.nan)
    row = np.repeat(np.arange(len(counts)), counts)
    column = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
    fits = column < columns
    result[row[fits], column[fits]] = values[fits]
    return result
