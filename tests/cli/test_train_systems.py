"""`kpstudio train SYSTEM`: from shapes to a model that detects, for every system."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kpstudio.app import training_data
from kpstudio.base.errors import ParameterError
from kpstudio.base.parameters import build
from kpstudio.cli.train import app
from kpstudio.detectors.registry import get_detector
from kpstudio.training.log import previews, read_log
from kpstudio.training.shapes import procedural
from kpstudio.training.system import get_system, system_ids
from tests import shapes

#: What makes a network small, of the constants that it has.
TINY = {"points": 256, "batch": 2, "width": 8, "nodes": 16, "keypoints": 6, "pairs": 16,
        "places": 128, "compared": 64, "views": 3, "size": 32}  # fmt: skip


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_data, "HELD_OUT_COUNT", 2)
    monkeypatch.setattr("kpstudio.training.clouds.SAMPLES", 512)
    monkeypatch.setattr("kpstudio.app.training_run._MOVED", 1)


def tiny(id: str) -> list[str]:
    """Return the options of a small training of a system."""
    from kpstudio.base.parameters import describe

    known = {info.name: info for info in describe(get_system(id).recipe)}
    wanted = {name: value for name, value in TINY.items() if name in known}
    fitting = {name: max(value, int(known[name].low or 0)) for name, value in wanted.items()}
    return [word for name, value in fitting.items() for word in ("--set", f"{name}={value}")]


def train(id: str, output: Path, *more: str | Path) -> None:
    words = [id, "-o", output, "--procedural", "4", "--device", "cpu", *tiny(id), *more]
    if get_system(id).per_category:
        words += ["--category", "chair"]
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None:
        raise result.exception


@pytest.mark.parametrize("id", system_ids())
def test_two_steps_make_a_model_that_detects(id: str, tmp_path: Path) -> None:
    output = tmp_path / f"{id}.safetensors"
    train(id, output, "--steps", "2")
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["kind"] == id
    assert card["training"]["steps"] == 2
    assert set(card["figures"]) == {"procedural"}
    assert card["targets"]
    assert output.with_suffix(".md").read_text().startswith("# ")
    detector = get_detector(id)
    # Who lifts what another detector sees names that one's model first.
    lifts = id == "lifting"
    option = "lifting" if lifts else "model"
    parameters = build(detector.spec.parameters, {option: str(output)})
    found = detector.detect(procedural("chair", 1, 9)[0].mesh, None, parameters)
    assert found.provenance.model == ("pose-chair" if lifts else id)
    assert len(found.keypoints) >= 1


def test_the_card_says_what_single_pictures_tell(tmp_path: Path) -> None:
    output = tmp_path / "pictures.safetensors"
    train("keypointnet", output, "--steps", "1")
    card = json.loads(output.with_suffix(".json").read_text())
    of_pictures = card["figures"]["procedural"]["pictures"]
    assert 0.0 <= of_pictures["degrees median"] <= 180.0
    assert sum("error of the turn" in target["text"] for target in card["targets"]) == 2
    assert "degrees median" in output.with_suffix(".md").read_text()


def test_patience_and_pictures_from_the_command_line(tmp_path: Path) -> None:
    output = tmp_path / "points.safetensors"
    train("structural-points", output, "--steps", "90", "--set", "patience=1",
          "--set", "preview_every=20", "--set", "learning_rate=1e-6")  # fmt: skip
    folder = output.with_suffix(".training")
    taken = int(read_log(folder)[-1]["step"])
    card = json.loads(output.with_suffix(".json").read_text())
    assert taken == 50  # the first check is the best, the second no better
    assert card["training"]["steps_taken"] == taken
    assert len(previews(folder)) == taken // 20


def test_a_few_shapes_of_your_own_category_without_landmarks(tmp_path: Path) -> None:
    box = shapes.box((1.0, 0.6, 0.8), divisions=2)
    data = tmp_path / "data"
    data.mkdir()
    np.savez(data / "mine.npz", V_a=box.vertices, F_a=box.faces)
    output = tmp_path / "boxes.safetensors"
    train_box = ["structural-points", "-o", output, "--category", "box", "--data", data,
                 "--steps", "2", "--device", "cpu", *tiny("structural-points")]  # fmt: skip
    result = CliRunner().invoke(app, [str(word) for word in train_box])
    assert result.exit_code == 0, result.output
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["data"]["real_shapes"] + len(card["data"]["held_out_real"]) == 1


def test_a_plain_file_is_learned_once_by_a_general_system(tmp_path: Path) -> None:
    from kpstudio.io.registry import save_mesh

    save_mesh(tmp_path / "torus.ply", shapes.torus())
    data = training_data.gather_for(False, tmp_path, "", 6)
    everything = [*data.training, *data.held_out.get("real", ())]
    assert [shape.name for shape in everything if shape.kind == "real"] == ["torus"]


def test_a_category_is_asked_for(tmp_path: Path) -> None:
    words = ["symmetric", "-o", str(tmp_path / "m.safetensors")]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, ParameterError)
    assert "one category" in str(result.exception)
