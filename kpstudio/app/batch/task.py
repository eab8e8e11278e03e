"""What a worker process does: the files of a group, one after the other, whatever they are."""

from __future__ import annotations

import faulthandler
import hashlib
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kpstudio import __version__
from kpstudio.app.batch.outcome import Outcome
from kpstudio.app.batch.sources import Source
from kpstudio.app.batch.trail import Trail
from kpstudio.app.batch.work import Work, file_sha256
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, KPStudioError
from kpstudio.detectors import surfaces

#: Seconds that a file whose time is up has to stop by itself, before its process is ended.
GRACE = 2.0

# Seeds and the watchdog belong to the whole process: a worker with several threads takes turns.
_turn = threading.Lock()


@dataclass(frozen=True)
class Group:
    """Some files of a batch, and all that a worker must know to do them.

    Parameters
    ----------
    work, key
        What is done with each, and its hash `key_of(work)`.
    sources
        The files.
    out
        Folder for results.
    trail, unfinished
        Where the group leaves its trail, and the folder for outputs that are being written.
    tries
        How often a file may end its process before it is given up.
    timeout
        Seconds for one file, 0 for as long as it takes.
    version
        Version of KP Studio that a worker must have.
    """

    work: Work
    key: str
    sources: tuple[Source, ...]
    out: Path
    trail: Path
    unfinished: Path
    tries: int
    timeout: float
    version: str = __version__


def perform(group: Group) -> list[Outcome]:
    """Do the files of a group that its trail does not call finished; return all outcomes.

    Raises
    ------
    KPStudioError
        This worker has another version of KP Studio.
    OSError
        The batch is over: its folders are gone.
    """
    if group.version != __version__:
        raise KPStudioError(
            f"a worker has KP Studio {__version__}, this is {group.version}",
            remedy="Install the same version everywhere.",
        )
    with _turn:
        trail = Trail(group.trail)
        for source in group.sources:
            if source.name in trail.outcomes:
                continue
            blank = Outcome(source.name, _hashed(source.path))
            outcome = _given_up(blank, group, trail)
            if outcome is None:
                trail.start(source.name)
                outcome = _attempt(source, blank, group, trail)
            trail.add(outcome)
    return [trail.outcomes[source.name] for source in group.sources]


def output_name(name: str, suffix: str) -> str:
    """Return what the output of a file is called; no two files of a batch share one."""
    return name + suffix


def key_with(work_key: str, sha256: str) -> str:
    """Return the hash of a work and of the bytes of a file."""
    return hashlib.sha256(f"{work_key} {sha256}".encode()).hexdigest()


def _hashed(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        return ""  # whoever opens it says why


def _given_up(blank: Outcome, group: Group, trail: Trail) -> Outcome | None:
    """Return the failure of a file that ended its process too often, or never came to an end."""
    tried = trail.starts(blank.name)
    if tried and trail.overtime.exists() and trail.overtime.stat().st_size:
        trail.overtime.unlink()
        return replace(blank, error=_too_slow(group), seconds=group.timeout + GRACE)
    if tried >= group.tries:
        error = f"its process ended {tried} times: a crash, or too little memory"
        return replace(blank, error=error)
    return None


def _attempt(source: Source, blank: Outcome, group: Group, trail: Trail) -> Outcome:
    """Do one file; whatever it or a detector raises is its failure and nobody else's."""
    started = time.perf_counter()
    try:
        with _limited(group.timeout, trail) as ctx:
            outcome = _made(source, blank, group, ctx)
    except Cancelled:
        outcome = replace(blank, error=_too_slow(group))
    except (Exception, SystemExit) as error:
        outcome = replace(blank, error=_reason(error))
    return replace(outcome, seconds=time.perf_counter() - started)


def _reason(error: BaseException) -> str:
    # The file has a column of its own, and a path would differ from machine to machine.
    if isinstance(error, KPStudioError):
        return str(KPStudioError(error.message, remedy=error.remedy))
    name = type(error).__name__
    if isinstance(error, OSError):
        return error.strerror or name
    try:
        return f"{name}: {error}"
    except Exception:  # of a plugin that cannot even say what is wrong
        return name


def _made(source: Source, blank: Outcome, group: Group, ctx: RunContext) -> Outcome:
    output = output_name(source.name, group.work.suffix)
    _start_anew()
    folder = Path(tempfile.mkdtemp(dir=group.unfinished))
    try:
        made = group.work.perform(source.path, folder / Path(output).name, ctx)
        sha256 = file_sha256(folder / Path(output).name)
        _move(folder, group.out / output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(
        blank,
        key=key_with(group.key, blank.sha256),
        output=output,
        output_sha256=sha256,
        keypoints=made.keypoints,
        model=str(made.model),
        notes=tuple(map(str, made.notes)),
    )


def _move(folder: Path, output: Path) -> None:
    """Move an output to its place, after whatever lies beside it, such as textures."""
    output.parent.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir(), key=lambda path: (path.name == output.name, path.name)):
        path.replace(output.parent / path.name)


def _start_anew() -> None:
    """Leave a file nothing of those before it, so that grouping them changes no result."""
    surfaces.forget()
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries may still draw from it
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@contextmanager
def _limited(seconds: float, trail: Trail) -> Iterator[RunContext]:
    """Give a context that is cancelled when time is up; later the process ends, too."""
    ctx = RunContext()
    if not seconds:
        yield ctx
        return
    timer = threading.Timer(seconds, ctx.cancel)
    timer.start()
    with trail.overtime.open("w") as stream:
        # It needs no Python, which code that never returns may hold.
        faulthandler.dump_traceback_later(seconds + GRACE, file=stream, exit=True)
        try:
            yield ctx
        finally:
            faulthandler.cancel_dump_traceback_later()
            timer.cancel()
    trail.overtime.unlink()


def _too_slow(group: Group) -> str:
    return f"took longer than {group.timeout:g} s"
