"""The table of an evaluation: which numbers stand side by side, in the report and on a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.result import Entrant, Evaluation

#: Thresholds of the table, in diagonals: repeatability asks for the very place, agreement with
#: people for the neighbourhood.
REPEATED, AGREED = 0.02, 0.05


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    title
        Short heading.
    summary
        What it shows, in full.
    metric, disturbance, threshold
        Which figure it shows.
    """

    title: str
    summary: str
    metric: str
    disturbance: str = ""
    threshold: float | None = None

    def format(self, value: float | None) -> str:
        """Return a value as this column shows it."""
        if value is None:
            return "\N{EN DASH}"
        if self.metric == "keypoints":
            return f"{value:.1f}"
        if self.metric == "seconds":
            return f"{value * 1000:.0f} ms" if value < 0.995 else f"{value:.1f} s"
        return f"{value:.2f}"


@dataclass(frozen=True)
class Cell:
    """A number and those of the baselines beside it.

    Parameters
    ----------
    value
        The number; None if it was not measured.
    text
        The number as it is shown.
    baselines
        What random and farthest points get with as many keypoints, as shown; may be empty.
    best
        Whether no detector does better.
    """

    value: float | None
    text: str
    baselines: tuple[str, ...]
    best: bool = False


@dataclass(frozen=True)
class Row:
    """A detector and its cells."""

    entrant: Entrant
    cells: tuple[Cell, ...]


def columns(evaluation: Evaluation) -> tuple[Column, ...]:
    """Return the columns for which there are numbers."""
    wanted = [Column("keypoints", "Keypoints", "keypoints")]
    for name in evaluation.disturbances:
        summary = f"Relative repeatability under {name}"
        wanted.append(
            Column(name, summary, "relative_repeatability", name, _nearest(evaluation, REPEATED))
        )
    agreed = _nearest(evaluation, AGREED)
    for title, metric in (
        ("FNE", "false_negative_error"),
        ("FPE", "false_positive_error"),
        ("IoU", "iou_cloud"),
        ("AP", "average_precision"),
    ):
        wanted.append(Column(title, METRICS[metric].title, metric, "", agreed))
    for title, metric in (
        ("DAS", "das_all_references"),
        ("coverage", "coverage_diagonals"),
        ("time", "seconds"),
    ):
        wanted.append(Column(title, METRICS[metric].title, metric))
    have = {(figure.metric, figure.disturbance) for figure in evaluation.figures}
    return tuple(one for one in wanted if (one.metric, one.disturbance) in have)


def rows(evaluation: Evaluation, shown: tuple[Column, ...]) -> tuple[Row, ...]:
    """Return the rows, detectors before baselines."""
    table = [
        Row(one, tuple(_cell(evaluation, one, column) for column in shown))
        for one in evaluation.entrants
    ]
    return tuple(_marked(table, shown))


def caption(evaluation: Evaluation) -> str:
    """Return what is to be known to read the table, in sentences."""
    repeated, agreed = _nearest(evaluation, REPEATED), _nearest(evaluation, AGREED)
    return (
        f"Relative repeatability at {repeated:g} and agreement at {agreed:g} of the diagonal of "
        f"the undisturbed shape's box; seed {evaluation.conditions['seed']}; "
        f"{evaluation.conditions['count']} keypoints asked for. Small numbers: random and "
        "farthest points with as many keypoints."
    )


def _cell(evaluation: Evaluation, entrant: Entrant, column: Column) -> Cell:
    def value(baseline: str) -> float | None:
        return evaluation.value(
            entrant.id,
            column.metric,
            baseline=baseline,
            disturbance=column.disturbance,
            threshold=column.threshold,
        )

    beside: tuple[str, ...] = ()
    if not entrant.baseline and column.metric not in ("keypoints", "seconds"):
        ids = [one.id for one in evaluation.entrants if one.baseline]
        found = [value(id) for id in ids]
        beside = tuple(column.format(one) for one in found if one is not None)
    own = value("")
    return Cell(own, column.format(own), beside)


def _marked(table: list[Row], shown: tuple[Column, ...]) -> list[Row]:
    """Return the rows with the best detector of each column marked."""
    best: list[str | None] = []
    for index, column in enumerate(shown):
        better = METRICS[column.metric].higher_is_better
        values = [
            row.cells[index].value
            for row in table
            if not row.entrant.baseline and row.cells[index].value is not None
        ]
        leader = None
        if better is not None and len(values) > 1:
            leader = column.format((max if better else min)(v for v in values if v is not None))
        best.append(leader)
    return [
        Row(
            row.entrant,
            tuple(
                Cell(cell.value, cell.text, cell.baselines,
                     cell.text == best[index] and not row.entrant.baseline)
                for index, cell in enumerate(row.cells)
            ),
        )
        for row in table
    ]  # fmt: skip


def _nearest(evaluation: Evaluation, threshold: float) -> float:
    return min(evaluation.thresholds, key=lambda one: abs(one - threshold))
