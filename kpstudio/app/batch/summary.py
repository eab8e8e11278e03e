"""The table of a batch: one row a file, and how long each took in a table of its own.

Times differ from run to run. Without them the summary is the same, byte by byte, for the same
files and work.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpstudio.app.batch.outcome import Outcome
from kpstudio.base.paths import atomic_path

if TYPE_CHECKING:
    import pyarrow as pa

SUMMARY, TIMES, TABLE = "summary.parquet", "summary-times.parquet", "summary.csv"

#: Columns of the summary.
COLUMNS = ("file", "sha256", "status", "keypoints", "model", "output", "notes", "error")


def write_summary(out: Path, outcomes: Sequence[Outcome], *, table: bool = False) -> list[Path]:
    """Write the summary into the folder for results; return the files.

    Parameters
    ----------
    out
        The folder.
    outcomes
        Of all files, in order.
    table
        Write it as CSV as well.

    Raises
    ------
    FileError
        The disk is full, or the folder cannot be written.
    """
    import pyarrow as pa

    rows = [_row(outcome) for outcome in outcomes]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    arrays = [
        pa.array(column, pa.int32() if name == "keypoints" else pa.string())
        for name, column in zip(COLUMNS, columns, strict=True)
    ]
    names, seconds = [row[0] for row in rows], [outcome.seconds for outcome in outcomes]
    _write_parquet(out / SUMMARY, pa.table(arrays, names=list(COLUMNS)))
    _write_parquet(out / TIMES, pa.table({"file": names, "seconds": seconds}))
    written = [out / SUMMARY, out / TIMES]
    if table:
        with (
            atomic_path(out / TABLE) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as stream,
        ):
            csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])
        written.append(out / TABLE)
    return written


def _row(outcome: Outcome) -> tuple[Any, ...]:
    row = (
        outcome.name,
        outcome.sha256,
        "failed" if outcome.error else "done",
        outcome.keypoints,
        outcome.model,
        outcome.output,
        " ".join(outcome.notes),
        outcome.error,
    )
    return tuple(_storable(cell) if isinstance(cell, str) else cell for cell in row)


def _storable(text: str) -> str:
    # Names of files may hold bytes that are no text.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _write_parquet(path: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)
