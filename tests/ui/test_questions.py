from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtWidgets import QDialog, QFileDialog, QMessageBox

from kpstudio.ui.questions import ScreenshotDialog, with_known_suffix

FILTERS = "PLY (*.ply);;Slicer markups (*.mrk.json);;OBJ (*.obj)"


@pytest.mark.parametrize(
    ("name", "chosen", "wanted"),
    [
        ("wing.ply", "PLY (*.ply)", "wing.ply"),
        ("wing.OBJ", "PLY (*.ply)", "wing.OBJ"),  # the name says more than the filter
        ("wing", "OBJ (*.obj)", "wing.obj"),
        ("A318.v2", "PLY (*.ply)", "A318.v2.ply"),
        ("wing", "Slicer markups (*.mrk.json)", "wing.mrk.json"),
        ("wing.mrk.json", "PLY (*.ply)", "wing.mrk.json"),
        ("wing", "", "wing.ply"),
    ],
)
def test_a_name_gets_the_suffix_of_its_filter(name, chosen, wanted):
    assert with_known_suffix(Path(name), FILTERS, chosen) == Path(wanted)


@pytest.fixture
def typed(monkeypatch):
    def will_be(name: str, chosen: str = "PLY (*.ply)") -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (name, chosen))

    return will_be


def save(window) -> Path | None:
    return window.ask_save("Export", FILTERS, Path("wing.ply"))


def test_a_file_the_dialog_did_not_ask_about_is_not_replaced_unasked(
    window, typed, tmp_path, monkeypatch
):
    (tmp_path / "wing.ply").touch()
    typed(str(tmp_path / "wing"))
    button = QMessageBox.StandardButton
    monkeypatch.setattr(QMessageBox, "question", lambda *_: button.No)
    assert save(window) is None
    monkeypatch.setattr(QMessageBox, "question", lambda *_: button.Yes)
    assert save(window) == tmp_path / "wing.ply"


def test_the_folder_is_remembered(window, typed, tmp_path):
    typed(str(tmp_path / "wing.ply"))
    assert save(window) == tmp_path / "wing.ply"
    assert window.studio.settings.get("folder", "") == str(tmp_path)
    typed("")
    assert save(window) is None


def test_a_screenshot_has_the_size_of_the_preset_or_a_typed_one(window, add, settle, tmp_path):
    dialog = ScreenshotDialog(window, (640, 480))
    assert dialog.size_chosen == (640, 480)
    dialog.preset.setCurrentIndex(dialog.preset.findText("Full HD"))
    assert dialog.size_chosen == (1920, 1080)
    dialog.width_box.setValue(320)
    dialog.height_box.setValue(200)
    assert dialog.size_chosen == (320, 200)
    dialog.deleteLater()
    add()
    path = tmp_path / "view.png"
    window.save_screenshot(path, (320, 200))
    assert path.is_file()


def test_the_keyboard_table_and_the_credits_open(window, qtbot):
    window.show_shortcuts()
    window.show_about()
    dialogs = [w for w in window.children() if isinstance(w, QDialog) and w.isVisible()]
    assert len(dialogs) == 2
    for dialog in dialogs:
        dialog.close()
    qtbot.waitUntil(lambda: not any(isinstance(w, QDialog) for w in window.children()))
