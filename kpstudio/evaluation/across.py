"""Figures across the shapes of a category: whether keypoint i means the same on all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.evaluation.consistency import LabelledShapes
from kpstudio.evaluation.dual_alignment import (
    das_all_references,
    das_one_reference,
    index_agreement,
)
from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.outcome import Outcome, Scores
from kpstudio.evaluation.subjects import Subject
from kpstudio.evaluation.summary import Figure

_LABELLED: dict[str, Callable[[LabelledShapes], float]] = {
    "das_all_references": lambda shapes: das_all_references(shapes).score,
    "das_one_reference": lambda shapes: das_one_reference(shapes).score,
}


def across(
    outcomes: Sequence[Outcome], subjects: Sequence[Subject], ordered: Iterable[str], seed: int
) -> tuple[Figure, ...]:
    """Return dual alignment scores of detectors whose keypoints have an order.

    A category counts when the detector found the same number of keypoints on two shapes of it or
    more; for scores by landmarks those shapes need named landmarks too.

    Parameters
    ----------
    outcomes
        Outcomes of a run.
    subjects
        Its shapes.
    ordered
        Ids of detectors whose keypoint i is meant to be the same place everywhere.
    seed
        Seed of the run.
    """
    by_name = {subject.name: subject for subject in subjects}
    found: list[Figure] = []
    for id in ordered:
        standing = [
            outcome
            for outcome in outcomes
            if outcome.detector == id and not outcome.disturbance and outcome.scores is not None
        ]
        for baseline in ("", *(standing[0].baselines if standing else ())):
            groups = _by_category(standing, baseline, by_name)
            found += _figures(id, baseline, groups, seed)
    return tuple(found)


_Group = list[tuple[Scores, Subject]]


def _by_category(
    outcomes: Sequence[Outcome], baseline: str, subjects: dict[str, Subject]
) -> list[_Group]:
    groups: dict[str, _Group] = {}
    for outcome in outcomes:
        scores = outcome.baselines[baseline] if baseline else outcome.scores
        assert scores is not None
        groups.setdefault(outcome.category, []).append((scores, subjects[outcome.shape]))
    return [group for group in groups.values() if len({one.count for one, _ in group}) == 1]


def _figures(id: str, baseline: str, groups: list[_Group], seed: int) -> list[Figure]:
    found = []
    for metric in ("das_all_references", "das_one_reference", "index_agreement"):
        values, shapes = [], 0
        for group in groups:
            rows = [row for row in group if row[1].names] if metric in _LABELLED else group
            if len(rows) < 2:
                continue
            shapes += len(rows)
            if metric in _LABELLED:
                values.append(_LABELLED[metric](_labelled(rows)))
            else:
                values.append(index_agreement(_keypoints(rows)))
        values = [value for value in values if not math.isnan(value)]
        if values:
            normalisation = METRICS[metric].normalisation
            figure = Figure(id, baseline, metric, "", None, normalisation, fmean(values), shapes,
                            seed)  # fmt: skip
            found.append(figure)
    return found


def _keypoints(rows: _Group) -> FloatArray:
    return np.array([scores.keypoints for scores, _ in rows])


def _labelled(rows: _Group) -> LabelledShapes:
    """Return shapes with landmarks in common order: row j is the same name on all."""
    names = sorted({name for _, subject in rows for name in subject.names})
    landmarks = np.zeros((len(rows), len(names), 3))
    known: BoolArray = np.zeros((len(rows), len(names)), bool)
    diagonals = np.zeros(len(rows))
    for index, (_, subject) in enumerate(rows):
        assert subject.landmarks is not None
        frame = subject.mesh.normalisation(subject.orientation)
        places = [names.index(name) for name in subject.names]
        landmarks[index, places] = frame.apply(subject.landmarks)
        known[index, places] = True if subject.known is None else subject.known
        diagonals[index] = subject.mesh.diagonal / frame.scale
    return LabelledShapes(_keypoints(rows), landmarks, known, diagonals)
