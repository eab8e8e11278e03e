"""The report: one HTML file with numbers, plots and pictures, that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpstudio.base.paths import atomic_path, resources_dir
from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.plots import (
    Line,
    agreement_plot,
    lines,
    repeatability_plot,
    time_plot,
)
from kpstudio.evaluation.result import Entrant, Evaluation
from kpstudio.evaluation.table import Cell, Column, caption, columns, rows

TEMPLATE = "evaluation.html.j2"
#: Most detectors that a sentence names.
_NAMED = 4

#: PNG files by (id of the detector, name of the shape).
Pictures = Mapping[tuple[str, str], bytes]


@dataclass(frozen=True)
class Grid:
    """All numbers of one metric: a row for each detector and baseline, a column a threshold."""

    title: str
    thresholds: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


def report(evaluation: Evaluation, pictures: Pictures | None = None) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    evaluation
        What was found.
    pictures
        Pictures of shapes with keypoints; none where nothing can be drawn.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resources_dir() / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = columns(evaluation)
    used = {figure.metric for figure in evaluation.figures}
    return environment.get_template(TEMPLATE).render(
        evaluation=evaluation,
        caption=caption(evaluation),
        columns=shown,
        rows=rows(evaluation, shown),
        summary=tuple(_summary(evaluation, shown)),
        legend=_legend(evaluation),
        plots={
            "repeatability": repeatability_plot(evaluation),
            "agreement": agreement_plot(evaluation),
            "time": time_plot(evaluation),
        },
        gallery=_gallery(evaluation, pictures or {}),
        grids=tuple(_grids(evaluation)),
        metrics=[metric for id, metric in METRICS.items() if id in used],
        titles={one.id: one.title for one in evaluation.entrants},
    )


def write_report(path: Path, evaluation: Evaluation, pictures: Pictures | None = None) -> None:
    """Write the report.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(report(evaluation, pictures), encoding="utf-8")


def _legend(evaluation: Evaluation) -> tuple[tuple[Entrant, Line], ...]:
    drawn = lines(evaluation.entrants)
    return tuple((one, drawn[one.id]) for one in evaluation.entrants)


def _summary(evaluation: Evaluation, shown: tuple[Column, ...]) -> Iterator[str]:
    """Yield the leader of each column, in a sentence, and whether it beats chance at all."""
    table = [row for row in rows(evaluation, shown) if not row.entrant.baseline]
    for index, column in enumerate(shown):
        leaders = [row for row in table if row.cells[index].best]
        if not leaders:
            continue
        names = [row.entrant.title for row in leaders]
        if len(names) > _NAMED:
            names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} others"]
        together = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
        cell = leaders[0].cells[index]
        yield f"{column.summary}: {together}, {cell.text}{_beside(column, cell)}."


def _beside(column: Column, cell: Cell) -> str:
    """Return what the baselines get with as many keypoints, and whether that is as good."""
    if len(cell.baselines) < 2:
        return ""
    random, farthest = cell.baselines
    sign = 1.0 if METRICS[column.metric].higher_is_better else -1.0
    reached = max(sign * float(text) for text in cell.baselines) >= sign * float(cell.text)
    remark = ": no better than chance" if reached else ""
    return f" (random points {random}, farthest points {farthest}{remark})"


def _gallery(
    evaluation: Evaluation, pictures: Pictures
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return for each shape its pictures: title of the detector and PNG as text."""
    shapes = []
    for shape in evaluation.shapes:
        row = tuple(
            (one.title, base64.b64encode(pictures[one.id, shape.name]).decode())
            for one in evaluation.entrants
            if (one.id, shape.name) in pictures
        )
        if row:
            shapes.append((shape.name, row))
    return tuple(shapes)


def _grids(evaluation: Evaluation) -> Iterator[Grid]:
    """Yield every number there is, metric by metric."""
    titles = {one.id: one.title for one in evaluation.entrants}
    found: dict[tuple[str, str], dict[tuple[str, str], dict[float | None, str]]] = {}
    for one in evaluation.figures:
        grid = found.setdefault((one.metric, one.disturbance), {})
        row = grid.setdefault((one.detector, one.baseline), {})
        row[one.threshold] = "" if one.value is None else f"{one.value:.4g}"
    for (metric, disturbance), grid in found.items():
        thresholds = list(dict.fromkeys(limit for row in grid.values() for limit in row))
        title = METRICS[metric].title + (f", {disturbance}" if disturbance else "")
        yield Grid(
            title,
            tuple("" if limit is None else f"{limit:g}" for limit in thresholds),
            tuple(
                (titles[detector], titles.get(baseline, baseline),
                 tuple(row.get(limit, "") for limit in thresholds))
                for (detector, baseline), row in grid.items()
            ),
        )  # fmt: skip
