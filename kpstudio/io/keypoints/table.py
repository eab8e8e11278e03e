"""Keypoints as a table (CSV): label, x, y, z, face, b0, b1, b2, score, status, frame.

Written with commas and points. Read also as spreadsheets of other countries write it: with
semicolons or tabs, decimal commas, a byte order mark; columns in any order, unknown ones ignored.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kpstudio.base.errors import FormatError
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet, Origin
from kpstudio.io.formats import KeypointFile, KeypointFormat, KeypointInfo

COLUMNS = ("label", "x", "y", "z", "face", "b0", "b1", "b2", "score", "status", "frame")
ALIASES = {"name": "label", "id": "label", "confidence": "score", "state": "status"}
ANCHOR = ("face", "b0", "b1", "b2")
MISSING = "missing"

#: What the column `frame` says of coordinates that are those of the mesh file.
FILE_FRAME = "file"

Row = Mapping[str, str]


def write(keypoints: KeypointSet, info: KeypointInfo) -> bytes:
    """Return the bytes of a table."""
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    for index in range(len(keypoints)):
        anchor: list[object] = ["", "", "", ""]
        if keypoints.anchor is not None:
            weights = keypoints.anchor.barycentric[index].tolist()
            anchor = [int(keypoints.anchor.faces[index]), *weights]
        rows.writerow(
            [
                keypoints.schema.names[index],
                *keypoints.positions[index].tolist(),
                *anchor,
                float(keypoints.confidence[index]),
                str(keypoints.origin[index]) if keypoints.defined[index] else MISSING,
                info.space or FILE_FRAME,
            ]
        )
    return stream.getvalue().encode()


def read(data: bytes) -> KeypointFile:
    """Read a table.

    Raises
    ------
    FormatError
        No header with x, y and z, no rows, or a cell that is not a number.
    """
    rows = list(_rows(data))
    if not rows:
        raise FormatError("the table has no rows", remedy="Export it again.")
    status = [row.get("status", "").strip().lower() for row in rows]
    known = {str(origin) for origin in Origin}
    missing = [word in (MISSING, "undefined") for word in status]
    # A missing keypoint may leave its cells empty.
    positions = [
        [_number(row, axis, 0.0 if gone else None) for axis in "xyz"]
        for row, gone in zip(rows, missing, strict=True)
    ]
    labels = tuple(row.get("label", "").strip() or str(index) for index, row in enumerate(rows))
    keypoints = KeypointSet(
        np.array(positions, float),
        KeypointSchema(labels),
        confidence=np.array([_number(row, "score", 1.0) for row in rows], float),
        defined=~np.array(missing, bool),
        origin=tuple(Origin(word) if word in known else Origin.PLACED for word in status),
        anchor=_anchor(rows),
    )
    frames = {row.get("frame", "").strip().upper() for row in rows}
    space = frames.pop() if len(frames) == 1 else ""
    return KeypointFile(keypoints, KeypointInfo(space=space if space in ("LPS", "RAS") else ""))


def _rows(data: bytes) -> Iterator[Row]:
    text = _text(data)
    header, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=header.count)
    names: Sequence[str] | None = None
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            lowered = [cell.strip().lower() for cell in cells]
            names = [
                name if ALIASES.get(name, name) in lowered else ALIASES[name] for name in lowered
            ]
            if not {"x", "y", "z"} <= set(names):
                raise FormatError(
                    "its first line does not name columns x, y and z",
                    remedy=f"Begin the table with {','.join(COLUMNS[:4])}.",
                )
            continue
        row = dict(zip(names, cells, strict=False))
        if delimiter != ",":
            row = {name: cell.replace(",", ".") if name != "label" else cell
                   for name, cell in row.items()}  # fmt: skip
        yield row


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _number(row: Row, name: str, default: float | None = None) -> float:
    cell = row.get(name, "").strip()
    if not cell and default is not None:
        return default
    try:
        return float(cell)
    except ValueError:
        label = row.get("label", "?")
        raise FormatError(
            f"{cell!r} in column {name} of {label!r} is not a number",
            remedy="Mend the cell, or mark the keypoint as missing.",
        ) from None


def _anchor(rows: Sequence[Row]) -> Anchor | None:
    if not all(row.get(name, "").strip() for row in rows for name in ANCHOR):
        return None
    values = np.array([[_number(row, name) for name in ANCHOR] for row in rows])
    return Anchor(values[:, 0].astype(np.int32), values[:, 1:])


def sniff(data: bytes) -> bool:
    """Whether a file is a table with columns x, y and z."""
    try:
        header = _text(data[:4096]).partition("\n")[0].lower()
    except UnicodeDecodeError:
        return False
    names = {
        cell.strip().strip('"') for cell in header.replace(";", ",").replace("\t", ",").split(",")
    }
    return {"x", "y", "z"} <= names


FORMAT = KeypointFormat(
    id="csv",
    title="Table (CSV)",
    suffixes=(".csv", ".tsv"),
    holds=frozenset({"labels", "confidence", "anchor", "missing", "origin"}),
    sniff=sniff,
    read=read,
    write=write,
)
