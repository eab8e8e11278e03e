"""Training from the window, without one: options that are kept, time that is left."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kpstudio.app import training_data
from kpstudio.app.training import Record, State, _Clock
from kpstudio.app.training_options import (
    TrainOptions,
    first_recipe,
    read_run,
    suggested_output,
    write_run,
)
from kpstudio.base.errors import FileError, ParameterError
from kpstudio.base.parameters import build
from kpstudio.base.paths import user_models_dir
from kpstudio.nn.catalogue import find_model
from kpstudio.training.system import get_system
from tests import shapes


def tiny(output: Path, **values: float) -> TrainOptions:
    recipe = build(
        get_system("structural-points").recipe,
        {"steps": 2, "batch": 2, "points": 64, "width": 4, "keypoints": 4, **values},
    )
    return TrainOptions(count=3, recipe=recipe, output=output)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_data, "HELD_OUT_COUNT", 2)
    monkeypatch.setattr("kpstudio.training.clouds.SAMPLES", 128)


def test_options_are_kept_beside_the_checkpoint(tmp_path: Path) -> None:
    options = tiny(tmp_path / "m.safetensors", learning_rate=0.02)
    written = write_run(options, (shapes.box(), shapes.torus()))
    assert read_run(options.output) is None  # there is nothing to go on from yet
    folder = options.output.with_suffix(".training")
    (folder / "state.safetensors").write_bytes(b"")
    assert read_run(options.output) == written
    assert written.folder == folder / "shapes"
    assert len(list(written.folder.iterdir())) == 2
    again = write_run(written, ())
    assert len(list(again.folder.iterdir())) == 2  # they are what is learned from
    assert not (folder / "state.safetensors").exists()
    (folder / "state.safetensors").write_bytes(b"")
    options.output.write_bytes(b"")
    assert read_run(options.output) is None  # it came to its end


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"category": ""}, ParameterError),
        ({"output": Path("model.pt")}, ParameterError),
        ({"output": Path()}, ParameterError),
        ({"folder": Path("/no/such")}, FileError),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, changes: dict, error: type) -> None:
    options = TrainOptions(**{"output": tmp_path / "m.safetensors", **changes})
    with pytest.raises(error):
        options.check()


def test_a_training_without_a_window(studio, settle, tmp_path, notices) -> None:
    training, states = studio.training, []
    training.changed.connect(lambda: states.append(training.state))
    training.options.set(tiny(tmp_path / "out" / "mine.safetensors"))
    training.run()
    assert training.is_active
    settle()
    assert states == [State.RUNNING, State.FINISHED], notices
    model = training.finished.model
    # A model written elsewhere is at hand all the same.
    assert model.path == user_models_dir() / "mine.safetensors"
    assert find_model("mine", "structural-points") == model
    assert (tmp_path / "out" / "mine.md").is_file()
    assert suggested_output("structural-points", "chair").parent == user_models_dir()


def test_a_failure_is_told(studio, settle, tmp_path, notices) -> None:
    training = studio.training
    training.options.set(TrainOptions(category="teapot", output=tmp_path / "m.safetensors"))
    training.run()
    settle()
    assert training.state is State.FAILED
    assert "teapot" in notices[-1].text
    assert not training.can_go_on


def test_pictures_come_now_and_then() -> None:
    recipe = first_recipe(get_system("usip").recipe)
    assert recipe.steps // recipe.preview_every == 20


def test_steps_that_are_taken_again_replace_the_earlier_ones() -> None:
    record = Record()
    for step in (10, 20, 30):
        record.add(step, {"total": float(step)})
    record.add(20, {"total": 7.0})
    assert record.copy() == ([10, 20], {"total": [10.0, 7.0]})


def test_the_time_left_goes_by_what_was_done_and_not_by_pauses() -> None:
    clock = _Clock()
    assert clock.seconds_left(0.5) is None
    time.sleep(0.2)
    before = clock.seconds_left(0.75)
    assert before == pytest.approx(0.2, rel=0.5)
    clock.pause()
    time.sleep(0.3)
    assert clock.seconds_left(0.75) == pytest.approx(before, abs=0.1)
    clock.go_on()
    assert clock.seconds_left(0.75) == pytest.approx(before, abs=0.15)
