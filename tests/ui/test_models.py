"""Tools > Models, as a person uses it, and the choice of a model in the Detect panel."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QMessageBox

from kpstudio.app.model_import import import_model
from kpstudio.nn.catalogue import installed_models, preferred_model
from kpstudio.ui.models_dialog import ModelsDialog
from tests.networks import general_model, ordered_model

SECONDS = 60_000


@pytest.fixture
def own(tmp_path):
    """Two models of the person's own."""
    files = (general_model(tmp_path / f"u{seed}.safetensors", seed) for seed in (1, 2))
    return [import_model(path) for path in files]


@pytest.fixture
def dialog(window, own, qtbot):
    window.commands.run("tools.models")
    found = window.findChild(ModelsDialog)
    qtbot.waitExposed(found)
    yield found
    found.close()
    qtbot.waitUntil(lambda: window.studio.jobs.idle, timeout=SECONDS)


def press(qtbot, button) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def shown(dialog) -> list[str]:
    return [item.data(0, Qt.ItemDataRole.UserRole).id for item in dialog._items()]


def test_every_model_is_listed_with_its_card(dialog) -> None:
    assert sorted(shown(dialog)) == sorted(model.id for model in installed_models())
    dialog.choose("keypoint-deformer-chair")
    assert dialog.view.title.text() == "KeypointDeformer: chair"
    assert dialog.view.figures.rowCount() >= 4
    assert "Figures on held-out shapes" in dialog.view.card.toPlainText()
    assert not dialog.remove_button.isEnabled()
    assert dialog.prefer_button.text() == "Used by default"


def test_a_picture_is_drawn_and_kept(window, dialog, qtbot, own) -> None:
    dialog.choose("u1")
    path = window.studio.models.picture_file(own[0], window.themes.current.name)
    qtbot.waitUntil(path.is_file, timeout=SECONDS)
    qtbot.waitUntil(lambda: not dialog.view.picture.pixmap().isNull(), timeout=SECONDS)
    drawn = path.stat().st_mtime_ns
    dialog.choose("u2")
    dialog.choose("u1")
    assert not dialog.view.picture.pixmap().isNull()
    assert path.stat().st_mtime_ns == drawn


def test_another_model_becomes_the_default(window, dialog, qtbot, own) -> None:
    other = next(model for model in own if not window.studio.models.is_preferred(model))
    dialog.choose(other.id)
    press(qtbot, dialog.prefer_button)
    assert preferred_model("usip").id == other.id
    assert dialog.chosen.id == other.id
    assert not dialog.prefer_button.isEnabled()


def test_import_and_removal(window, dialog, qtbot, tmp_path, monkeypatch, notices) -> None:
    path = ordered_model(tmp_path / "stools.safetensors", "stool")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    press(qtbot, dialog.import_button)
    qtbot.waitUntil(lambda: "stools" in shown(dialog), timeout=SECONDS)
    dialog.choose("stools")
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    press(qtbot, dialog.remove_button)
    assert "stools" in shown(dialog)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    press(qtbot, dialog.remove_button)
    assert "stools" not in shown(dialog)
    assert path.is_file()  # only the copy goes


def test_a_bad_file_is_told(dialog, qtbot, tmp_path, monkeypatch, notices) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(b"bad")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    press(qtbot, dialog.import_button)
    qtbot.waitUntil(lambda: bool(notices), timeout=SECONDS)
    assert "no model of KP Studio" in notices[0].text


def test_there_is_one_dialog(window, dialog) -> None:
    window.commands.run("tools.models")
    assert window.findChildren(ModelsDialog) == [dialog]


class TestDetectPanel:
    def test_detectors_for_any_shape_let_their_model_be_chosen(self, window, own) -> None:
        panel, options = window.detect, window.studio.detecting.options
        window.studio.detecting.choose("usip")
        assert panel.model.isVisible()
        assert not panel.category.isVisible()
        assert "model" not in panel.form.editors
        assert panel.model.itemText(0) == f"Default ({preferred_model('usip').id})"
        panel.model.setCurrentIndex(panel.model.findData("u2"))
        assert options.value.parameters.model == "u2"
        panel.form.editors["count"].widget.setValue(7)
        assert options.value.parameters.model == "u2"
        panel.model.setCurrentIndex(0)
        assert options.value.parameters.model == ""

    def test_detectors_by_category_show_the_category(self, window, tmp_path) -> None:
        panel = window.detect
        window.studio.detecting.choose("structural-points")
        assert panel.category.isVisible()
        assert not panel.model.isVisible()
        assert panel.category.findData("stool") < 0
        import_model(ordered_model(tmp_path / "s.safetensors", "stool"))
        window.studio.models.changed.emit()
        assert panel.category.findData("stool") > 0

    def test_hand_crafted_ones_show_neither(self, window) -> None:
        window.studio.detecting.choose("iss")
        assert not window.detect.category.isVisible()
        assert not window.detect.model.isVisible()

    def test_the_chosen_model_detects(self, window, add, own, qtbot, settle) -> None:
        add()
        window.studio.detecting.choose("usip")
        window.detect.model.setCurrentIndex(window.detect.model.findData("u2"))
        window.studio.detecting.run()
        settle()
        assert window.studio.selected.value.detection.provenance.model == "u2"
