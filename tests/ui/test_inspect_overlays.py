"""The Overlays section of the Inspect panel, clicked in the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from kpstudio.app import operations
from kpstudio.data.shape import Shape
from kpstudio.ui.panels.inspect_overlays import OverlaySection, counted
from tests import noted
from tests.handled import box_mesh, handled_shape

LEFT = Qt.MouseButton.LeftButton


def noted_shape() -> Shape:
    mesh = box_mesh()
    return Shape(mesh).detected(noted.DETECTOR.detect(mesh))


@pytest.fixture
def section(window) -> OverlaySection:
    window.docks.raise_panel("inspect")
    window.resize(1300, 1000)
    return window.inspect.overlays


def click(box) -> None:
    QTest.mouseClick(box, LEFT, pos=QPoint(10, box.height() // 2))


def test_a_check_box_for_every_overlay(window, section, add, settle):
    item_id = add(noted_shape())
    assert section.isVisible()
    assert list(section.checks) == ["skeleton", "vertices"]
    shown = window.scene.gallery[item_id].overlays
    assert [box.isChecked() for box in section.checks.values()] == [True, False]
    assert set(shown.layers) == {"skeleton"}
    click(section.checks["vertices"])
    settle()
    assert set(shown.layers) == {"skeleton", "vertices"}
    click(section.checks["skeleton"])
    settle()
    assert set(shown.layers) == {"vertices"}
    assert "skeleton" not in window.studio.view.value.overlays
    assert "mirror plane" in window.studio.view.value.overlays


def test_options_from_elsewhere_are_followed(window, section, add):
    add(noted_shape())
    window.studio.view.update(overlays=("vertices",))
    assert [box.isChecked() for box in section.checks.values()] == [False, True]


def test_the_section_is_hidden_when_there_is_nothing_to_show(window, section, add):
    add(noted_shape())
    assert section.isVisible()
    add(handled_shape())
    assert not section.isVisible()
    assert not section.checks
    window.studio.selection.select_item(None)
    assert not section.isVisible()


def test_a_deformed_shape_says_where_they_are(window, section, add, settle):
    item_id = add(noted_shape())
    assert not section.hint.isVisible()
    shape = window.studio.selected.value
    window.studio.edits.set_detection(item_id, operations.with_handles(shape), "Detect")
    settle()
    window.studio.edits.nudge(item_id, (0,), np.array([0.1, 0.0, 0.0]))
    settle()
    assert section.hint.isVisible()
    assert window.scene.gallery[item_id].overlays.layers == {}
    window.studio.view.update(ghost=True)
    assert set(window.scene.gallery[item_id].overlays.layers) == {"skeleton"}
    window.studio.history.undo()
    assert not section.hint.isVisible()


def test_counts() -> None:
    skeleton, vertices = noted.DETECTOR.detect(box_mesh()).overlays
    assert counted(skeleton) == "11 lines"
    assert counted(vertices) == f"{len(box_mesh().vertices)} points"


def test_notes_and_what_sizes_mean(window, qtbot, add, monkeypatch):
    noted.install(monkeypatch)
    window.docks.raise_panel("detect")
    panel = window.detect
    add(noted_shape())
    assert panel.notes.isVisible()
    assert panel.notes.text() == noted.NOTE
    assert window.inspect.compare.sizes.isEnabled()
    assert "Noted points: loneliness" in window.inspect.compare.sizes.toolTip()
    add(handled_shape())
    assert not panel.notes.isVisible()
