"""Tools > Train, as a person uses it, with trainings of a few steps."""

from __future__ import annotations

import json

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from kpstudio.app import training_data
from kpstudio.app.training import State
from kpstudio.nn.catalogue import installed_models, is_removable
from kpstudio.training.log import previews, read_log
from kpstudio.ui.train_dialog import TrainDialog
from tests.handled import handled_shape

SECONDS = 120_000
TINY = {"batch": 2, "points": 64, "width": 4, "keypoints": 4, "preview_every": 2}


@pytest.fixture(autouse=True)
def small(monkeypatch) -> None:
    monkeypatch.setattr(training_data, "HELD_OUT_COUNT", 2)
    monkeypatch.setattr("kpstudio.training.clouds.SAMPLES", 128)


@pytest.fixture
def dialog(window, qtbot):
    window.commands.run("tools.train")
    found = window.findChild(TrainDialog)
    qtbot.waitExposed(found)
    choose(found, "structural-points", steps=4)
    yield found
    if not sip.isdeleted(found):
        found.close()
    window.studio.training.stop()
    qtbot.waitUntil(lambda: window.studio.jobs.idle, timeout=SECONDS)


def choose(dialog, system: str, **values) -> None:
    form = dialog.form
    form.system.setCurrentIndex(form.system.findData(system))
    form.count.setValue(3)
    for name, value in {**TINY, **values}.items():
        form.recipe.editors[name].widget.setValue(value)


def press(qtbot, button) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def ended(dialog, qtbot) -> State:
    qtbot.waitUntil(lambda: dialog.train_button.isEnabled(), timeout=SECONDS)
    return dialog._training.state


def test_a_training_shows_itself_and_its_model_is_at_hand(window, dialog, qtbot, notices) -> None:
    assert "my-structural-points-chair" in dialog.form.output.line.text()
    press(qtbot, dialog.train_button)
    assert not dialog.form.isEnabled()
    assert dialog.bar.isVisible()
    assert ended(dialog, qtbot) is State.FINISHED
    assert dialog.curves.names == ("total", "chamfer")
    step, values = dialog.curves.values_at(4)
    assert (step, set(values)) == (4, {"total", "chamfer"})
    assert dialog.preview.pixmap().width() > 100
    assert dialog.figures.rowCount() == 2
    assert "my-structural-points-chair" in dialog.caption.text()
    assert dialog.form.output.path.stem == "my-structural-points-chair-2"
    (model,) = [model for model in installed_models("structural-points") if is_removable(model)]
    assert model.category == "chair"
    assert json.loads(model.card.read_text())["figures"]["procedural"]["shapes"] == 2
    assert any("is ready" in notice.text for notice in notices)
    window.studio.detecting.choose("structural-points")
    assert window.detect.category.findData("chair") > 0


def test_it_waits_and_goes_on(dialog, qtbot) -> None:
    choose(dialog, "structural-points", steps=400)
    press(qtbot, dialog.train_button)
    record = dialog._training.record
    qtbot.waitUntil(lambda: len(record.steps) >= 2, timeout=SECONDS)
    press(qtbot, dialog.pause_button)
    assert dialog.pause_button.text() == "Resume"
    qtbot.wait(300)  # the step that was under way ends
    taken = len(record.steps)
    qtbot.wait(400)
    assert len(record.steps) == taken
    press(qtbot, dialog.pause_button)
    qtbot.waitUntil(lambda: len(record.steps) > taken, timeout=SECONDS)


def test_a_stopped_training_is_taken_up_again(window, dialog, qtbot) -> None:
    choose(dialog, "structural-points", steps=60)
    press(qtbot, dialog.train_button)
    record = dialog._training.record
    qtbot.waitUntil(lambda: len(record.steps) >= 2, timeout=SECONDS)
    press(qtbot, dialog.stop_button)
    assert "Stopped" in dialog.caption.text()
    qtbot.waitUntil(dialog.go_on_button.isEnabled, timeout=SECONDS)
    # Another look at the same model file, as after a restart.
    folder = dialog.form.output.path.with_suffix(".training")
    steps = [line["step"] for line in read_log(folder)]
    dialog.close()
    qtbot.waitUntil(lambda: sip.isdeleted(dialog))
    window.commands.run("tools.train")
    again = window.findChild(TrainDialog)
    again.form.count.setValue(77)
    press(qtbot, again.go_on_button)
    assert again.form.count.value() == 3  # what the training began with
    assert ended(again, qtbot) is State.FINISHED
    drawn = window.studio.training.record.steps
    assert drawn[: len(steps)] == steps
    assert drawn == sorted(set(drawn))
    assert drawn[-1] == 60
    assert len(previews(folder)) == 30
    again.close()


def test_the_shapes_that_are_open_are_learned_from(window, add, dialog, qtbot) -> None:
    add(handled_shape())
    dialog.form.category.setCurrentText("My boxes")
    dialog.form.count.setValue(0)
    press(qtbot, dialog.train_button)
    assert ended(dialog, qtbot) is State.FINISHED
    card = window.studio.training.finished.card
    assert card["category"] == "my_boxes"
    assert card["data"]["real_shapes"] == 1
    assert "held out" in dialog.caption.text()
    model = window.studio.training.finished.model
    shapes = model.path.with_suffix(".training") / "shapes"
    assert len(list(shapes.iterdir())) == 1


def test_what_cannot_be_is_told(dialog, qtbot, notices) -> None:
    dialog.form.category.setCurrentText("")
    press(qtbot, dialog.train_button)
    assert "one category" in notices[-1].text
    dialog.form.category.setCurrentText("teapot")
    press(qtbot, dialog.train_button)
    assert ended(dialog, qtbot) is State.FAILED
    assert "teapot" in notices[-1].text


def test_a_general_system_offers_any_shape_and_its_own_parameters(dialog) -> None:
    form = dialog.form
    assert form.category.findText("Any shape") < 0
    form.system.setCurrentIndex(form.system.findData("usip"))
    assert form.category.findText("Any shape") == 0
    assert "surface_weight" in form.recipe.editors
    assert form.output.path.stem == "my-usip-any-shape"
    form.output.line.setText("/tmp/mine.safetensors")
    form.system.setCurrentIndex(form.system.findData("symmetric"))
    assert form.output.path.stem == "mine"


def test_the_mouse_reads_the_curves(dialog, qtbot) -> None:
    dialog._glance.stop()
    dialog.curves.show_curves([10, 20, 30], {"total": [3.0, 2.0, 1.0], "late": [5.0]}, 100)
    empty = dialog.curves.grab().toImage()
    QTest.mouseMove(dialog.curves, QPoint(120, 60))
    qtbot.wait(50)
    assert dialog.curves.grab().toImage() != empty
    assert dialog.curves.values_at(11) == (10, {"total": 3.0})
    assert dialog.curves.values_at(99) == (30, {"total": 1.0, "late": 5.0})


def test_there_is_one_dialog(window, dialog) -> None:
    window.commands.run("tools.train")
    assert window.findChildren(TrainDialog) == [dialog]
