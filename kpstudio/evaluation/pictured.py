"""Which shapes a report shows in pictures, and with which keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.evaluation.outcome import Outcome
from kpstudio.evaluation.subjects import Subject


@dataclass(frozen=True, eq=False)
class Pictured:
    """A shape with the keypoints (k,3), mesh coordinates, that a detector found on it."""

    detector: str
    subject: Subject
    keypoints: FloatArray

    @property
    def key(self) -> tuple[str, str]:
        """Under which the report looks for the picture."""
        return self.detector, self.subject.name


def pictured(
    subjects: Sequence[Subject], outcomes: Sequence[Outcome], shapes: int
) -> list[Pictured]:
    """Return what to draw: so many shapes, of as many categories as there are."""
    chosen = _varied(subjects, shapes)
    found = []
    for outcome in outcomes:
        if outcome.disturbance or outcome.scores is None or outcome.shape not in chosen:
            continue
        subject = chosen[outcome.shape]
        frame = subject.mesh.normalisation(subject.orientation)
        points = np.reshape(np.asarray(outcome.scores.keypoints, np.float64), (-1, 3))
        found.append(Pictured(outcome.detector, subject, frame.invert(points)))
    return found


def _varied(subjects: Sequence[Subject], count: int) -> dict[str, Subject]:
    """Return some shapes by name: the first of every category, then the second, and so on."""
    seen: dict[str, int] = {}
    ranked = []
    for place, subject in enumerate(subjects):
        nth = seen[subject.category] = seen.get(subject.category, 0) + 1
        ranked.append((nth, place, subject))
    ranked.sort(key=lambda row: row[:2])
    return {subject.name: subject for _, _, subject in ranked[:count]}
