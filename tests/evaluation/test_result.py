"""Figures and their report: every number, with what it takes to read it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from kpstudio.evaluation.metrics import METRICS
from kpstudio.evaluation.outcome import Outcome
from kpstudio.evaluation.pictured import pictured
from kpstudio.evaluation.report import report, write_report
from kpstudio.evaluation.result import Evaluation, evaluation_of, write_json
from kpstudio.evaluation.run import run
from kpstudio.evaluation.table import caption, columns, rows
from kpstudio.evaluation.work_file import WorkFile
from tests.evaluation.contests import Corners, Stubborn, contest


@pytest.fixture(scope="module")
def what():
    return contest(Corners(), Stubborn())


@pytest.fixture(scope="module")
def outcomes(what) -> tuple[Outcome, ...]:
    with WorkFile(None) as work:
        return run(what, work)


@pytest.fixture(scope="module")
def evaluation(what, outcomes) -> Evaluation:
    return evaluation_of(what, outcomes)


def test_the_figures_of_a_perfect_detector(evaluation: Evaluation) -> None:
    value = evaluation.value
    assert value("corners", "keypoints") == 8.0
    for name in ("none", "rigid"):
        for threshold in evaluation.thresholds:
            at = {"disturbance": name, "threshold": threshold}
            assert value("corners", "relative_repeatability", **at) == 1.0
            assert value("corners", "absolute_repeatability", **at) == 8.0
    for metric in ("iou_cloud", "iou_surface", "iou_euclidean", "average_precision"):
        assert value("corners", metric, threshold=0.05) == 1.0
    assert value("corners", "das_all_references") == 1.0
    assert value("corners", "index_agreement") == 1.0
    assert value("corners", "das_all_references", baseline="random") < 0.6


def test_means_are_over_shapes(evaluation: Evaluation, outcomes) -> None:
    shares = [
        one.scores.repeatability.relative[4]
        for one in outcomes
        if (one.detector, one.disturbance) == ("random", "rigid")
    ]
    found = evaluation.value(
        "random", "relative_repeatability", disturbance="rigid", threshold=0.05
    )
    assert found == pytest.approx(fmean(shares))


def test_every_figure_says_how_it_was_made(evaluation: Evaluation) -> None:
    for one in evaluation.figures:
        assert one.metric in METRICS
        assert one.normalisation == METRICS[one.metric].normalisation
        assert one.seed == 0
        assert one.shapes == 2
    with_threshold = {one.metric for one in evaluation.figures if one.threshold is not None}
    assert all(METRICS[metric].normalisation for metric in with_threshold)
    assert {one.metric for one in evaluation.figures} == set(METRICS)


def test_failures_are_listed(evaluation: Evaluation) -> None:
    assert len(evaluation.failures) == 8
    assert {one.reason for one in evaluation.failures} == {
        "this box is too small. Take a larger one.", "ZeroDivisionError: too large"
    }  # fmt: skip
    assert not [one for one in evaluation.figures if one.detector == "stubborn"]


def test_json_holds_everything_and_defines_it(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_json(path, evaluation)
    content = json.loads(path.read_text("utf-8"))
    assert len(content["figures"]) == len(evaluation.figures)
    assert content["conditions"]["seed"] == 0
    assert set(content["metrics"]) == set(METRICS)
    assert [one["id"] for one in content["entrants"]] == [
        "corners", "stubborn", "random", "farthest"
    ]  # fmt: skip
    assert content["shapes"][0]["annotated"] == 8


def test_the_table_marks_the_best_and_shows_chance_beside_it(evaluation: Evaluation) -> None:
    shown = columns(evaluation)
    table = {row.entrant.id: row for row in rows(evaluation, shown)}
    assert [column.title for column in shown][:3] == ["keypoints", "none", "rigid"]
    rigid = table["corners"].cells[2]
    assert rigid.text == "1.00"
    assert len(rigid.baselines) == 2
    assert table["stubborn"].cells[2].text == "\N{EN DASH}"
    assert not any(cell.best for cell in table["farthest"].cells)
    assert "seed 0" in caption(evaluation)


def test_outcomes_survive_being_written(outcomes) -> None:
    for one in outcomes:
        assert Outcome.from_json(json.loads(json.dumps(one.as_json()))) == one


def test_the_report_holds_every_number_plot_and_failure(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    write_report(path, evaluation)
    text = path.read_text("utf-8")
    cells = set(re.findall(r"<td[^>]*>([^<]*)</td>", text))
    for one in evaluation.figures:
        assert one.value is None or f"{one.value:.4g}" in cells
    for failure in evaluation.failures:
        assert failure.reason in text
    for metric in METRICS.values():
        assert metric.title in text
    plots = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    large = [plot for plot in plots if "matplotlib" in plot]
    assert len(large) == 3
    for plot in large:
        ElementTree.fromstring(plot)
        assert "currentColor" in plot  # the ink of the page, dark or light
        assert "#010203" not in plot
    ids = [id for plot in large for id in re.findall(r'<clipPath id="([^"]+)"', plot)]
    assert len(ids) == len(set(ids))


def test_the_report_needs_no_network_and_escapes_names(evaluation: Evaluation) -> None:
    entrant = replace(evaluation.entrants[0], title="<b>Corners</b> & more")
    text = report(replace(evaluation, entrants=(entrant, *evaluation.entrants[1:])))
    assert "<b>Corners" not in text.replace("&lt;", "")
    assert not re.findall(r'(?:src|href)="http', text)
    assert "<script" not in text
    assert "prefers-color-scheme: dark" in text


def test_pictures_are_of_as_many_categories_as_there_are(what, outcomes, evaluation) -> None:
    wanted = pictured(what.subjects, outcomes, 1)
    assert {one.subject.name for one in wanted} == {"box 1"}
    assert {one.detector for one in wanted} == {"corners", "random", "farthest"}
    assert abs(abs(wanted[0].keypoints) - 0.5).max() < 1e-9
    text = report(evaluation, {one.key: b"png" for one in wanted})
    assert text.count("data:image/png;base64,cG5n") == 3


def test_the_same_report_comes_twice(evaluation: Evaluation) -> None:
    assert report(evaluation) == report(evaluation)
