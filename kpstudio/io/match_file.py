"""Files of matches: which keypoint of one shape is which of another."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kpstudio.base.errors import FileError, FormatError, KPStudioError
from kpstudio.base.paths import atomic_path
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.keypoints import KeypointSet

SUFFIXES = (".json", ".csv")
_FORMAT, _VERSION = "kpstudio-matches", 1
_COLUMNS = ("first", "second", "first_name", "second_name", "confidence",
            "x1", "y1", "z1", "x2", "y2", "z2")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two shapes of a file.

    Parameters
    ----------
    name
        Name of the shape.
    keypoints
        Its keypoints, file coordinates.
    """

    name: str
    keypoints: KeypointSet


def check_match_file(path: Path) -> None:
    """Refuse a file name that asks for no known format.

    Raises
    ------
    FileError
        Its suffix is neither .json nor .csv.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise FileError(
            f"matches are not written as {path.suffix or 'a file without suffix'}",
            remedy=f"Use {' or '.join(SUFFIXES)}.", path=path,
        )  # fmt: skip


def save_matches(path: Path, first: Side, second: Side, matches: Correspondence) -> None:
    """Write matches, with the names and places of their keypoints, as JSON or CSV.

    Raises
    ------
    FileError
        Unknown suffix, or the file cannot be written.
    InputError
        A pair names a keypoint that is not there.
    """
    check_match_file(path)
    matches.check_fits(len(first.keypoints), len(second.keypoints))
    rows = [_row(first, second, matches, row) for row in range(len(matches))]
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        if path.suffix.lower() == ".csv":
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(rows)
            return
        content = {
            "format": _FORMAT, "version": _VERSION, "source": matches.source,
            "shapes": [first.name, second.name],
            "keypoints": [len(first.keypoints), len(second.keypoints)],
            "matches": [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
        }  # fmt: skip
        json.dump(content, file, indent=1)
        file.write("\n")


def load_matches(path: Path) -> Correspondence:
    """Return the matches in a file.

    Raises
    ------
    FileError, FormatError
        The file cannot be read, or holds no matches.
    """
    check_match_file(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot be read: {error}", path=path) from error
    try:
        rows: list[dict[str, Any]]
        if path.suffix.lower() == ".csv":
            rows = list(csv.DictReader(text.splitlines()))
            source = ""
        else:
            content = json.loads(text)
            rows, source = content["matches"], str(content.get("source", ""))
        pairs = [(int(row["first"]), int(row["second"])) for row in rows]
        confidence = [float(row["confidence"]) for row in rows]
        return Correspondence(
            np.array(pairs, np.int32).reshape(-1, 2), np.array(confidence), source
        )
    except (ValueError, KeyError, TypeError, AttributeError, KPStudioError) as error:
        raise FormatError(f"holds no matches: {error}", path=path) from error


def _row(first: Side, second: Side, matches: Correspondence, row: int) -> tuple[Any, ...]:
    i, j = (int(one) for one in matches.pairs[row])
    a, b = first.keypoints, second.keypoints
    return (
        i, j, a.schema.names[i], b.schema.names[j], round(float(matches.confidence[row]), 6),
        *(float(value) for value in a.positions[i]), *(float(value) for value in b.positions[j]),
    )  # fmt: skip
