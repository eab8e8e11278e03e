"""From outcomes to figures: means over shapes and categories, each with its conditions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from kpstudio.evaluation.iou import Matches, average_precision
from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.outcome import Outcome, Scores

#: Figure -> name of the distance that its matches are counted with.
_DISTANCES = {
    "iou_cloud": "along a 20-NN graph",
    "iou_surface": "along the surface",
    "iou_euclidean": "Euclidean",
}


@dataclass(frozen=True)
class Figure:
    """One number, with all that is needed to read it.

    Parameters
    ----------
    detector
        Id of the detector.
    baseline
        Id of a baseline with as many keypoints as the detector found; empty for the detector.
    metric
        One of `metrics.METRICS`.
    disturbance
        Name of the disturbance; empty for shapes as they are.
    threshold
        Distance at which it was taken; None for a metric without.
    normalisation
        Unit of the threshold.
    value
        The number; None where nothing could be measured.
    shapes
        Number of shapes it is taken over.
    seed
        Seed of the run.
    """

    detector: str
    baseline: str
    metric: str
    disturbance: str
    threshold: float | None
    normalisation: str
    value: float | None
    shapes: int
    seed: int


@dataclass(frozen=True)
class Rows:
    """Scores of one detector, or of a baseline beside it, under one disturbance.

    Parameters
    ----------
    detector, baseline, disturbance
        As in `Figure`.
    scores
        One for each shape.
    categories
        The category of each.
    """

    detector: str
    baseline: str
    disturbance: str
    scores: tuple[Scores, ...]
    categories: tuple[str, ...]

    def by_category(self) -> Iterator[list[Scores]]:
        """Yield the scores of each category."""
        for category in sorted(set(self.categories)):
            pairs = zip(self.scores, self.categories, strict=True)
            yield [scores for scores, own in pairs if own == category]


def rows_of(outcomes: Sequence[Outcome]) -> tuple[Rows, ...]:
    """Return the scores by detector, baseline and disturbance, in the order they came."""
    grouped: dict[tuple[str, str, str], list[tuple[Scores, str]]] = {}
    for outcome in outcomes:
        if outcome.scores is None:
            continue
        for baseline, scores in (("", outcome.scores), *outcome.baselines.items()):
            group = grouped.setdefault((outcome.detector, baseline, outcome.disturbance), [])
            group.append((scores, outcome.category))
    return tuple(
        Rows(*key, tuple(scores for scores, _ in rows), tuple(category for _, category in rows))
        for key, rows in grouped.items()
    )


def figures(
    outcomes: Sequence[Outcome], thresholds: Sequence[float], seed: int
) -> tuple[Figure, ...]:
    """Return every figure that outcomes allow, shape by shape ones; see `across` for the rest."""
    make = _Maker(thresholds, seed)
    found: list[Figure] = []
    for rows in rows_of(outcomes):
        found += make.disturbed(rows) if rows.disturbance else make.standing(rows)
    for id in dict.fromkeys(outcome.detector for outcome in outcomes):
        seconds = [
            outcome.seconds
            for outcome in outcomes
            if outcome.detector == id and outcome.scores is not None and not outcome.disturbance
        ]
        if seconds:
            found.append(make.figure(Rows(id, "", "", (), ()), "seconds", None, median(seconds),
                                     len(seconds)))  # fmt: skip
    return tuple(found)


class _Maker:
    """Makes figures under given thresholds and a seed."""

    def __init__(self, thresholds: Sequence[float], seed: int) -> None:
        self._thresholds, self._seed = thresholds, seed

    def figure(
        self, rows: Rows, metric: str, threshold: float | None, value: float, shapes: int
    ) -> Figure:
        return Figure(
            rows.detector, rows.baseline, metric, rows.disturbance, threshold,
            METRICS[metric].normalisation, None if math.isnan(value) else value, shapes,
            self._seed,
        )  # fmt: skip

    def disturbed(self, rows: Rows) -> Iterator[Figure]:
        """Yield repeatability at every threshold."""
        found = [one.repeatability for one in rows.scores if one.repeatability is not None]
        counted = [one for one in found if one.counted]
        for index, threshold in enumerate(self._thresholds):
            relative = _mean([one.relative[index] for one in counted])
            absolute = _mean([float(one.absolute[index]) for one in found])
            yield self.figure(rows, "relative_repeatability", threshold, relative, len(counted))
            yield self.figure(rows, "absolute_repeatability", threshold, absolute, len(found))

    def standing(self, rows: Rows) -> Iterator[Figure]:
        """Yield what is measured on shapes as they are."""
        plain: dict[str, Callable[[Scores], float | None]] = {
            "keypoints": lambda one: float(one.count),
            "coverage_diagonals": lambda one: one.coverage_diagonals,
            "coverage_boxes": lambda one: one.coverage_boxes,
        }
        for metric, value_of in plain.items():
            values = [value for value in map(value_of, rows.scores) if value is not None]
            yield self.figure(rows, metric, None, _mean(values), len(values))
        for limit in dict.fromkeys(limit for one in rows.scores for limit in one.inclusivity):
            values = [one.inclusivity[limit] for one in rows.scores]
            yield self.figure(rows, "inclusivity", float(limit), _mean(values), len(values))
        marked = [one for one in rows.scores if one.misses is not None]
        if marked:
            for index, threshold in enumerate(self._thresholds):
                yield from self._misses(rows, index, threshold)
                yield from self._agreement(rows, index, threshold)

    def _misses(self, rows: Rows, index: int, threshold: float) -> Iterator[Figure]:
        found = [one.misses for one in rows.scores if one.misses is not None]
        for kind in ("false_negative", "false_positive", "weighted_miss"):
            value = _mean([getattr(one, kind)[index] for one in found])
            yield self.figure(rows, f"{kind}_error", threshold, value, len(found))

    def _agreement(self, rows: Rows, index: int, threshold: float) -> Iterator[Figure]:
        marked = sum(one.ranked is not None for one in rows.scores)
        for metric, distance in _DISTANCES.items():
            ious = [
                sum((one.matches[distance][index] for one in scores), Matches(0, 0, 0)).iou
                for scores in _marked(rows)
            ]
            yield self.figure(rows, metric, threshold, _mean(ious), marked)
        precision = [
            average_precision((one.ranked for one in scores if one.ranked), threshold)
            for scores in _marked(rows)
        ]
        yield self.figure(rows, "average_precision", threshold, _mean(precision), marked)


def _marked(rows: Rows) -> Iterator[list[Scores]]:
    """Yield the scores of each category on shapes with annotated keypoints."""
    for scores in rows.by_category():
        marked = [one for one in scores if one.matches]
        if marked:
            yield marked


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else math.nan
