"""The table of a batch."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from kpstudio.app.batch.outcome import Outcome
from kpstudio.app.batch.summary import COLUMNS, write_summary

OUTCOMES = (
    Outcome("a.off", "1" * 64, "k", "a.off.json", "o", 5, "m", ("One.", "Two."), "", 0.25),
    Outcome("b,\n.off", "2" * 64, error='is "empty"', seconds=0.5),
    Outcome("c\udcff.off", "3" * 64, "k", "c\udcff.off.glb", "o"),
)


def test_rows_say_what_became_of_files(tmp_path: Path) -> None:
    summary, times = write_summary(tmp_path, OUTCOMES)
    rows = pq.read_table(summary).to_pylist()
    assert rows[0] == {
        "file": "a.off", "sha256": "1" * 64, "status": "done", "keypoints": 5, "model": "m",
        "output": "a.off.json", "notes": "One. Two.", "error": "",
    }  # fmt: skip
    assert [row["status"] for row in rows] == ["done", "failed", "done"]
    assert [row["keypoints"] for row in rows] == [5, None, None]
    assert rows[2]["file"] == "c\\udcff.off"
    assert pq.read_table(times).column("seconds").to_pylist() == [0.25, 0.5, 0.0]


def test_times_change_nothing_in_the_summary(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first = write_summary(tmp_path, OUTCOMES, table=True)
    later = tuple(replace(outcome, seconds=9.0) for outcome in OUTCOMES)
    second = write_summary(tmp_path / "again", later, table=True)
    same = [a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True)]
    assert [path.name for path, equal in zip(first, same, strict=True) if not equal] == [
        "summary-times.parquet"
    ]


def test_csv_holds_the_same(tmp_path: Path) -> None:
    table = write_summary(tmp_path, OUTCOMES, table=True)[2]
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert rows[2][0] == "b,\n.off"
    assert rows[2][COLUMNS.index("error")] == 'is "empty"'


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    summary = write_summary(tmp_path, ())[0]
    assert pq.read_table(summary).column_names == list(COLUMNS)
