"""Plots of an evaluation as SVG that takes its ink from the page: legible in dark and in light.

matplotlib is imported when something is drawn, and nothing of it is kept between plots.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.result import Entrant, Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours of detectors in their order: apart from each other, and from white and from black.
COLORS = (
    "#3d85e0", "#e07b2a", "#2fa36b", "#d64f5c", "#9a6fd8", "#b08a1e", "#d95fae", "#1fa3b5",
    "#7f9a2c", "#8c6d5a", "#5f6ad4", "#c8643f", "#3f9f93", "#b34d8b", "#6b8fb5", "#a3762f",
)  # fmt: skip
#: Stands for the ink of the page while matplotlib draws.
_INK = "#010203"
_STYLES = ("-", "--", "-.")
_COLUMNS, _WIDTH, _HEIGHT = 3, 3.15, 2.5


@dataclass(frozen=True)
class Line:
    """How a detector is drawn.

    Parameters
    ----------
    color
        Colour as CSS has it.
    style
        Line style of matplotlib.
    width
        Width in points.
    """

    color: str
    style: str = "-"
    width: float = 1.6


def lines(entrants: Sequence[Entrant]) -> dict[str, Line]:
    """Return how each entrant is drawn, by id; baselines are grey."""
    drawn: dict[str, Line] = {}
    detectors = [one.id for one in entrants if not one.baseline]
    for index, id in enumerate(detectors):
        style = _STYLES[index // len(COLORS) % len(_STYLES)]
        drawn[id] = Line(COLORS[index % len(COLORS)], style)
    for index, one in enumerate(entry for entry in entrants if entry.baseline):
        drawn[one.id] = Line("#8a8f98", (":", "--")[index % 2], 1.4)
    return drawn


def repeatability_plot(evaluation: Evaluation) -> str:
    """Return curves of relative repeatability over the threshold, one plot a disturbance."""
    panels = [(_title(name), "relative_repeatability", name) for name in evaluation.disturbances]
    return _curves(evaluation, panels, "found again")


def agreement_plot(evaluation: Evaluation) -> str:
    """Return curves of the scores against annotated keypoints; empty without any."""
    wanted = ("iou_cloud", "iou_surface", "iou_euclidean", "false_negative_error",
              "false_positive_error", "weighted_miss_error")  # fmt: skip
    measured = {figure.metric for figure in evaluation.figures}
    panels = [(METRICS[id].title, id, "") for id in wanted if id in measured]
    return _curves(evaluation, panels, "") if panels else ""


def time_plot(evaluation: Evaluation) -> str:
    """Return bars of the run time, the fastest at the top; empty if none was measured."""
    rows = [
        (value, one)
        for one in evaluation.entrants
        if (value := evaluation.value(one.id, "seconds")) is not None and not one.baseline
    ]
    if not rows:
        return ""
    rows.sort(key=lambda row: -row[0])
    drawn = lines(evaluation.entrants)
    with _figure((7.2, 0.6 + 0.27 * len(rows)), "time") as (figure, svg):
        axes = figure.subplots()
        values = [max(value, 1e-4) for value, _ in rows]
        low, high = 0.5 * min(values), 2.0 * max(values)
        # A logarithmic axis has no zero for bars to begin at.
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.barh([one.title for _, one in rows], [value - low for value in values], left=low,
                  height=0.62, color=[drawn[one.id].color for _, one in rows])  # fmt: skip
        for place, value in enumerate(values):
            axes.annotate(_seconds(value), (value, place), (4, 0), textcoords="offset points",
                          va="center", fontsize=8, color=_INK)  # fmt: skip
        _dress(axes)
        axes.xaxis.set_major_formatter(lambda value, _: _seconds(value))
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("seconds a shape, median (logarithmic)")
    return svg[0]


def _curves(evaluation: Evaluation, panels: Sequence[tuple[str, str, str]], what: str) -> str:
    if not panels:
        return ""
    drawn = lines(evaluation.entrants)
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    size = (columns * _WIDTH, rows * _HEIGHT)
    with _figure(size, "/".join(panel[1] + panel[2] for panel in panels)) as (figure, svg):
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_axis_off()
                continue
            title, metric, disturbance = panels[place]
            _panel(axes, evaluation, metric, disturbance, drawn)
            axes.set_title(title, fontsize=9.5, color=_INK, loc="left")
            if place + columns >= len(panels):
                axes.set_xlabel("threshold, % of diagonal")
                axes.tick_params(labelbottom=True)
            if place % columns == 0 and what:
                axes.set_ylabel(what)
    return svg[0]


def _panel(
    axes: Axes, evaluation: Evaluation, metric: str, disturbance: str, drawn: dict[str, Line]
) -> None:
    percent = [100.0 * threshold for threshold in evaluation.thresholds]
    # Baselines first: they lie under the curves of the detectors.
    for one in sorted(evaluation.entrants, key=lambda entrant: not entrant.baseline):
        values = [
            evaluation.value(one.id, metric, disturbance=disturbance, threshold=threshold)
            for threshold in evaluation.thresholds
        ]
        line = drawn[one.id]
        numbers = [float("nan") if value is None else value for value in values]
        axes.plot(percent, numbers, color=line.color, linestyle=line.style, linewidth=line.width)
    axes.set_ylim(-0.02, 1.02)
    _dress(axes)


def _dress(axes: Axes) -> None:
    axes.grid(color=_INK, alpha=0.12, linewidth=0.6)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(_INK)
        spine.set_alpha(0.45)
    axes.tick_params(which="both", colors=_INK, labelsize=8, length=3)
    axes.xaxis.label.set(color=_INK, fontsize=8.5)
    axes.yaxis.label.set(color=_INK, fontsize=8.5)


@contextmanager
def _figure(size: tuple[float, float], salt: str) -> Iterator[tuple[Figure, list[str]]]:
    """Give a figure to draw on; the list holds its SVG afterwards."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # Text stays text, in the fonts of the page; the salt keeps the ids of several plots apart and
    # the same from run to run.
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": salt}
    svg: list[str] = []
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_alpha(0.0)
        FigureCanvasSVG(figure)
        yield figure, svg
        for axes in figure.axes:
            axes.patch.set_alpha(0.0)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    text = stream.getvalue()
    svg.append(text[text.index("<svg") :].replace(_INK, "currentColor"))


def _title(disturbance: str) -> str:
    from kpstudio.evaluation.disturbances import parse

    name, _, value = disturbance.partition("=")
    title = parse(disturbance).title
    units = {"noise": " % of diagonal", "downsample": " of the vertices", "crop": " of the area"}
    return f"{title}, {value}{units[name]}" if value and name in units else title


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 0.9995 else f"{value:.3g} s"
