"""The result of an evaluation: figures, failures and conditions, as frozen data and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kpstudio import __version__
from kpstudio.base.parameters import as_dict
from kpstudio.base.paths import atomic_path
from kpstudio.evaluation.across import across
from kpstudio.evaluation.baseline_detectors import BaselineDetector
from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.outcome import Outcome
from kpstudio.evaluation.run import Contest
from kpstudio.evaluation.summary import Figure, figures

FORMAT = 1


@dataclass(frozen=True)
class Entrant:
    """A detector that took part.

    Parameters
    ----------
    id, title
        Names for files and for people.
    parameters
        Values of its parameters by name.
    citation
        Where it comes from.
    baseline
        Whether it is a baseline.
    """

    id: str
    title: str
    parameters: dict[str, Any]
    citation: str
    baseline: bool


@dataclass(frozen=True)
class Subjected:
    """A shape that was used: its name, category and sizes, and how many annotated keypoints."""

    name: str
    category: str
    vertices: int
    faces: int
    annotated: int


@dataclass(frozen=True)
class Failure:
    """A detector that gave nothing on a shape, and why."""

    detector: str
    shape: str
    disturbance: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """Everything an evaluation found.

    Parameters
    ----------
    entrants, shapes
        Who and what took part.
    conditions
        Seed, thresholds, disturbances, timing, versions: by name, ready for JSON.
    figures
        The numbers.
    failures
        What did not work.
    """

    entrants: tuple[Entrant, ...]
    shapes: tuple[Subjected, ...]
    conditions: dict[str, Any]
    figures: tuple[Figure, ...]
    failures: tuple[Failure, ...]

    def value(
        self,
        detector: str,
        metric: str,
        *,
        baseline: str = "",
        disturbance: str = "",
        threshold: float | None = None,
    ) -> float | None:
        """Return one number; None if it was not measured."""
        return self._values.get((detector, baseline, metric, disturbance, threshold))

    @cached_property
    def _values(self) -> dict[tuple[str, str, str, str, float | None], float | None]:
        return {
            (one.detector, one.baseline, one.metric, one.disturbance, one.threshold): one.value
            for one in self.figures
        }

    @property
    def disturbances(self) -> tuple[str, ...]:
        """Names of the disturbances."""
        return tuple(self.conditions["disturbances"])

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Thresholds, in diagonals."""
        return tuple(self.conditions["thresholds"])

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values, definitions of the metrics included."""
        used = {figure.metric for figure in self.figures}
        definitions = {id: asdict(metric) for id, metric in METRICS.items() if id in used}
        return {"format": FORMAT, **asdict(self), "metrics": definitions}


def evaluation_of(contest: Contest, outcomes: Sequence[Outcome]) -> Evaluation:
    """Sum up a run."""
    conditions = contest.conditions
    ordered = [one.id for one in contest.contestants if one.detector.spec.ordered]
    return Evaluation(
        entrants=tuple(
            Entrant(one.id, one.title, as_dict(one.parameters), one.detector.spec.citation,
                    isinstance(one.detector, BaselineDetector))
            for one in contest.contestants
        ),
        shapes=tuple(
            Subjected(one.name, one.category, len(one.mesh.vertices), len(one.mesh.faces),
                      _annotated(one.landmarks, one.known))
            for one in contest.subjects
        ),
        conditions={
            "count": conditions.count,
            "seed": conditions.seed,
            "thresholds": list(conditions.thresholds),
            "disturbances": [one.name for one in conditions.disturbances],
            "timing": "from a cold start" if conditions.cold else "with what was kept of a shape",
            "kpstudio": __version__,
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        },
        figures=figures(outcomes, conditions.thresholds, conditions.seed)
        + across(outcomes, contest.subjects, ordered, conditions.seed),
        failures=tuple(
            Failure(one.detector, one.shape, one.disturbance, one.error)
            for one in outcomes
            if one.error
        ),
    )  # fmt: skip


def write_json(path: Path, evaluation: Evaluation) -> None:
    """Write an evaluation as JSON.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    with atomic_path(path) as temporary:
        text = json.dumps(evaluation.as_json(), indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")


def _annotated(landmarks: Any, known: Any) -> int:
    if landmarks is None:
        return 0
    return len(landmarks) if known is None else int(known.sum())
