"""Batches on real worker processes: killed, crashed, hanging, and twice as many."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kpstudio.app.batch import task
from kpstudio.app.batch.cluster import existing_cluster, local_cluster
from kpstudio.app.batch.records import FOLDER
from kpstudio.app.batch.run import Batch, BatchResult, run
from kpstudio.app.batch.sources import find_sources
from kpstudio.app.batch.summary import write_summary
from kpstudio.app.batch.work import Detecting, key_of
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, KPStudioError
from kpstudio.io.registry import save_mesh
from tests import shapes
from tests.toil import Toil

if TYPE_CHECKING:
    from distributed import Client

#: A cluster in a process of its own.
SCHEDULER = """
import time
from kpstudio.app.batch.cluster import local_cluster

if __name__ == "__main__":
    with local_cluster(1) as client:
        print(client.scheduler_info()["address"], flush=True)
        time.sleep(60)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes by signals")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two worker processes."""
    with local_cluster(2) as connected:
        yield connected


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for number in range(12):
        path = folder / "ab"[number % 2] / f"{number:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"word {number}")
    return folder


def batch_of(folder: Path, work: Toil | None = None, **more: object) -> Batch:
    out = folder.parent / "out"
    sources = find_sources([f"{folder}/**/*.txt"], out)
    return replace(Batch(work or Toil(), sources, out), **more)


def done_by(client: Client, batch: Batch, ctx: RunContext | None = None) -> BatchResult:
    def connect(files: int) -> AbstractContextManager[Client]:
        client.wait_for_workers(2, timeout=100)
        return nullcontext(client)

    return run(batch, connect, ctx)


def nobody(files: int) -> AbstractContextManager[Client]:
    """A cluster that must not be asked for."""
    raise AssertionError(f"{files} files are done again")


def results(out: Path) -> dict[str, bytes]:
    """Everything in a folder for results but times and records."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and FOLDER not in path.parts and "times" not in path.name
    }


def test_every_file_has_its_output(client: Client, files: Path) -> None:
    batch = batch_of(files)
    heard: list[tuple[float, str]] = []
    result = done_by(client, batch, RunContext(lambda *what: heard.append(what)))
    assert [outcome.name for outcome in result.outcomes] == [
        source.name for source in batch.sources
    ]
    assert (result.failures, result.kept) == ((), 0)
    assert (batch.out / "a" / "02.txt.txt").read_text() == "WORD 2"
    assert result.outcomes[0].notes == ("It is in capitals.",)
    assert heard[-1] == (1.0, "12 of 12 files")
    assert {path.name for path in (batch.out / FOLDER).iterdir()} == {"lock", "records.jsonl"}


def test_what_is_finished_is_not_done_again(client: Client, files: Path) -> None:
    batch = batch_of(files)
    first = done_by(client, batch)
    again = run(batch, nobody)
    assert again.kept == 12
    assert again.outcomes == first.outcomes
    # Changed, gone, damaged: these three, and nothing else, are done again.
    (files / "a" / "00.txt").write_text("word new")
    (batch.out / "a" / "02.txt.txt").unlink()
    (batch.out / "a" / "04.txt.txt").write_text("tampered with")
    third = done_by(client, batch)
    assert third.kept == 9
    assert (batch.out / "a" / "00.txt.txt").read_text() == "WORD NEW"
    assert (batch.out / "a" / "04.txt.txt").read_text() == "WORD 4"
    assert run(batch, nobody).kept == 12
    assert done_by(client, batch_of(files, Toil(salt="other"))).kept == 0
    assert done_by(client, batch_of(files, Toil(salt="other"), again=True)).kept == 0


def test_whatever_a_file_does_the_others_are_done(client: Client, files: Path) -> None:
    words = {"00": "crash", "02": "hang", "04": "dawdle", "06": "raise", "08": "refuse"}
    words |= {"10": "leave"}
    for number, word in words.items():
        (files / "a" / f"{number}.txt").write_text(word)
    batch = batch_of(files, timeout=0.5, tries=2)
    result = done_by(client, batch)
    assert {outcome.name: outcome.error for outcome in result.failures} == {
        "a/00.txt": "its process ended 2 times: a crash, or too little memory",
        "a/02.txt": "took longer than 0.5 s",
        "a/04.txt": "took longer than 0.5 s",
        "a/06.txt": "ZeroDivisionError: by a plugin",
        "a/08.txt": "is refused. Write something else.",
        "a/10.txt": "SystemExit: 3",
    }
    assert all(len(outcome.sha256) == 64 for outcome in result.failures)
    assert len(results(batch.out)) == 6
    # A failure is tried again.
    for number in words:
        (files / "a" / f"{number}.txt").write_text("word")
    assert done_by(client, batch).kept == 6


def test_a_worker_that_is_killed_loses_nothing(client: Client, files: Path) -> None:
    for path in files.rglob("*.txt"):
        path.write_text("sleep 0.15")
    batch = batch_of(files)
    client.wait_for_workers(2, timeout=100)
    victim = min(client.run(os.getpid).values())
    killed = threading.Event()

    def kill() -> None:
        deadline = time.monotonic() + 30
        while len(list(batch.out.rglob("*.txt.txt"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        killed.set()

    thread = threading.Thread(target=kill)
    thread.start()
    result = done_by(client, batch)
    thread.join()
    assert killed.is_set()
    assert not result.failures
    assert len(results(batch.out)) == 12
    assert run(batch, nobody).kept == 12


def test_a_stop_keeps_what_is_finished(client: Client, files: Path) -> None:
    for path in files.rglob("*.txt"):
        path.write_text("sleep 0.1")
    batch = batch_of(files)

    def stop(fraction: float, text: str) -> None:
        if text.startswith("4 of"):
            ctx.cancel()

    ctx = RunContext(stop)
    with pytest.raises(Cancelled):
        done_by(client, batch, ctx)
    assert {path.name for path in (batch.out / FOLDER).iterdir()} == {"lock", "records.jsonl"}
    rest = done_by(client, batch)
    assert 4 <= rest.kept < 12
    assert not rest.failures
    assert results(batch.out) == {f"{source.name}.txt": b"SLEEP 0.1" for source in batch.sources}


def test_results_are_the_same_however_many_workers(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "meshes"
    folder.mkdir()
    for number in range(6):
        save_mesh(folder / f"{number}.ply", shapes.torus(16, 8, tube=0.2 + 0.05 * number))
    (folder / "broken.ply").write_bytes(b"ply\nformat ascii 1.0\nelement vertex 3\n")
    (folder / "empty.off").write_bytes(b"")
    work = Detecting(".vtp", "iss")

    def run_in(out: Path, connect: partial[AbstractContextManager[Client]]) -> dict[str, bytes]:
        sources = find_sources([str(folder)], out)
        result = run(Batch(work, sources, out), connect)
        assert [outcome.name for outcome in result.failures] == ["broken.ply", "empty.off"]
        write_summary(out, result.outcomes, table=True)
        return results(out)

    one = run_in(tmp_path / "one", partial(lambda files: local_cluster(1)))
    two = run_in(tmp_path / "two", partial(lambda files: nullcontext(client)))
    assert len(one) == 6 + 2
    assert one == two


def test_a_cluster_is_found_by_its_address(client: Client, files: Path) -> None:
    client.wait_for_workers(2, timeout=100)
    address = client.scheduler_info()["address"]
    assert address.startswith("tcp://127.0.0.1:")
    assert not run(batch_of(files), lambda files: existing_cluster(address)).failures


def test_nobody_answers() -> None:
    with (
        pytest.raises(KPStudioError, match="no scheduler answers"),
        existing_cluster("tcp://127.0.0.1:1", patience=0.5),
    ):
        pass


def test_a_worker_of_another_version_is_refused(files: Path, tmp_path: Path) -> None:
    batch = batch_of(files)
    group = task.Group(
        batch.work, key_of(batch.work), batch.sources, batch.out, tmp_path / "1.jsonl",
        tmp_path, 3, 0.0, version="99",
    )  # fmt: skip
    with pytest.raises(KPStudioError, match="this is 99"):
        task.perform(group)


def test_a_cluster_that_is_lost_keeps_what_is_finished(files: Path) -> None:
    for path in files.rglob("*.txt"):
        path.write_text("sleep 0.3")
    batch = batch_of(files)

    def end(fraction: float, text: str) -> None:
        if text.startswith("2 of"):
            process.kill()

    command = [sys.executable, "-c", SCHEDULER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with pytest.raises(KPStudioError, match="the cluster was lost"):
            run(batch, lambda files: existing_cluster(address), RunContext(end))
    records = (batch.out / FOLDER / "records.jsonl").read_text("utf-8")
    assert 2 <= records.count("\n") < 12
