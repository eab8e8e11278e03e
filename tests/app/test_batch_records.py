"""What is kept of finished files: records, the trails of groups, and the lock around both."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kpstudio.app.batch.outcome import Outcome
from kpstudio.app.batch.records import FOLDER, opened_records
from kpstudio.app.batch.trail import Trail
from kpstudio.base.errors import FileError

DONE = Outcome("a/x.off", "1" * 64, "2" * 64, "a/x.off.json", "3" * 64, 7, "m", ("A note.",), "", 1)
FAILED = Outcome("b.off", "4" * 64, error="is empty")


def test_outcomes_survive_json() -> None:
    for outcome in (DONE, FAILED):
        assert Outcome.from_json(json.loads(json.dumps(outcome.as_json()))) == outcome


def test_what_is_finished_is_kept_and_failures_are_not(tmp_path: Path) -> None:
    with opened_records(tmp_path / "new" / "out") as records:
        records.add([DONE, FAILED])
        assert records.find("a/x.off") == DONE
    with opened_records(tmp_path / "new" / "out") as records:
        assert records.find("a/x.off") == DONE
        assert records.find("b.off") is None
        newer = replace(DONE, key="5" * 64)
        records.add([newer])
    with opened_records(tmp_path / "new" / "out") as records:
        assert records.find("a/x.off") == newer
        records.add([replace(DONE, output="", error="crashed")])
    with opened_records(tmp_path / "new" / "out") as records:
        assert records.find("a/x.off") is None


def test_a_run_that_was_killed_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    (folder / "trails").mkdir(parents=True)
    (folder / "unfinished" / "half").mkdir(parents=True)
    trail = Trail(folder / "trails" / "00000001.jsonl")
    trail.start(DONE.name)
    trail.add(DONE)
    trail.start("next.off")
    cut = json.dumps(replace(DONE, name="c.off").as_json())
    (folder / "records.jsonl").write_text(f"{cut}\n{cut[:40]}", "utf-8")
    with opened_records(tmp_path) as records:
        assert records.find(DONE.name) == DONE
        assert records.find("c.off") is not None
        assert records.find("next.off") is None
        assert not list(records.unfinished.iterdir())
        assert not list(records.trails.iterdir())
    assert {path.name for path in folder.iterdir()} == {"lock", "records.jsonl"}


def test_a_trail_knows_what_was_begun(tmp_path: Path) -> None:
    path = tmp_path / "1.jsonl"
    trail = Trail(path)
    trail.start("x")
    Trail(path).start("x")
    with path.open("a") as stream:
        stream.write('{"start": "x')  # cut off
    again = Trail(path)
    assert again.starts("x") == 2
    assert again.starts("y") == 0
    again.add(DONE)  # what follows a line cut off is lost with it, no more
    again.add(FAILED)
    assert FAILED.name in Trail(path).outcomes


def test_one_batch_at_a_time(tmp_path: Path) -> None:
    with (
        opened_records(tmp_path),
        pytest.raises(FileError, match="in use by another batch") as caught,
        opened_records(tmp_path),
    ):
        pass
    assert caught.value.path == tmp_path
    with opened_records(tmp_path):
        pass


def test_damaged_records_are_told(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "records.jsonl").write_text('{"who": "knows"}\n', "utf-8")
    with pytest.raises(FileError, match="is damaged"), opened_records(tmp_path):
        pass


def test_a_file_is_no_folder_for_results(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FileError, match="cannot be used for results"):
        with opened_records(tmp_path / "out"):
            pass
