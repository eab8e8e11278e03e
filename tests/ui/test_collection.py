"""Tools > Collection, as a person uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLineEdit

from kpstudio.app.collection.labelling import MatchBy
from kpstudio.rendering.window import close_window
from kpstudio.ui.collection_dialog import CollectionDialog
from tests.boxes import box_folder

SECONDS = 60_000
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def _no_rendering_left() -> Iterator[None]:
    """End the thread that renders pictures: it would stay for the next ones."""
    yield
    close_window()


@pytest.fixture
def dialog(window, qtbot):
    window.commands.run("tools.collection")
    found = window.findChild(CollectionDialog)
    qtbot.waitExposed(found)
    yield found
    for one in window.findChildren(CollectionDialog):
        if one.isVisible():
            one.close()


@pytest.fixture
def boxes(dialog, qtbot, settle, tmp_path: Path):
    """The dialog with a folder of six boxes open, the last of which is odd."""
    folder = box_folder(tmp_path / "boxes", 6, wild=5)
    qtbot.keyClicks(dialog.folder.line, str(folder))
    qtbot.keyClick(dialog.folder.line, Qt.Key.Key_Return)
    settle()
    return dialog


@pytest.fixture
def matched(boxes, qtbot, settle):
    boxes.tabs.setCurrentWidget(boxes.labels)
    boxes.labels.by.select_data(MatchBy.ORDER)
    qtbot.mouseClick(boxes.labels.match_button, LEFT)
    settle()
    return boxes


def names(dialog) -> list[str]:
    return [entry.name for entry in dialog.shapes.grid.entries.entries]


def test_a_folder_becomes_a_grid_of_pictures(window, boxes, settle) -> None:
    assert names(boxes) == [f"box{i}.off" for i in range(6)]
    settle()
    collection, pictures = window.studio.collecting.collection, window.studio.collecting.pictures
    ground = boxes.shapes.grid.grab().toImage()
    first, pose = collection.entries[0], collection.orientation
    assert pictures.get(first, pose, _background(window)) is not None
    colors = {ground.pixelColor(x, y).name() for x in range(0, ground.width(), 7)
              for y in range(0, ground.height(), 7)}  # fmt: skip
    assert len(colors) > 30
    assert "6 of 6" in boxes.shapes.count.text()


def _background(window) -> tuple[int, int, int]:
    color = window.themes.current.color("input")
    return color.red(), color.green(), color.blue()


def test_the_filter_narrows_the_grid(boxes, qtbot) -> None:
    qtbot.keyClicks(boxes.shapes.text, "box4")
    assert names(boxes) == ["box4.off"]
    boxes.shapes.text.clear()
    assert len(names(boxes)) == 6


def test_matching_names_labels_and_shows_who_is_odd(matched, qtbot) -> None:
    labels = matched.labels
    assert [labels.table.item(row, 0).text() for row in range(6)] == [
        "left", "right", "top", "bottom", "front", "back"
    ]  # fmt: skip
    assert labels.after.values.shape == (6, 6)
    assert "Cycle error 0.000" in labels.caption.text()
    beside = QPointF(labels.after.width() / 2.0 + 60.0, labels.after.height() / 2.0 - 60.0)
    assert labels.after.text_at(beside).endswith(": 100 %")
    assert names(matched)[0] == "box5.off"
    assert matched.windowTitle().endswith("*")


def test_a_label_is_named_once_for_all_shapes(window, matched, qtbot, settle) -> None:
    table = matched.labels.table
    table.editItem(table.item(2, 0))
    editor = table.findChild(QLineEdit)
    qtbot.keyClicks(editor, "lid")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    collecting = window.studio.collecting
    qtbot.waitUntil(lambda: collecting.collection.labelling.names[2] == "lid", timeout=SECONDS)
    assert table.item(2, 0).text() == "lid"
    assert matched.shapes.label.findText("lid") > 0
    qtbot.mouseClick(matched.save_button, LEFT)
    settle()
    assert (collecting.collection.folder.parent / "boxes.collection.json").exists()
    assert not matched.windowTitle().endswith("*")


def test_a_double_click_opens_the_shape_with_its_prior(window, matched, qtbot, settle) -> None:
    matched.tabs.setCurrentWidget(matched.shapes)
    grid = matched.shapes.grid
    row = names(matched).index("box2.off")
    place = grid.visualRect(grid.entries.index(row)).center()
    qtbot.mouseClick(grid.viewport(), LEFT, NONE, place)
    assert grid.chosen == ("box2.off",)
    qtbot.mouseDClick(grid.viewport(), LEFT, NONE, place)
    qtbot.waitUntil(lambda: len(window.studio.document) == 1, timeout=SECONDS)
    settle()
    shape = window.studio.selected.value
    assert shape.keypoints.schema.names == ("left", "right", "top", "bottom", "front", "back")
    assert shape.detection.handling.prior is not None


def test_detection_on_all_and_on_some(window, boxes, qtbot, settle) -> None:
    shapes = boxes.shapes
    shapes.detector.setCurrentIndex(shapes.detector.findData("farthest-points"))
    qtbot.mouseClick(shapes.all_button, LEFT)
    assert boxes.cancel_button.isEnabled()
    assert boxes.bar.isVisible()
    settle()
    entries = window.studio.collecting.collection.entries
    assert {entry.source for entry in entries} == {"farthest-points"}
    assert not shapes.some_button.isEnabled()
    shapes.grid.choose("box1.off")
    assert shapes.some_button.isEnabled()
    shapes.form.editors["count"].widget.setValue(3)
    qtbot.mouseClick(shapes.some_button, LEFT)
    settle()
    counts = [len(entry.candidates) for entry in window.studio.collecting.collection.entries]
    assert counts[1] == 3
    assert counts.count(3) == 1
    assert shapes.grid.chosen == ("box1.off",)


def test_work_can_be_cancelled(window, boxes, qtbot) -> None:
    before = window.studio.collecting.collection
    qtbot.mouseClick(boxes.shapes.all_button, LEFT)
    qtbot.mouseClick(boxes.cancel_button, LEFT)
    assert not boxes.cancel_button.isEnabled()
    assert window.studio.collecting.collection is before


def test_the_mesh_follows_what_is_dragged(matched, qtbot, settle) -> None:
    matched.tabs.setCurrentWidget(matched.space)
    space = matched.space
    settle()
    qtbot.waitUntil(lambda: space.view.is_drawn and space.view.view.has_picture, timeout=SECONDS)
    before = space.view.view.grab().toImage()
    scatter = space.scatter
    start, stop = scatter.place(0.0, 0.0).toPoint(), scatter.place(2.0, 0.0).toPoint()
    QTest.mousePress(scatter, LEFT, NONE, start)
    QTest.mouseMove(scatter, stop)
    QTest.mouseRelease(scatter, LEFT, NONE, stop)
    assert space.values[0] == pytest.approx(2.0, abs=0.2)
    assert space.sliders.sliders[0].value == pytest.approx(space.values[0])
    qtbot.waitUntil(lambda: space.view.is_drawn, timeout=SECONDS)
    assert space.view.view.grab().toImage() != before
    qtbot.mouseClick(space.mean_button, LEFT)
    assert (space.values == 0.0).all()


def test_a_click_on_a_point_shows_that_shape(window, matched, qtbot, settle) -> None:
    matched.tabs.setCurrentWidget(matched.space)
    space, known = matched.space, window.studio.collecting.space
    settle()
    qtbot.mouseClick(space.mean_button, LEFT)
    row = int(np.abs(known.coefficients[:, 0]).argmax())
    place = space.scatter.place(*known.coefficients[row, :2]).toPoint()
    qtbot.mouseClick(space.scatter, LEFT, NONE, place)
    assert space.shape.currentText() == known.shapes[row]
    np.testing.assert_allclose(space.values, known.coefficients[row])
    settle()
    assert space.bars.shares.sum() <= 1.0 + 1e-9
    qtbot.mouseClick(space.bars, LEFT, NONE, space.bars.bar(1).center().toPoint())
    assert space.across.currentData() == 1


def test_a_mode_swings_until_it_is_stopped(matched, qtbot, settle) -> None:
    matched.tabs.setCurrentWidget(matched.space)
    space = matched.space
    qtbot.mouseClick(space.animate_button, LEFT)
    qtbot.waitUntil(lambda: abs(space.values[0]) > 0.5, timeout=SECONDS)
    qtbot.mouseClick(space.animate_button, LEFT)
    still = space.values.copy()
    qtbot.wait(150)
    np.testing.assert_array_equal(space.values, still)


def test_the_collection_is_there_again_when_the_dialog_opens(window, matched, qtbot) -> None:
    matched.close()
    window.commands.run("tools.collection")
    (again,) = [d for d in window.findChildren(CollectionDialog) if d.isVisible()]
    assert len(names(again)) == 6
    assert again.labels.table.rowCount() == 6


def test_a_turned_shape_is_seen_from_another_side(matched, qtbot, settle) -> None:
    matched.tabs.setCurrentWidget(matched.space)
    view = matched.space.view
    settle()
    qtbot.waitUntil(lambda: view.is_drawn and view.view.has_picture, timeout=SECONDS)
    before = view.view.grab().toImage()
    middle = view.view.rect().center()
    QTest.mousePress(view.view, LEFT, NONE, middle)
    QTest.mouseMove(view.view, middle + QPoint(60, 20))
    QTest.mouseRelease(view.view, LEFT, NONE, middle + QPoint(60, 20))
    qtbot.waitUntil(lambda: view.is_drawn, timeout=SECONDS)
    assert view.view.grab().toImage() != before


def test_the_dialog_follows_the_theme(window, boxes, settle) -> None:
    before = boxes.shapes.grid.grab().toImage()
    window.themes.switch()
    settle()
    boxes.shapes.grid.grab()
    settle()
    assert boxes.shapes.grid.grab().toImage() != before
    window.themes.switch()


def test_what_goes_wrong_is_told_in_the_dialog(dialog, qtbot, settle, tmp_path: Path) -> None:
    qtbot.keyClicks(dialog.folder.line, str(tmp_path / "nowhere"))
    qtbot.mouseClick(dialog.open_button, LEFT)
    settle()
    assert "is not a folder" in dialog.step.text()


def test_it_fits_a_small_screen(dialog) -> None:
    smallest = dialog.minimumSizeHint()
    assert smallest.width() <= 984
    assert smallest.height() <= 620
