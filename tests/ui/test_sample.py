"""The main job on the bundled airplane, as a person does it first."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest


@pytest.mark.slow
def test_open_detect_drag_undo(window, qtbot, settle, drag, where):
    studio = window.studio
    window.commands.run("file.sample.airplane")
    settle()
    window.detect.category.setCurrentIndex(window.detect.category.findData("airplane"))
    QTest.mouseClick(window.detect.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.selected.value.detection is not None, timeout=60_000)
    settle()
    shape = studio.selected.value
    assert shape.detection.provenance.model.startswith("keypoint-deformer-airplane")
    assert window.keypoints.model.rowCount() == len(shape.keypoints)
    assert window.prior.sample.isEnabled()
    item_id = studio.selected.id
    window.look_from("top")
    settle()
    # The keypoint farthest out in x is a wing tip in plain sight.
    tip = int(shape.keypoints.positions[:, 0].argmax())
    start = where(item_id, tip)
    drag(start, start + QPoint(0, 25))
    settle()
    edited = studio.selected.value
    assert edited.is_deformed
    assert np.abs(edited.current.vertices - shape.mesh.vertices).max() > 0.01 * shape.mesh.diagonal
    studio.history.undo()
    assert studio.selected.value.current is shape.mesh
