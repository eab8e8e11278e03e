"""Running a contest: every detector on every shape, kept as it goes, failures and all."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, KPStudioError
from kpstudio.base.paths import data_dir
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors import surfaces
from kpstudio.evaluation.baseline_detectors import BASELINE_DETECTORS, BaselineDetector
from kpstudio.evaluation.contest import Conditions, Contestant, key_of
from kpstudio.evaluation.disturbances import Disturbance
from kpstudio.evaluation.outcome import Outcome, Scores
from kpstudio.evaluation.scoring import Stage
from kpstudio.evaluation.subjects import Subject
from kpstudio.evaluation.work_file import WorkFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Contest:
    """Who takes part, where, and how.

    Parameters
    ----------
    contestants
        Detectors and baselines.
    subjects
        Shapes.
    conditions
        What is the same for all.
    """

    contestants: Sequence[Contestant]
    subjects: Sequence[Subject]
    conditions: Conditions

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self.contestants) * len(self.subjects) * (1 + len(self.conditions.disturbances))

    @property
    def key(self) -> str:
        """Hash of everything that its results depend on: the same hash, the same contest."""
        digest = hashlib.sha256()
        for subject in self.subjects:
            for contestant in self.contestants:
                for disturbance in ("", *(one.name for one in self.conditions.disturbances)):
                    digest.update(
                        key_of(self.conditions, contestant, subject, disturbance).encode()
                    )
        return digest.hexdigest()[:24]


def default_work_file(contest: Contest) -> Path:
    """Return where a contest is kept while it runs, when nobody says where: one file for each."""
    folder = data_dir() / "evaluations"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{contest.key}.jsonl"


def run(contest: Contest, work: WorkFile, ctx: RunContext | None = None) -> tuple[Outcome, ...]:
    """Run a contest, shape by shape; what the work file holds is not made again.

    A detector that fails on a shape has failures for outcomes, and the others go on.

    Parameters
    ----------
    contest
        What to run.
    work
        Where outcomes are kept.
    ctx
        Progress and cancellation.

    Raises
    ------
    Cancelled
        The run was cancelled; what is finished is in the work file.
    FileError
        The work file cannot be written.
    """
    ctx = ctx or RunContext()
    outcomes: list[Outcome] = []
    for index, subject in enumerate(contest.subjects):
        share = 1.0 / len(contest.subjects)
        part = ctx.part(index * share, (index + 1) * share)
        outcomes += _on_shape(contest, subject, work, part)
    return tuple(outcomes)


def _on_shape(contest: Contest, subject: Subject, work: WorkFile, ctx: RunContext) -> list[Outcome]:
    """Return the outcomes of all detectors on one shape: first on it as it is, then disturbed."""
    stage = Stage(subject, contest.conditions)
    rounds: list[Disturbance | None] = [None, *contest.conditions.disturbances]
    total = len(rounds) * len(contest.contestants)
    found: dict[str, Detection | Exception] = {}
    outcomes = []
    for number, disturbance in enumerate(rounds):
        for place, contestant in enumerate(contest.contestants):
            done = (number * len(contest.contestants) + place) / total
            ctx.progress(done, f"{subject.name}: {contestant.title}")
            quiet = RunContext(cancelled=ctx.cancelled)  # a single detection is too short to show
            trial = _Trial(stage, contestant, disturbance, found, quiet)
            outcome = work.find(trial.key)
            if outcome is None:
                outcome = trial.outcome()
                work.add(outcome)
            outcomes.append(replace(outcome, shape=subject.name, category=subject.category))
    return outcomes


class _Trial:
    """One detector on one shape, disturbed or not.

    Parameters
    ----------
    stage
        The shape.
    contestant
        The detector.
    disturbance
        What was done to the shape; None for nothing.
    found
        What detectors found on the undisturbed shape, or how they failed, by id; added to.
    ctx
        Cancellation.
    """

    def __init__(
        self,
        stage: Stage,
        contestant: Contestant,
        disturbance: Disturbance | None,
        found: dict[str, Detection | Exception],
        ctx: RunContext,
    ) -> None:
        self._stage, self._contestant = stage, contestant
        self._disturbance, self._found, self._ctx = disturbance, found, ctx
        self._name = "" if disturbance is None else disturbance.name
        self.key = key_of(stage.conditions, contestant, stage.subject, self._name)

    def outcome(self) -> Outcome:
        """Detect and score, or say why not."""
        subject, id = self._stage.subject, self._contestant.id
        blank = Outcome(self.key, id, subject.name, subject.category, self._name)
        try:
            seconds, scores = self._scored()
            baselines = {} if self._is_baseline else self._baselines(scores.count)
        except Cancelled:
            raise
        except KPStudioError as error:
            return replace(blank, error=str(error))
        except Exception as error:  # a detector may raise anything: the others go on
            log.info("%s failed on %s", id, subject.name, exc_info=error)
            return replace(blank, error=f"{type(error).__name__}: {error}")
        return replace(blank, seconds=seconds, scores=scores, baselines=baselines)

    @property
    def _is_baseline(self) -> bool:
        return isinstance(self._contestant.detector, BaselineDetector)

    def _scored(self) -> tuple[float, Scores]:
        before = self._on_undisturbed()
        if self._disturbance is None:
            keypoints = before.keypoints
            scores = self._stage.standing(keypoints.positions, keypoints.confidence)
            return before.provenance.seconds, scores
        mesh = self._stage.disturbed(self._disturbance).mesh
        started = time.perf_counter()
        model = before.provenance.parameters.get("model", "")
        again = self._detect(mesh, model, self._name)
        seconds = time.perf_counter() - started
        first, second = before.keypoints.positions, again.keypoints.positions
        return seconds, self._stage.repeated(first, second, self._disturbance)

    def _on_undisturbed(self) -> Detection:
        id = self._contestant.id
        if id not in self._found:
            try:
                self._found[id] = self._timed()
            except Exception as error:  # what failed once need not be tried for each disturbance
                self._found[id] = error
        found = self._found[id]
        if isinstance(found, Exception):
            raise found
        return found

    def _timed(self) -> Detection:
        if self._stage.conditions.cold:
            surfaces.forget()
        started = time.perf_counter()
        detection = self._detect(self._stage.subject.mesh)
        made = replace(detection.provenance, seconds=time.perf_counter() - started)
        return replace(detection, provenance=made)

    def _detect(self, mesh: Mesh, model: str = "", again: str = "") -> Detection:
        """Detect, for the first time or again after a disturbance of that name.

        A model that was recognised on the shape as it is serves it disturbed as well.
        """
        subject = self._stage.subject
        parameters = self._contestant.parameters_for(subject)
        if self._contestant.detector.spec.by_category and model:
            parameters = replace(parameters, model=model)
        if self._is_baseline:
            what = f"{self._contestant.id} {again}"
            parameters = replace(parameters, seed=self._seed(mesh, what))
        return self._contestant.detector.detect(mesh, subject.orientation, parameters, self._ctx)

    def _baselines(self, count: int) -> dict[str, Scores]:
        """Return the scores of as many random and farthest points as the detector found."""
        stage, mesh = self._stage, self._stage.subject.mesh
        first = len(self._on_undisturbed().keypoints)
        scores = {}
        for baseline in BASELINE_DETECTORS:
            seed = self._seed(mesh, f"{baseline.spec.id} beside {self._contestant.id}")
            points = baseline.points(mesh, first, seed)
            if self._disturbance is None:
                scores[baseline.spec.id] = stage.standing(points, _sure(points))
            else:
                disturbed = stage.disturbed(self._disturbance).mesh
                again = baseline.points(disturbed, count, self._seed(disturbed, self._name))
                scores[baseline.spec.id] = stage.repeated(points, again, self._disturbance)
        return scores

    def _seed(self, mesh: Mesh, what: str) -> int:
        return self._stage.conditions.seed_of(mesh.key, what)


def _sure(points: FloatArray) -> FloatArray:
    return np.ones(len(points))
