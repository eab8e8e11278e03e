"""`kpstudio train`, with a handful of shapes and steps."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kpstudio.app import training_data
from kpstudio.base.errors import FileError, ParameterError
from kpstudio.cli.train import app
from kpstudio.detectors.keypoint_deformer import DETECTOR, KeypointDeformerParameters
from kpstudio.nn.catalogue import Model
from kpstudio.nn.keypoint_deformer_file import load_keypoint_deformer
from kpstudio.training.log import read_log
from kpstudio.training.shapes import procedural
from tests import shapes

SMALL = [
    "--procedural", "5", "--steps", "8", "--batch", "3", "--device", "cpu",
    "--set", "points=64", "--set", "surface=64", "--set", "warm_up=4",
]  # fmt: skip


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_data, "HELD_OUT_COUNT", 4)
    monkeypatch.setattr("kpstudio.cli.recogniser_runs.HELD_OUT_COUNT", 4)
    monkeypatch.setattr("kpstudio.cli.training_runs._POOL", 256)
    monkeypatch.setattr("kpstudio.evaluation.figures.PAIRS", 5)


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None:
        raise result.exception
    return result.output


def train_tables(output: Path, *more: str) -> str:
    return run("keypoint-deformer", "--category", "table", "-o", output, *SMALL, *more)


def test_a_model_a_card_and_a_log(tmp_path: Path) -> None:
    output = tmp_path / "new" / "tables.safetensors"
    assert "tables.md says how good it is" in train_tables(output)
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["training"]["steps"] == 8
    assert card["data"]["procedural_shapes"] == 5
    assert set(card["figures"]) == {"procedural"}
    assert card["figures"]["procedural"]["alignment"]["pairs"] == 5
    assert len(card["targets"]) == 4
    assert [line["step"] for line in read_log(output.with_suffix(".training"))] == [8]
    model = load_keypoint_deformer(Model("t", "keypoint-deformer", "table", "T", output))
    assert list(model.schema.names) == card["keypoints"]
    assert "top front left" in model.schema.names
    mesh = procedural("table", 1, 9)[0].mesh
    found = DETECTOR.detect(mesh, None, KeypointDeformerParameters(model=str(output)))
    assert found.keypoints.schema == model.schema


def test_unsupervised_keypoints_are_named_after_what_is_near(tmp_path: Path) -> None:
    output = tmp_path / "tables.safetensors"
    train_tables(output, "--no-named", "--head", "regression", "--set", "pairs=2")
    card = json.loads(output.with_suffix(".json").read_text())
    assert len(card["keypoints"]) == 6
    assert len(set(card["keypoints"])) == 6
    assert all(name.startswith("near ") for name in card["keypoints"])
    assert "unsupervised" in card["summary"]


def test_real_shapes_are_split_and_counted(tmp_path: Path) -> None:
    box = shapes.box((1.0, 0.6, 0.8), divisions=2)
    data = tmp_path / "data"
    data.mkdir()
    arrays = {f"V_box{i}": box.vertices * (1, 1 + 0.1 * i, 1) for i in range(12)}
    arrays |= {f"F_box{i}": box.faces for i in range(12)}
    np.savez(data / "mine.npz", **arrays)
    output = tmp_path / "tables.safetensors"
    train_tables(output, "--data", str(data), "--set", "extra_pairs=1")
    card = json.loads(output.with_suffix(".json").read_text())
    assert sum(name.startswith("extra ") for name in card["keypoints"]) == 2
    held_out = card["data"]["held_out_real"]
    assert 0 < len(held_out) < 12
    assert card["data"]["real_shapes"] == 12 - len(held_out)
    assert card["figures"]["real"]["shapes"] == len(held_out)


def test_a_category_of_your_own(tmp_path: Path) -> None:
    box = shapes.box((1.0, 0.6, 0.8), divisions=2)
    arrays = {f"V_box{i}": box.vertices * (1, 1 + 0.1 * i, 1) for i in range(12)}
    arrays |= {f"F_box{i}": box.faces for i in range(12)}
    np.savez(tmp_path / "boxes.npz", **arrays)
    output = tmp_path / "boxes.safetensors"
    run("keypoint-deformer", "--category", "box", "--data", tmp_path, "-o", output, *SMALL)
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["keypoints"] == [str(index) for index in range(12)]
    assert card["data"]["procedural_shapes"] == 0
    assert set(card["figures"]) == {"real"}
    found = DETECTOR.detect(box, None, KeypointDeformerParameters(model=str(output)))
    assert len(found.keypoints) == 12


def test_ctrl_c_keeps_a_checkpoint_and_resume_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kpstudio.training import loop

    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    train_tables(whole)
    advance, steps = loop._advance, []

    def interrupting(*arguments: object) -> dict[str, float]:
        losses = advance(*arguments)
        steps.append(losses)
        if len(steps) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return losses

    monkeypatch.setattr(loop, "_advance", interrupting)
    result = CliRunner().invoke(
        app, ["keypoint-deformer", "--category", "table", "-o", str(stopped), *SMALL]
    )
    assert result.exit_code == 130
    assert "--resume" in result.stderr
    assert not stopped.exists()
    train_tables(stopped, "--resume")
    assert len(steps) == 8
    assert stopped.read_bytes() == whole.read_bytes()


def test_the_recogniser(tmp_path: Path) -> None:
    output = tmp_path / "recogniser.safetensors"
    run("recogniser", "-o", output, "--procedural", "2", "--steps", "4", "--batch", "4",
        "--device", "cpu")  # fmt: skip
    card = json.loads(output.with_suffix(".json").read_text())
    assert set(card["figures"]["procedural"]["chair"]) == {"category", "orientation", "shapes"}
    assert output.with_suffix(".md").read_text().startswith("# Recogniser")


@pytest.mark.parametrize(
    "arguments", [("keypoint-deformer", "--category", "table"), ("recogniser",)]
)
def test_a_folder_that_cannot_be_made_is_told_before_shapes_are_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def gathered(*_: object) -> None:
        raise AssertionError("shapes were gathered")

    monkeypatch.setattr(training_data, "gather", gathered)
    monkeypatch.setattr("kpstudio.cli.recogniser_runs.train_recogniser", gathered)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(FileError, match="taken"):
        run(*arguments, "-o", tmp_path / "taken" / "m.safetensors")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "depth=3"], "no parameter 'depth'"),
        (["--set", "pairs"], "has no value"),
        (["--set", "pairs=-1"], "expected 0 to 16"),
        (["--head", "voting"], "softmax, regression"),
        (["-o", "model.pt"], "end in .safetensors"),
        (["--device", "abacus"], "Use auto or cpu"),
        (["--category", "teapot"], "teapot"),
        (["--data", "/no/such/folder"], "not a folder"),
    ],
)
def test_bad_options(tmp_path: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(Exception, match=words) as caught:
        train_tables(tmp_path / "m.safetensors", *arguments)
    assert isinstance(caught.value, ParameterError) or hasattr(caught.value, "remedy")
