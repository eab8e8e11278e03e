from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from kpstudio.data.shape import Shape
from kpstudio.ui.panels.inspect_compare import CompareSection
from kpstudio.ui.panels.inspect_descriptors import DescriptorSection
from tests.described import NAME, compared_shape, corner_detection
from tests.handled import box_mesh, detection, handled_shape

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def compare(qtbot, window) -> CompareSection:
    section = CompareSection(window.studio, window.themes)
    qtbot.addWidget(section)
    section.resize(380, 320)
    section.show()
    return section


@pytest.fixture
def descriptors(qtbot, window) -> DescriptorSection:
    section = DescriptorSection(window.studio)
    qtbot.addWidget(section)
    section.resize(380, 200)
    section.show()
    return section


@pytest.fixture
def screen(window):
    """Return where a point of the world is in the viewport, logical pixels."""

    def find(point: np.ndarray) -> QPoint:
        stage, ratio = window.scene.stage, window.viewport.devicePixelRatioF()
        x, y = stage.projection.to_screen(point)[0]
        return QPoint(round(x / ratio), round((stage.size[1] - 1 - y) / ratio))

    return find


def click(widget) -> None:
    QTest.mouseClick(widget, LEFT)


def test_rows_edit_remove_and_undo(window, add, settle, compare) -> None:
    add(compared_shape())
    assert [row.compared.detector for row in compare.rows] == ["keypoint-deformer", "iss"]
    assert compare.rows[0].figures.text() == "6 keypoints, being edited"
    assert compare.rows[1].figures.text() == "0 of 8 agree"
    assert not compare.rows[0].remove.isVisible()
    click(compare.rows[1].edit)
    settle()
    assert window.studio.selected.value.detection.provenance.detector == "iss"
    assert [row.compared.detector for row in compare.rows] == ["iss", "keypoint-deformer"]
    click(compare.rows[1].remove)
    assert window.studio.selected.value.others == ()
    assert len(compare.rows) == 1
    window.studio.history.undo()
    window.studio.history.undo()
    settle()
    assert [row.compared.detector for row in compare.rows] == ["keypoint-deformer", "iss"]


def test_switch_eye_and_radius_change_what_is_drawn(window, add, settle, compare) -> None:
    item_id = add(compared_shape())
    shown = window.scene.gallery[item_id].others
    QTest.mouseClick(compare.overlay, LEFT, pos=QPoint(10, 10))
    settle()
    assert list(shown.shown) == ["iss"]
    assert len(window.scene.gallery.legend.texts) == 2
    click(compare.rows[1].eye)
    assert shown.shown == {}
    click(compare.rows[1].eye)
    assert list(shown.shown) == ["iss"]
    before = window.scene.gallery.legend.texts
    end = QPoint(compare.radius.width() - 9, compare.radius.height() // 2)
    QTest.mouseClick(compare.radius, LEFT, pos=end)
    assert window.studio.view.value.agreement_radius == pytest.approx(0.1, abs=0.004)
    assert window.scene.gallery.legend.texts != before
    QTest.mouseClick(compare.sizes, LEFT, pos=QPoint(10, 10))
    assert window.studio.view.value.sizes


def test_another_detector_runs_and_is_compared(window, add, settle, compare) -> None:
    mesh = box_mesh()
    add(Shape(mesh).detected(detection(mesh)))
    menu = compare.detectors_menu()
    titles = [action.text() for action in menu.actions()]
    menu.close()
    assert "Farthest points" in titles
    compare.run("farthest-points")
    settle()
    found = [row.compared.detector for row in compare.rows]
    assert found == ["farthest-points", "keypoint-deformer"]
    assert window.studio.view.value.compare


def test_without_a_shape_there_is_nothing_to_compare(window, compare, descriptors) -> None:
    assert compare.rows == []
    assert not compare.more.isEnabled()
    assert not descriptors.choice.isEnabled()


def test_a_probe_where_nothing_compares_is_explained(window, add, settle, descriptors) -> None:
    bare = add(handled_shape())
    add(compared_shape())
    click(list(descriptors.buttons.values())[1])  # distance
    window.studio.descriptors.probe(bare, 0)
    settle()
    assert "nothing to compare" in descriptors.info.text()


def test_a_click_on_one_shape_colours_both(
    window, add, settle, descriptors, screen, drag, qtbot
) -> None:
    first = add(compared_shape())
    mesh = box_mesh((2.0, 1.0, 1.5))
    moved = mesh.moved(mesh.vertices + [3.0, 0.0, 0.0])
    second = add(Shape(moved).detected(corner_detection(moved)).detected(detection(moved)))
    window.scene.fit()
    click(descriptors.buttons[next(iter(descriptors.buttons))])  # colours
    settle()
    for item_id in (first, second):
        assert window.scene.gallery[item_id].field.colors is not None
    click(list(descriptors.buttons.values())[1])  # distance
    settle()
    assert descriptors.info.text() == "Click a point of a shape to probe it."
    assert window.scene.gallery[second].field is None
    window.studio.view.update(keypoints=False)
    settle()

    shape = window.studio.document.find(first).value
    view = window.scene.stage.projection
    facing = shape.mesh.vertices[(shape.mesh.vertices @ view.forward).argmin()]
    inside = facing + 0.02 * (shape.mesh.bounds.mean(axis=0) - facing)
    QTest.mouseClick(window.viewport, LEFT, pos=screen(inside))
    settle()
    probe = window.studio.descriptors.state.value.probe
    assert probe is not None
    assert probe.item_id == first
    np.testing.assert_array_equal(shape.mesh.vertices[probe.vertex], facing)
    assert window.studio.selection.item_id == second
    for item_id in (first, second):
        field = window.scene.gallery[item_id].field
        assert field.values[probe.vertex] == 0.0  # boxes alike
        assert field.scale.high == pytest.approx(window.scene.gallery[first].field.scale.high)
    assert f"vertex {probe.vertex:,}" in descriptors.info.text()

    before = window.scene.stage.camera.GetPosition()
    start = screen(facing)
    drag(start, start + QPoint(0, 30), release=False)
    settle()
    assert window.studio.descriptors.state.value.probe.vertex != probe.vertex  # live
    QTest.mouseRelease(window.viewport, LEFT, pos=start + QPoint(0, 30))
    assert window.scene.stage.camera.GetPosition() == before

    empty = QPoint(12, window.viewport.height() // 2)
    kept = window.studio.descriptors.state.value.probe
    drag(empty, empty + QPoint(60, 0))
    assert window.scene.stage.camera.GetPosition() != before  # a drag still orbits
    assert window.studio.descriptors.state.value.probe == kept
    click(list(descriptors.buttons.values())[1])
    assert window.studio.view.value.shown_field == ""
    assert NAME in descriptors.choice.currentText()
