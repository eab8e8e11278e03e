"""Training from the window: one at a time, in the background; it can wait, stop and go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from psygnal import Signal

from kpstudio.app.jobs import Job, Jobs
from kpstudio.app.models import Models
from kpstudio.app.notices import Level, Notice
from kpstudio.app.observable import Observable
from kpstudio.app.training_options import TrainOptions, read_run, recipe_of, write_run
from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.document.document import Document
from kpstudio.nn.catalogue import Model
from kpstudio.nn.torch_libraries import load_torch_libraries

KEY = "train"
#: Licence that the card of a person's own model names: theirs to say.
_LICENCE = ""


class State(StrEnum):
    """Where a training is."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass
class Record:
    """What a training has told so far; written by its thread, read by the window's.

    Parameters
    ----------
    steps
        Steps with losses.
    losses
        Values by name, one for each of `steps`.
    preview
        The newest picture (h,w,3) and its step.
    """

    steps: list[int] = field(default_factory=list)
    losses: dict[str, list[float]] = field(default_factory=dict)
    preview: tuple[int, ByteArray] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, step: int, losses: Mapping[str, float]) -> None:
        """Take note of the losses of a step; steps that are taken again are replaced."""
        with self.lock:
            while self.steps and self.steps[-1] >= step:
                self.steps.pop()
                for values in self.losses.values():
                    values.pop()
            self.steps.append(int(step))
            for name, value in losses.items():
                self.losses.setdefault(name, []).append(value)

    def show(self, step: int, pixels: ByteArray) -> None:
        """Take note of a picture."""
        self.preview = (step, pixels)

    def copy(self) -> tuple[list[int], dict[str, list[float]]]:
        """Return steps and losses as they are now."""
        with self.lock:
            return list(self.steps), {name: list(values) for name, values in self.losses.items()}


@dataclass(frozen=True, eq=False)
class Trained:
    """A training that came to its end.

    Parameters
    ----------
    model
        The model, installed.
    card
        Its card.
    """

    model: Model
    card: Mapping[str, Any]


class Training:
    """Runs trainings in the background, one at a time.

    Parameters
    ----------
    document
        The open shapes.
    jobs
        Where it runs.
    models
        Where a finished model is taken in.
    notify
        Told how it went.
    """

    #: It began, ended, waits or goes on; `state` says what.
    changed = Signal()

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        models: Models,
        notify: Callable[[Notice], None],
    ) -> None:
        self._document, self._jobs, self._models, self._notify = document, jobs, models, notify
        self._job: Job | None = None
        self._clock = _Clock()
        self.options = Observable(TrainOptions())
        self.state = State.IDLE
        self.record = Record()
        self.finished: Trained | None = None

    @property
    def is_active(self) -> bool:
        """Whether a training is under way, though it may be waiting."""
        return self.state in (State.RUNNING, State.PAUSED)

    @property
    def can_go_on(self) -> bool:
        """Whether the model file of the options has a training that was interrupted."""
        return not self.is_active and read_run(self.options.value.output) is not None

    @property
    def progress(self) -> tuple[float, str]:
        """How far it is, 0 to 1, and what it does."""
        return (self._job.fraction, self._job.text) if self._job is not None else (0.0, "")

    @property
    def seconds_left(self) -> float | None:
        """How long it will take, as far as one can tell."""
        return self._clock.seconds_left(self.progress[0]) if self.is_active else None

    def run(self) -> None:
        """Begin what the options say, from the beginning.

        Raises
        ------
        KPStudioError
            They say nothing that can be done; nothing began.
        """
        options = self.options.value
        options.check()
        meshes = () if options.folder is not None else self._open_meshes()
        self._start(replace(options, recipe=recipe_of(options)), meshes, resume=False)

    def go_on(self) -> None:
        """Go on with a training that waits, or with one that was stopped, today or earlier."""
        if self.state is State.PAUSED and self._job is not None:
            self._clock.go_on()
            self._job.context.go_on()
            self._set(State.RUNNING)
            return
        kept = read_run(self.options.value.output)
        if kept is not None and not self.is_active:
            self.options.set(kept)
            self._start(kept, (), resume=True)

    def pause(self) -> None:
        """Let the training wait after the step that it is at."""
        if self.state is State.RUNNING and self._job is not None:
            self._clock.pause()
            self._job.context.pause()
            self._set(State.PAUSED)

    def stop(self) -> None:
        """End the training; its checkpoint stays, and `go_on` takes it up again."""
        if self.is_active:
            self._jobs.cancel(KEY)
            self._set(State.STOPPED)

    def _start(self, options: TrainOptions, meshes: tuple[Mesh, ...], *, resume: bool) -> None:
        record = self.record = Record()
        self.finished, self._clock = None, _Clock()

        def work(ctx: RunContext) -> Trained:
            return _train(options, meshes, resume, record, ctx)

        self._job = self._jobs.submit(
            KEY, f"Training {options.output.stem}", work, self._done, self._failed, lane="training"
        )
        self._set(State.RUNNING)

    def _open_meshes(self) -> tuple[Mesh, ...]:
        """Return the open meshes in canonical axes, each under a name of its own."""
        meshes: dict[str, Mesh] = {}
        for item in self._document:
            mesh = item.value.mesh
            if len(mesh.faces) == 0:
                continue  # samples are drawn from surfaces
            name = item.name if item.name not in meshes else f"{item.name} ({len(meshes) + 1})"
            turned = mesh.vertices @ item.value.orientation.rotation.T
            meshes[name] = Mesh(turned, mesh.faces, name)
        if not meshes and self.options.value.count == 0:
            raise InputError("no mesh is open", remedy="Open some, or choose a folder of meshes.")
        return tuple(meshes.values())

    def _done(self, trained: Trained) -> None:
        self.finished = trained
        self._set(State.FINISHED)
        self._models.changed.emit()
        met = [row["met"] for row in trained.card.get("targets", ())]
        text = f"{trained.model.title} is ready"
        detail = f"{sum(met)} of {len(met)} targets reached" if met else ""
        self._notify(Notice(Level.INFO, text, detail))

    def _failed(self, error: BaseException) -> None:
        self._notify(Notice.of(error))
        self._set(State.FAILED)

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()


class _Clock:
    """Tells from the progress so far how long the rest takes; pauses do not count."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._paused_at: float | None = None
        self._lost = 0.0

    def pause(self) -> None:
        self._paused_at = time.monotonic()

    def go_on(self) -> None:
        if self._paused_at is not None:
            self._lost += time.monotonic() - self._paused_at
            self._paused_at = None

    def seconds_left(self, fraction: float) -> float | None:
        now = (self._paused_at or time.monotonic()) - self._lost
        if self._first is None:
            if fraction > 0.0:  # a training that goes on does not begin at 0
                self._first = (fraction, now)
            return None
        start, begun = self._first
        if fraction <= start:
            return None
        return (now - begun) / (fraction - start) * (1.0 - fraction)


def _train(
    options: TrainOptions,
    meshes: tuple[Mesh, ...],
    resume: bool,
    record: Record,
    ctx: RunContext,
) -> Trained:
    """Gather, train, score, install; the work of the background thread.

    Raises
    ------
    KPStudioError
        Shapes, folder or checkpoint do not serve.
    Cancelled
        It was stopped.
    """
    load_torch_libraries()
    from kpstudio.app.model_import import install_trained
    from kpstudio.app.training_data import gather_for
    from kpstudio.app.training_run import SystemJob, train_system
    from kpstudio.training.log import read_log
    from kpstudio.training.loop import Watch
    from kpstudio.training.system import get_system

    ctx.progress(0.0, "Gathering shapes")
    if not resume:
        options = write_run(options, meshes)
    system = get_system(options.system)
    data = gather_for(system.per_category, options.folder, options.category, options.count)
    job = SystemJob(
        system, options.category, data, options.output, options.recipe,
        resume=resume, command=options.command, licence=_LICENCE,
    )  # fmt: skip
    if resume:
        for line in read_log(job.folder):
            record.add(int(line.pop("step")), line)
    card = train_system(job, ctx, Watch(record.add, record.show))
    return Trained(install_trained(options.output, card), card)
