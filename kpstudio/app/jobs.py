"""Background work: newest wins, results come back on the thread of the window.

A job is named by a key. Submitting the same key again cancels the job that runs under it, and
whatever that one still delivers is dropped.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from psygnal import Signal

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, KPStudioError

log = logging.getLogger(__name__)

Post = Callable[[Callable[[], None]], None]

#: Seconds between two progress reports of one job: a bar needs no more.
PROGRESS_INTERVAL = 0.05


@dataclass(eq=False)
class Job:
    """One piece of background work, as the status bar shows it."""

    key: str
    title: str
    context: RunContext = field(default_factory=RunContext)
    fraction: float = 0.0
    text: str = ""
    must_finish: bool = False
    quiet: bool = False
    future: Future[Any] | None = None


class Mailbox:
    """Delivers results where there is no event loop: the command line and tests."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def post(self, call: Callable[[], None]) -> None:
        """Put a call in the box, from any thread."""
        self._queue.put(call)

    def process(self, done: Callable[[], bool], timeout: float = 60.0) -> bool:
        """Make the posted calls on this thread until `done`; False when time ran out."""
        deadline = time.monotonic() + timeout
        while not done():
            try:
                self._queue.get(timeout=max(0.0, min(0.1, deadline - time.monotonic())))()
            except queue.Empty:
                if time.monotonic() >= deadline:
                    return False
        return True


class Jobs:
    """Runs jobs on four lanes: threads for networks, trainings and saving, two for the rest.

    Parameters
    ----------
    post
        Makes a call on the thread of the window, from any thread.
    """

    changed = Signal()

    def __init__(self, post: Post) -> None:
        self._post = post
        self._jobs: dict[str, Job] = {}
        self._closed = False
        self._lock = threading.Lock()
        # torch starts its own threads in every thread that calls it: one owner keeps them few.
        self._lanes = {
            "torch": ThreadPoolExecutor(1, "kpstudio-torch"),
            # Trainings take long: detection must not wait for them.
            "training": ThreadPoolExecutor(1, "kpstudio-training"),
            "cpu": ThreadPoolExecutor(2, "kpstudio-cpu"),
            # Saves end in the order in which they were asked for.
            "save": ThreadPoolExecutor(1, "kpstudio-save"),
        }

    @property
    def running(self) -> tuple[Job, ...]:
        """Jobs that are waiting or working, oldest first."""
        return tuple(self._jobs.values())

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting or working."""
        return not self._jobs

    def submit(
        self,
        key: str,
        title: str,
        work: Callable[[RunContext], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[BaseException], None],
        *,
        lane: str = "cpu",
        must_finish: bool = False,
        quiet: bool = False,
    ) -> Job:
        """Run `work(context)` in the background.

        Parameters
        ----------
        key
            The newest job of a key wins.
        title
            What the status bar says while it runs.
        work
            Takes the run context; must not touch anything that the window's thread changes.
        on_done, on_error
            Called on the window's thread with the result or the error; never when cancelled.
        lane
            "torch" for work that runs a network, "training" for what trains one, "save" for what
            must end in the order in which it was submitted, "cpu" for the rest.
        must_finish
            `close` waits for it: a person believes the file is being written.
        quiet
            Nobody need be told that it runs: it is short, and comes again and again.
        """
        self.cancel(key)
        job = Job(key, title, must_finish=must_finish, quiet=quiet)
        job.context = RunContext(self._progress_of(job))
        self._jobs[key] = job
        self.changed.emit()
        job.future = self._lanes[lane].submit(work, job.context)
        job.future.add_done_callback(
            lambda done: self._send(lambda: self._finish(job, done, on_done, on_error))
        )
        return job

    def cancel(self, key: str) -> None:
        """Stop the job of a key; nothing of it will be delivered."""
        job = self._jobs.pop(key, None)
        if job is not None:
            job.context.cancel()
            if job.future is not None:
                job.future.cancel()  # one that still waits need not begin
            self.changed.emit()

    def close(self) -> None:
        """Finish what must be finished, cancel the rest, end the threads; safe to call twice."""
        with self._lock:
            self._closed = True
        for job in self.running:
            if not job.must_finish:
                self.cancel(job.key)
        for lane in self._lanes.values():
            lane.shutdown(wait=True)
        self._jobs.clear()

    def _send(self, call: Callable[[], None]) -> None:
        with self._lock:
            if not self._closed:
                self._post(call)

    def _progress_of(self, job: Job) -> Callable[[float, str], None]:
        last = 0.0

        def report(fraction: float, text: str) -> None:
            nonlocal last
            job.fraction, job.text = fraction, text
            now = time.monotonic()
            if now - last >= PROGRESS_INTERVAL:
                last = now
                self._send(self.changed.emit)

        return report

    def _finish(
        self,
        job: Job,
        done: Future[Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        if self._jobs.get(job.key) is not job:
            return  # a newer job of this key took over, or it was cancelled
        del self._jobs[job.key]
        error = done.exception()
        try:
            if error is None:
                on_done(done.result())
            elif not isinstance(error, Cancelled):
                # What a person can mend is told to them; the rest is for whoever reads the log.
                expected = isinstance(error, KPStudioError)
                level = logging.DEBUG if expected else logging.ERROR
                log.log(level, "job %s failed", job.key, exc_info=error)
                on_error(error)
        finally:
            self.changed.emit()
