"""Evaluation from the window: what is compared, on which shapes; it runs in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Level, Notice
from kpstudio.app.observable import Observable
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.paths import data_dir
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.document.document import Document
from kpstudio.document.item import Item

if TYPE_CHECKING:
    from kpstudio.evaluation.outcome import Outcome
    from kpstudio.evaluation.pictured import Pictured
    from kpstudio.evaluation.report import Pictures
    from kpstudio.evaluation.result import Evaluation
    from kpstudio.evaluation.run import Contest
    from kpstudio.evaluation.subjects import Subject

KEY = "evaluate"
_REPORT_KEY = "evaluate:report"
#: Shapes that the report shows in pictures.
_PICTURED = 2
#: Disturbances on offer, as `evaluation.disturbances.parse` reads them, with their names for people
#: and whether they are chosen to begin with.
DISTURBANCES = {
    "rigid": ("Rigid motion", True),
    "noise=0.25": ("Noise 0.25 %", False),
    "noise=0.5": ("Noise 0.5 %", True),
    "noise=1": ("Noise 1 %", False),
    "downsample=0.5": ("Half of the vertices", True),
    "downsample=0.25": ("Quarter of the vertices", False),
    "remesh=0.4": ("Other triangles", True),
    "crop=0.7": ("Part cut away", False),
}


@dataclass(frozen=True)
class EvaluateOptions:
    """What the dialog says.

    Parameters
    ----------
    detectors
        Ids of the detectors to compare.
    folder
        Folder of meshes; None for the shapes that are open.
    truth
        Where annotated keypoints are; None: beside the meshes of the folder, none for open shapes.
    count
        Number of keypoints asked of each.
    seed
        Seed of everything random.
    disturbances
        Names of disturbances.
    """

    detectors: tuple[str, ...] = ()
    folder: Path | None = None
    truth: Path | None = None
    count: int = 20
    seed: int = 0
    disturbances: tuple[str, ...] = tuple(name for name, (_, on) in DISTURBANCES.items() if on)


@dataclass(frozen=True, eq=False)
class Finished:
    """A run that came to its end.

    Parameters
    ----------
    contest
        What was compared.
    outcomes
        What came out, piece by piece.
    evaluation
        The figures.
    """

    contest: Contest
    outcomes: tuple[Outcome, ...]
    evaluation: Evaluation


class Evaluating:
    """Runs evaluations in the background, one at a time, and keeps the newest.

    Parameters
    ----------
    document
        The open shapes.
    jobs
        Where it runs.
    notify
        Told what went wrong.
    """

    #: Something began or ended; `finished` and `is_running` say what.
    changed = Signal()

    def __init__(self, document: Document, jobs: Jobs, notify: Callable[[Notice], None]) -> None:
        self._document, self._jobs, self._notify = document, jobs, notify
        self.options = Observable(EvaluateOptions())
        self.finished: Finished | None = None

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return any(job.key == KEY for job in self._jobs.running)

    @property
    def progress(self) -> tuple[float, str]:
        """How far the run is, 0 to 1, and what it does."""
        for job in self._jobs.running:
            if job.key == KEY:
                return job.fraction, job.text
        return 0.0, ""

    def run(self) -> None:
        """Start; a run under way is replaced. What an earlier one finished is not done again."""
        options = self.options.value
        items = tuple(self._document)

        def work(ctx: RunContext) -> Finished:
            from kpstudio.evaluation.result import evaluation_of
            from kpstudio.evaluation.run import default_work_file, run
            from kpstudio.evaluation.work_file import WorkFile

            contest = _contest(options, items, ctx.part(0.0, 0.02))
            with WorkFile(default_work_file(contest)) as kept:
                outcomes = run(contest, kept, ctx.part(0.02, 1.0))
            return Finished(contest, outcomes, evaluation_of(contest, outcomes))

        # Networks belong to the thread that owns torch.
        lane = "torch" if any(map(_is_learned, options.detectors)) else "cpu"
        self._jobs.submit(KEY, "Evaluating detectors", work, self._done, self._failed, lane=lane)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop; the next run goes on from there."""
        self._jobs.cancel(KEY)
        self.changed.emit()

    def pictured(self) -> list[Pictured]:
        """Return what the report should show in pictures."""
        from kpstudio.evaluation.pictured import pictured

        assert self.finished is not None
        return pictured(self.finished.contest.subjects, self.finished.outcomes, _PICTURED)

    def write_report(
        self, path: Path | None, pictures: Pictures, done: Callable[[Path], None]
    ) -> None:
        """Write the report of the newest run in the background.

        Parameters
        ----------
        path
            The file; one in the folder of the application if None.
        pictures
            Pictures by detector and shape.
        done
            Told the file when it is there.
        """
        assert self.finished is not None
        evaluation = self.finished.evaluation
        target = path or data_dir() / "evaluations" / "report.html"

        def work(ctx: RunContext) -> Path:
            from kpstudio.evaluation.report import write_report

            target.parent.mkdir(parents=True, exist_ok=True)
            write_report(target, evaluation, pictures)
            return target

        self._jobs.submit(_REPORT_KEY, "Writing the report", work, done, self._failed, lane="save")

    def _done(self, finished: Finished) -> None:
        self.finished = finished
        failures = finished.evaluation.failures
        if failures:
            first = failures[0]
            detail = f"{first.detector} on {first.shape}: {first.reason}"
            text = f"{len(failures)} of {len(finished.outcomes)} measurements failed"
            self._notify(Notice(Level.WARNING, text, detail))
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._notify(Notice.of(error))
        self.changed.emit()


def _is_learned(id: str) -> bool:
    return registry.get_detector(id).spec.needs_model


def _contest(options: EvaluateOptions, items: tuple[Item, ...], ctx: RunContext) -> Contest:
    """Return what is to be run.

    Raises
    ------
    KPStudioError
        Nothing is chosen, or files cannot be read.
    """
    from kpstudio.evaluation.contest import Conditions, contestants
    from kpstudio.evaluation.disturbances import parse
    from kpstudio.evaluation.run import Contest
    from kpstudio.evaluation.truth import load_subjects

    if not options.detectors:
        raise InputError("no detector is chosen", remedy="Tick one or more in the list.")
    if options.folder is not None:
        subjects, _ = load_subjects(options.folder, options.truth, ctx)
    else:
        subjects = _open_subjects(items, options.truth)
    disturbances = tuple(map(parse, options.disturbances))
    conditions = Conditions(options.count, options.seed, disturbances=disturbances, cold=False)
    return Contest(contestants(options.detectors, options.count), subjects, conditions)


def _open_subjects(items: tuple[Item, ...], truth: Path | None) -> list[Subject]:
    """Return the open shapes as they were loaded, each under a name of its own.

    Raises
    ------
    InputError
        Nothing is open.
    """
    from kpstudio.evaluation.subjects import Subject
    from kpstudio.evaluation.truth import annotated, load_annotations

    if not items:
        raise InputError("no shape is open", remedy="Open one, or choose a folder of meshes.")
    stems = [_stem(item) for item in items]
    annotations = load_annotations(truth, stems) if truth is not None else {}
    subjects: dict[str, Subject] = {}
    for item, stem in zip(items, stems, strict=True):
        name = item.name if item.name not in subjects else f"{item.name} ({len(subjects) + 1})"
        shape = item.value
        subject = Subject(
            name, shape.mesh, category=_category(shape), orientation=shape.orientation
        )
        subjects[name] = annotated(subject, annotations.get(stem))
    return list(subjects.values())


def _stem(item: Item) -> str:
    source = item.value.mesh.source
    return item.name if source is None else source.stem


def _category(shape: Shape) -> str:
    """Return what a person, or the detection at hand, takes the shape for."""
    if shape.category or shape.detection is None:
        return shape.category
    return str(shape.detection.provenance.parameters.get("model", ""))
