from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from kpstudio.base.paths import data_dir
from kpstudio.cli import evaluation_runs
from kpstudio.data.keypoints import KeypointSet
from kpstudio.io.registry import save_keypoints, save_mesh
from tests import shapes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "meshes"
    path.mkdir()
    torus = shapes.torus()
    save_mesh(path / "torus.ply", torus)
    save_keypoints(path / "torus.json", KeypointSet(torus.vertices[[0, 100, 300]]))
    return path


def test_a_table_files_and_a_report(cli, folder: Path, tmp_path: Path) -> None:
    numbers, page = tmp_path / "figures.json", tmp_path / "report.html"
    result = cli("evaluate", "iss", "farthest-points", "--on", folder, "--count", 6,
                 "--disturb", "rigid", "--disturb", "noise=0.5", "--json", numbers,
                 "--html", page, "--pictures", 0)  # fmt: skip
    assert result.code == 0
    for text in ("ISS", "Farthest points", "Random points (baseline)", "noise=0.5", "seed 0"):
        assert text in result.out
    assert f"wrote {page}" in result.err
    content = json.loads(numbers.read_text("utf-8"))
    assert content["shapes"][0] == {"name": "torus", "category": "", "vertices": 512,
                                    "faces": 1024, "annotated": 3}  # fmt: skip
    assert content["conditions"]["disturbances"] == ["rigid", "noise=0.5"]
    assert page.read_text("utf-8").startswith("<!doctype html>")
    # A run that came to its end leaves nothing behind.
    assert not list((data_dir() / "evaluations").iterdir())


def test_procedural_shapes_have_landmarks(cli, tmp_path: Path) -> None:
    numbers = tmp_path / "figures.json"
    result = cli("evaluate", "farthest-points", "--procedural", "mug:2", "--disturb", "none",
                 "--json", numbers)  # fmt: skip
    assert result.code == 0
    shapes_used = json.loads(numbers.read_text("utf-8"))["shapes"]
    assert [one["category"] for one in shapes_used] == ["mug", "mug"]
    assert all(one["annotated"] > 2 for one in shapes_used)


def test_pictures_are_drawn(cli, folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    cli("evaluate", "iss", "--on", folder, "--disturb", "none", "--html", page)
    assert page.read_text("utf-8").count("data:image/png;base64,iVBOR") == 3


def test_what_fails_is_listed_and_the_exit_code_says_so(cli, folder: Path) -> None:
    cloud = shapes.torus()
    save_mesh(folder / "cloud.ply", type(cloud)(cloud.vertices, cloud.faces[:0], "cloud"))
    arguments = ("evaluate", "meshdog", "--on", folder, "--disturb", "none")
    result = cli(*arguments)
    assert result.code == 3
    assert "failed: meshdog on cloud: MeshDoG needs faces" in result.err
    assert "MeshDoG" in result.out
    (kept,) = (data_dir() / "evaluations").iterdir()
    assert kept.stat().st_size > 0


def test_a_run_is_resumed(cli, folder: Path, tmp_path: Path, monkeypatch) -> None:
    work = tmp_path / "work.jsonl"
    arguments = ("evaluate", "iss", "--on", folder, "--disturb", "none", "--resume", work)
    first = cli(*arguments)
    lines = work.read_text("utf-8")
    second = cli(*arguments)
    assert work.read_text("utf-8") == lines
    assert second.out == first.out


def test_ctrl_c_keeps_what_is_finished(cli, folder: Path, tmp_path: Path, monkeypatch) -> None:
    work = tmp_path / "work.jsonl"
    arguments = ("evaluate", "iss", "--on", folder, "--resume", work)
    genuine = evaluation_runs.contest_of

    def interrupted(request, ctx):
        contest = genuine(request, ctx)
        signal.raise_signal(signal.SIGINT)
        return contest

    monkeypatch.setattr(evaluation_runs, "contest_of", interrupted)
    result = cli(*arguments)
    assert result.code == 130
    assert "The same command goes on from here" in result.err
    monkeypatch.undo()
    assert cli(*arguments).code == 0


def test_all_stands_for_those_that_need_no_model() -> None:
    ids = evaluation_runs._ids(["all"])
    assert {"iss", "farthest-points"} <= set(ids)
    assert "keypoint-deformer" not in ids


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("iss",), "nothing to evaluate on"),
        (("nobody", "--on", "."), "there is no detector 'nobody'"),
        (("iss", "--on", "nowhere"), "is not a folder"),
        (("iss", "--procedural", "chair"), "names no shapes"),
        (("iss", "--procedural", "boat:2"), "no procedural category 'boat'"),
        (("iss", "--procedural", "mug:1", "--disturb", "fire"), "no disturbance 'fire'"),
        (("iss", "--procedural", "mug:1", "--html", "nowhere/a.html"), "there is no folder"),
    ],
)
def test_what_cannot_be_is_refused(
    refused, tmp_path: Path, monkeypatch, arguments, message
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused("evaluate", *arguments)
