"""Photos and poses between views, in the real window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QInputDialog

from kpstudio.app import operations
from kpstudio.data.shape import Shape
from kpstudio.io.pictures import save_picture
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.checkpoint import file_hash
from kpstudio.rendering.window import close_window
from kpstudio.ui import questions
from tests import untrained
from tests.handled import box_mesh, handled_shape
from tests.networks import picture_model

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
CORNER = QPoint(5, 5)  #: of a tile, where no keypoint is


@pytest.fixture(autouse=True)
def _no_rendering_left() -> Iterator[None]:
    """End the thread that renders views: it would stay for the next ones."""
    yield
    close_window()


@pytest.fixture(autouse=True)
def _model(tmp_path, monkeypatch) -> None:
    """A KeypointNet of category "box" that nobody trained, installed."""
    install(tmp_path / "models", "box")
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path / "models"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    noise = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    save_picture(path, np.kron(noise, np.ones((8, 8, 1), np.uint8)))
    return path


def install(folder: Path, category: str) -> None:
    path = picture_model(folder / f"{category}.safetensors", category, prior=untrained.some_prior())
    register_model(Model(category, "keypointnet", category, category, path, file_hash(path)))


def drop(window, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, held = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(500, 300), copy, data, LEFT, held))
    QApplication.sendEvent(window, QDropEvent(QPointF(500, 300), copy, data, LEFT, held))


def test_from_a_dropped_photo_to_a_shape_in_its_pose(
    window, add, settle, drag, photo, notices
) -> None:
    item_id = add(operations.detect(Shape(box_mesh(), category="box"), "keypointnet"))
    section = window.views.photo
    drop(window, photo)
    settle()
    assert not section.visibleRegion().isEmpty()
    assert section.category.currentData() == "box"
    assert "Azimuth" in section.pose.text()
    assert "trained on renderings" in section.notes.text()
    assert notices == []
    marks = section.picture.marks.places
    assert np.allclose(marks, window.studio.looking.photo.pixels / 384 + (0.0, 64 / 384))
    QTest.mouseClick(section.place, LEFT)
    settle()
    backdrop = window.scene.panes.hand.backdrop
    camera = window.studio.looking.camera_of_photo(item_id)
    assert backdrop.photograph is not None
    assert np.allclose(window.scene.stage.projection.eye, camera.position)
    window.resize(1000, 900)  # it is fitted in again
    settle()
    view, points = window.scene.stage.projection, box_mesh().vertices
    width, height = view.size
    factor = min(width / 384, height / 256)
    seen = (view.to_screen(points) - (width / 2, height / 2)) * (1, -1) / factor + (192, 128)
    assert np.allclose(seen, camera.project(points)[0], atol=0.5)
    assert backdrop.photograph is not None
    steps = len(window.studio.history.labels)
    QTest.mouseClick(section.fit, LEFT)
    settle()
    assert len(window.studio.history.labels) == steps + 1
    assert window.studio.selected.value.is_deformed
    assert backdrop.photograph is not None
    drag(QPoint(30, 60), QPoint(160, 90))
    settle()
    assert backdrop.photograph is None
    QTest.mouseClick(section.close_button, LEFT)
    settle()
    assert window.studio.looking.photo is None
    assert not section.isVisible()


def test_what_a_photo_shows_is_asked_only_where_it_is_not_known(
    window, add, settle, photo, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(questions, "ask_open", lambda *_: [photo])
    window.commands.run("file.open_photo")  # there is one category only
    settle()
    section = window.views.photo
    assert section.category.currentData() == "box"
    assert not section.place.isEnabled()
    install(tmp_path / "models", "chair")
    asked = []

    def answer() -> None:
        dialog = window.findChild(QInputDialog)
        asked.append(dialog.comboBoxItems())
        dialog.setTextValue("Chair")
        dialog.accept()

    QTimer.singleShot(0, answer)
    window.commands.run("file.open_photo")
    settle()
    assert asked == [["Box", "Chair"]]
    assert section.category.currentData() == "chair"
    add(handled_shape())
    assert section.place.isEnabled()
    assert not section.fit.isEnabled()
    section.category.setCurrentIndex(section.category.findData("box"))
    settle()
    assert window.studio.looking.photo.model == "box"


def test_two_picked_views_tell_how_the_shape_is_turned(window, add, settle, photo) -> None:
    window.docks.raise_panel("views")
    window.resize(1300, 1000)
    add(handled_shape())
    settle()
    views, line = window.views.views, window.views.pair.line
    first, second, third = views.tiles[:3]
    QTest.mouseClick(first, LEFT, CTRL, CORNER)
    assert line.text().startswith("Ctrl+click another view")
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Return, CTRL)
    assert (first.badge, second.badge) == ("1", "2")
    # Neighbours on a ring of eight, seen from 20 degrees above.
    assert "0.0\N{DEGREE SIGN} off the true 45.0\N{DEGREE SIGN}" in line.text()
    QTest.mouseClick(third, LEFT, CTRL, CORNER)
    assert (first.badge, second.badge, third.badge) == ("", "1", "2")
    window.open([photo])
    settle()
    QTest.mouseClick(window.views.photo.picture, LEFT, CTRL, CORNER)
    assert line.text() == "The two views have keypoints of different models."
    QTest.mouseClick(third, LEFT, CTRL, CORNER)
    QTest.mouseClick(window.views.photo.picture, LEFT, CTRL, CORNER)
    assert not line.isVisible()
