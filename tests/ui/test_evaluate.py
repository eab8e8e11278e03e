"""Tools > Evaluate, as a person uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QDesktopServices

from kpstudio.io.registry import save_mesh
from kpstudio.ui.evaluate_dialog import EvaluateDialog
from tests import shapes

SECONDS = 60_000


@pytest.fixture
def dialog(window, qtbot):
    window.commands.run("tools.evaluate")
    found = window.findChild(EvaluateDialog)
    qtbot.waitExposed(found)
    for box in (found.form.detectors, found.form.disturbances):
        for row in range(box.count()):
            box.item(row).setCheckState(Qt.CheckState.Unchecked)
    tick(found.form.detectors, "iss")
    tick(found.form.disturbances, "rigid")
    yield found
    found.close()


def tick(box, name) -> None:
    for row in range(box.count()):
        if box.item(row).data(Qt.ItemDataRole.UserRole) == name:
            box.item(row).setCheckState(Qt.CheckState.Checked)


def press(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / "meshes"
    path.mkdir()
    save_mesh(path / "torus.ply", shapes.torus())
    return path


def test_a_run_fills_the_table_and_the_report_opens(
    window, dialog, qtbot, folder, monkeypatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True
    )
    qtbot.keyClicks(dialog.form.folder.line, str(folder))
    dialog.form.count.setValue(6)
    press(qtbot, dialog.run_button)
    assert not dialog.run_button.isEnabled()
    assert dialog.bar.isVisible()
    qtbot.waitUntil(dialog.run_button.isEnabled, timeout=SECONDS)
    assert [dialog.table.item(row, 0).text() for row in range(3)] == [
        "ISS", "Random points (baseline)", "Farthest points (baseline)"
    ]  # fmt: skip
    assert dialog.table.horizontalHeaderItem(2).text() == "Rigid motion"
    assert "seed 0" in dialog.caption.text()
    with qtbot.waitSignal(dialog.report_written, timeout=SECONDS):
        press(qtbot, dialog.report_button)
    text = Path(opened[0]).read_text("utf-8")
    assert text.count("data:image/png;base64,") == 3
    assert "torus" in text


def test_the_shapes_that_are_open_are_the_default(window, add, dialog, qtbot) -> None:
    add()
    press(qtbot, dialog.run_button)
    qtbot.waitUntil(dialog.run_button.isEnabled, timeout=SECONDS)
    (shape,) = window.studio.evaluating.finished.evaluation.shapes
    assert shape.name == next(iter(window.studio.document)).name


def test_a_run_can_be_cancelled(window, dialog, qtbot, folder) -> None:
    for index in range(30):
        save_mesh(folder / f"ball{index}.ply", shapes.icosphere(3, 1.0 + index))
    qtbot.keyClicks(dialog.form.folder.line, str(folder))
    press(qtbot, dialog.run_button)
    press(qtbot, dialog.cancel_button)
    assert dialog.run_button.isEnabled()
    assert window.studio.jobs.idle
    assert window.studio.evaluating.finished is None


def test_nothing_chosen_is_told(dialog, notices, qtbot) -> None:
    press(qtbot, dialog.run_button)
    qtbot.waitUntil(lambda: bool(notices), timeout=SECONDS)
    assert "no shape is open" in notices[0].text
    assert dialog.run_button.isEnabled()


def test_there_is_one_dialog_and_it_comes_back(window, dialog) -> None:
    window.commands.run("tools.evaluate")
    assert window.findChildren(EvaluateDialog) == [dialog]


def test_it_fits_a_small_screen(dialog) -> None:
    smallest = dialog.minimumSizeHint()
    assert smallest.width() <= 984
    assert smallest.height() <= 620
