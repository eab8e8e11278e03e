"""A detector of another package in the Detect panel: its form, its result, or why there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from kpstudio.app.inspecting import fields_of
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.ui.panels.detect import DetectPanel
from tests import plugins
from tests.handled import box_mesh


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two packages with a detector each, one of them broken."""
    site = tmp_path / "site"
    plugins.install_package(site)
    plugins.install_broken(site)
    monkeypatch.syspath_prepend(site)
    registry._table.cache_clear()
    yield
    registry._table.cache_clear()
    sys.modules.pop("kpstudio_extremes", None)


@pytest.fixture
def panel(installed, window) -> DetectPanel:
    return window.detect


def test_it_can_be_chosen_set_and_run(panel, window, add, settle):
    item_id = add(Shape(box_mesh()))
    panel.detector.setCurrentIndex(panel.detector.findData("extremes"))
    assert panel.detector.currentText() == "Extremes"
    assert panel.summary.text() == "Where a shape ends along its axes."
    assert list(panel.form.editors) == ["axes", "margin"]
    axes = panel.form.editors["axes"].widget
    assert [axes.itemText(row) for row in range(axes.count())] == ["All", "X", "Y", "Z"]
    axes.setCurrentIndex(2)
    QTest.mouseClick(panel.run, Qt.MouseButton.LeftButton)
    settle()
    found = window.studio.document.find(item_id).value
    assert found.keypoints.schema.names == ("bottom", "top")
    assert panel.result.text().startswith("Extremes, 2 keypoints")
    assert "Along y" in {choice.title for choice in fields_of(found)}


def test_a_broken_one_is_grey_and_shows_its_traceback(panel):
    row = panel.detector.findData("broken")
    assert not panel.detector.model().item(row).isEnabled()
    shown = panel.detector.itemData(row, Qt.ItemDataRole.ToolTipRole)
    assert shown.startswith("Traceback")
    assert "RuntimeError: its library is missing" in shown
