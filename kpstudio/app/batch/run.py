"""Running a batch: groups of files handed out to workers, kept as they come back.

A file's outcome depends on the file and the work alone, so outcomes in the order of their names
are the same however many workers there are, whatever they did last, and however often the run was
interrupted.
"""

from __future__ import annotations

import math
import queue
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from kpstudio.app.batch.outcome import Outcome
from kpstudio.app.batch.records import Records, opened_records
from kpstudio.app.batch.sources import Source
from kpstudio.app.batch.task import Group, key_with, output_name, perform
from kpstudio.app.batch.work import Work, file_sha256, key_of
from kpstudio.base.context import RunContext
from kpstudio.base.errors import KPStudioError

if TYPE_CHECKING:
    from distributed import Client, Future

#: Most files of a group, and seconds that one should take: handing it out costs milliseconds.
_MOST, _SECONDS = 64, 1.0
#: Groups that a worker has before it: one to do, one to go on with.
_AHEAD = 2
#: Files whose times tell how many the next group may have.
_RECENT = 64
#: Seconds between two looks whether the run is still wanted.
_GLANCE = 0.1

#: Opens a cluster for so many files.
Connect = Callable[[int], "AbstractContextManager[Client]"]


@dataclass(frozen=True)
class Batch:
    """What is to be done.

    Parameters
    ----------
    work
        What is done with each file.
    sources
        The files.
    out
        Folder for results.
    again
        Do what is finished already, too.
    timeout
        Seconds for one file, 0 for as long as it takes.
    tries
        How often a file may end the process that works on it before it is given up.
    """

    work: Work
    sources: tuple[Source, ...]
    out: Path
    again: bool = False
    timeout: float = 0.0
    tries: int = 3


@dataclass(frozen=True)
class BatchResult:
    """What became of the files.

    Parameters
    ----------
    outcomes
        Of all files, by name in order.
    kept
        How many were finished before.
    """

    outcomes: tuple[Outcome, ...]
    kept: int = 0

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The files that have no output."""
        return tuple(outcome for outcome in self.outcomes if outcome.error)


def run(batch: Batch, connect: Connect, ctx: RunContext | None = None) -> BatchResult:
    """Run a batch; what an earlier run finished is kept if file, work and output are the same.

    Parameters
    ----------
    batch
        What is to be done.
    connect
        Opens the cluster, such as `cluster.local_cluster`; not called when all is finished.
    ctx
        Progress and cancellation. What was finished before a cancellation is kept.

    Raises
    ------
    FileError
        The folder for results cannot be used, or is in use.
    KPStudioError
        The cluster does not start, or is lost.
    Cancelled
        `ctx` was cancelled.
    """
    ctx = ctx or RunContext()
    out = batch.out.resolve()
    key = key_of(batch.work)
    with opened_records(out) as records:
        done = {} if batch.again else _finished(batch, out, key, records, ctx.part(0.0, 0.05))
        kept = len(done)
        missing = [source for source in batch.sources if source.name not in done]
        if missing:
            ctx.progress(0.05, "Starting the workers")
            with connect(len(missing)) as client:
                hand_out = _HandOut(client, batch, out, key, records, ctx.part(0.05, 1.0))
                done |= hand_out.run(missing)
    return BatchResult(tuple(done[source.name] for source in sorted(batch.sources)), kept)


def _finished(
    batch: Batch, out: Path, key: str, records: Records, ctx: RunContext
) -> dict[str, Outcome]:
    """Return the outcomes of an earlier run that hold for these very files, by name."""

    def still_holds(source: Source) -> Outcome | None:
        ctx.check()
        outcome = records.find(source.name)
        if outcome is None or outcome.output != output_name(source.name, batch.work.suffix):
            return None
        try:
            same_source = outcome.key == key_with(key, file_sha256(source.path))
            same = same_source and outcome.output_sha256 == file_sha256(out / outcome.output)
        except OSError:
            return None
        return outcome if same else None

    # Hashing waits for the disk, and holds no lock.
    found = {}
    with ThreadPoolExecutor(4) as threads:
        for number, outcome in enumerate(threads.map(still_holds, batch.sources)):
            ctx.progress(number / len(batch.sources), "Looking for what is finished")
            if outcome is not None:
                found[outcome.name] = outcome
    return found


class _HandOut:
    """Hands out files to workers, in groups that grow while files turn out to be quick.

    Groups also shrink towards the end, so that all workers end at about the same time: guided
    self-scheduling (C. D. Polychronopoulos, D. J. Kuck, "Guided self-scheduling: a practical
    scheduling scheme for parallel supercomputers", IEEE Transactions on Computers C-36(12), 1987).
    """

    def __init__(
        self,
        client: Client,
        batch: Batch,
        out: Path,
        key: str,
        records: Records,
        ctx: RunContext,
    ) -> None:
        self._client, self._batch, self._out, self._key = client, batch, out, key
        self._records, self._ctx = records, ctx
        self._arrived: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._under_way: dict[Future[Any], tuple[Group, int]] = {}
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._groups = 0
        self._done: dict[str, Outcome] = {}
        self._failed = 0

    def run(self, sources: Sequence[Source]) -> dict[str, Outcome]:
        """Return the outcomes of all files, by name."""
        waiting = deque(sources)
        while waiting or self._under_way:
            workers = self._workers()
            while waiting and len(self._under_way) < _AHEAD * workers:
                size = self._group_size(len(waiting), workers)
                self._submit(self._group([waiting.popleft() for _ in range(size)]), 0)
            self._take(self._next())
            text = f"{len(self._done):,} of {len(sources):,} files"
            text += f", {self._failed:,} failed" if self._failed else ""
            self._ctx.progress(len(self._done) / len(sources), text)
        return self._done

    def _workers(self) -> int:
        try:
            return max(len(self._client.nthreads()), 1)
        except OSError as error:
            raise _lost() from error

    def _group_size(self, waiting: int, workers: int) -> int:
        if not self._recent:
            return 1
        quick = _SECONDS / max(median(self._recent), 1e-3)
        return max(1, min(math.ceil(waiting / (_AHEAD * workers)), int(quick), _MOST))

    def _group(self, sources: Sequence[Source]) -> Group:
        self._groups += 1
        batch, records = self._batch, self._records
        trail = records.trails / f"{self._groups:08}.jsonl"
        return Group(batch.work, self._key, tuple(sources), self._out, trail, records.unfinished,
                     batch.tries, batch.timeout)  # fmt: skip

    def _submit(self, group: Group, lost: int) -> None:
        future = self._client.submit(perform, group, pure=False)
        self._under_way[future] = group, lost
        future.add_done_callback(self._arrived.put)

    def _next(self) -> Future[Any]:
        while True:
            self._ctx.check()
            try:
                return self._arrived.get(timeout=_GLANCE)
            except queue.Empty:
                continue

    def _take(self, future: Future[Any]) -> None:
        """Keep what a group brought; hand it out again if its workers were lost."""
        from distributed import KilledWorker

        group, lost = self._under_way.pop(future)
        try:
            outcomes: list[Outcome] = future.result()
        except KilledWorker as error:
            # Some of its files may have ended a few workers each; its trail counts them.
            if lost > group.tries * len(group.sources):
                raise KPStudioError(
                    "workers end before they get anything done",
                    remedy="See whether they have enough memory, and use fewer.",
                ) from error
            self._submit(group, lost + 1)
            return
        except KPStudioError:
            raise
        except CancelledError as error:
            raise _lost() from error
        except OSError as error:
            raise KPStudioError(
                f"a worker cannot use the folder for results ({error})",
                remedy="All workers must see the same folders.",
            ) from error
        except Exception as error:  # a file that fails is an outcome: this is the worker itself
            raise KPStudioError(
                f"a worker cannot do this ({type(error).__name__}: {error})",
                remedy="Install the same things everywhere.",
            ) from error
        self._records.add(outcomes)
        group.trail.unlink(missing_ok=True)
        self._recent.extend(outcome.seconds for outcome in outcomes)
        self._failed += sum(1 for outcome in outcomes if outcome.error)
        self._done |= {outcome.name: outcome for outcome in outcomes}


def _lost() -> KPStudioError:
    return KPStudioError("the cluster was lost", remedy="What is finished is kept: start again.")
