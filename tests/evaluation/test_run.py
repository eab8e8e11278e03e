"""Runs: known answers, failures that stop nothing, interruption and resumption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, FileError
from kpstudio.evaluation.contest import contestants, key_of
from kpstudio.evaluation.outcome import Outcome
from kpstudio.evaluation.run import default_work_file, run
from kpstudio.evaluation.subjects import Subject
from kpstudio.evaluation.work_file import WorkFile
from tests import shapes
from tests.evaluation.contests import Corners, Stubborn, contest


def outcomes(what, path: Path | None = None, ctx: RunContext | None = None) -> tuple[Outcome, ...]:
    with WorkFile(path) as work:
        return run(what, work, ctx)


def test_a_perfect_detector_repeats_everything_and_misses_nothing() -> None:
    found = [one for one in outcomes(contest(Corners())) if one.detector == "corners"]
    assert len(found) == 2 * 4
    for one in found:
        assert not one.error
        assert one.scores is not None
        if one.disturbance:
            assert one.scores.repeatability is not None
            assert one.scores.repeatability.relative[1:] == (1.0,) * 11
        else:
            assert one.scores.misses is not None
            assert set(one.scores.misses.false_negative) == {0.0}
            assert set(one.scores.misses.false_positive) == {0.0}
            assert {match.iou for rows in one.scores.matches.values() for match in rows} == {1.0}
            assert one.scores.coverage_diagonals == pytest.approx(1.0, abs=0.02)
            assert one.seconds > 0.0


def test_baselines_beside_a_detector_have_its_number_of_keypoints() -> None:
    found = outcomes(contest(Corners()))
    for one in found:
        if one.detector == "corners":
            assert set(one.baselines) == {"random", "farthest"}
            assert {scores.count for scores in one.baselines.values()} == {8}
        else:
            assert one.baselines == {}


def test_baselines_draw_anew_even_on_the_very_same_mesh() -> None:
    found = outcomes(contest(Corners()))
    unchanged = [one for one in found if one.disturbance == "none" and one.detector == "random"]
    for one in unchanged:
        assert one.scores is not None
        assert one.scores.repeatability is not None
        assert one.scores.repeatability.relative[0] < 0.5


def test_the_same_contest_gives_the_same_and_another_seed_does_not() -> None:
    def scores(seed: int) -> list[object]:
        return [one.scores for one in outcomes(contest(Corners(), seed=seed))]

    assert scores(1) == scores(1)
    assert scores(1) != scores(2)


def test_a_detector_that_fails_is_told_of_and_stops_nobody() -> None:
    found = outcomes(contest(Stubborn(), Corners()))
    failed = {one.shape: one.error for one in found if one.error}
    assert failed["box 1"] == "this box is too small. Take a larger one."
    assert failed["box 3"] == "ZeroDivisionError: too large"
    assert sum(bool(one.error) for one in found) == 2 * 4
    assert all(one.scores is not None for one in found if one.detector != "stubborn")


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    path, detector = tmp_path / "work.jsonl", Corners()
    what = contest(detector)
    heard: list[str] = []

    def stop(fraction: float, text: str) -> None:
        heard.append(text)
        if len(heard) == 9:
            ctx.cancel()

    ctx = RunContext(stop)
    with pytest.raises(Cancelled):
        outcomes(what, path, ctx)
    lines = path.read_text("utf-8").splitlines()
    assert 0 < len(lines) < len(what)
    before = detector.calls
    # The power went off in the middle of a line.
    path.write_text("\n".join(lines) + '\n{"key": "abc', encoding="utf-8")
    with WorkFile(path) as work:
        assert len(work) == len(lines)
    whole = outcomes(what, path)
    assert len(whole) == len(what)
    assert detector.calls > before
    calls = detector.calls
    assert outcomes(what, path) == whole
    assert detector.calls == calls
    fresh = outcomes(contest(Corners()))
    assert [one.scores for one in whole] == [one.scores for one in fresh]


def test_failures_are_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "work.jsonl"
    outcomes(contest(Stubborn(), sizes=(1.0,)), path)
    with WorkFile(path) as work:
        assert len(work) == 2 * 4  # the baselines'


def test_what_depends_on_other_things_is_measured_again() -> None:
    what = contest(Corners())
    other = contest(Corners(), seed=1)
    thresholds = contest(Corners(), thresholds=(0.5,))
    first = what.contestants[0]
    keys = {
        key_of(conditions, first, subject, name)
        for conditions in (what.conditions, other.conditions, thresholds.conditions)
        for subject in what.subjects
        for name in ("", "rigid")
    }
    assert len(keys) == 3 * 2 * 2
    assert what.key == contest(Corners()).key != other.key
    assert default_work_file(what).parent.is_dir()


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"a": 1}\n', encoding="utf-8")
    with pytest.raises(FileError, match="no work file: line 1"):
        WorkFile(path)
    assert json.loads(path.read_text("utf-8")) == {"a": 1}
    with pytest.raises(FileError, match="cannot be used"):
        WorkFile(tmp_path / "nowhere" / "work.jsonl")


def test_detectors_are_asked_for_the_same_number_as_far_as_they_can() -> None:
    entrants = contestants(["iss", "iss", "farthest-points"], 33)
    assert [one.id for one in entrants] == ["iss", "farthest-points", "random", "farthest"]
    assert {one.parameters.count for one in entrants} == {33}
    assert contestants(["farthest-points"], 9999)[0].parameters.count == 256


def test_the_category_names_a_model_only_where_each_has_its_own() -> None:
    subject = Subject("box", shapes.box(), category="chair")
    for name, model in (("symmetric", "chair"), ("ukpgan", "")):
        (contestant,) = (one for one in contestants([name], 5) if one.id == name)
        assert contestant.parameters_for(subject).model == model
