"""The Views panel and detection in this view, in the real window."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from kpstudio.app import operations
from kpstudio.app.sights import HEATMAP, HEATMAPS, MAP, PICTURE, PLAIN
from kpstudio.data.shape import Shape
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.checkpoint import file_hash
from kpstudio.rendering.window import close_window
from tests.handled import box_mesh, handled_shape
from tests.networks import picture_model

LEFT = Qt.MouseButton.LeftButton
EMPTY = QPoint(3, 3)  #: a corner of a tile, where no keypoint is


@pytest.fixture(autouse=True)
def _no_rendering_left() -> Iterator[None]:
    """End the thread that renders views: it would stay for the next ones."""
    yield
    close_window()


@pytest.fixture
def _model(tmp_path, monkeypatch) -> None:
    """A KeypointNet of category "box" that nobody trained, installed."""
    path = picture_model(tmp_path / "models" / "kn.safetensors")
    register_model(Model("kn-box", "keypointnet", "box", "Box", path, file_hash(path)))
    monkeypatch.setenv("KPSTUDIO_MODELS", str(path.parent))


@pytest.fixture
def panel(_model, window):
    window.docks.raise_panel("views")
    window.resize(1300, 1000)
    window.studio.models.changed.emit()
    return window.views


@pytest.fixture
def seen_shape(_model) -> Shape:
    return operations.detect(Shape(box_mesh(), category="box"), "keypointnet", {"views": 6})


def spread(tile) -> None:
    """Move the dots of a tile apart: a network that nobody trained sees all of them in one place.

    What is tested is the window, not where they are.
    """
    count = len(tile.marks.places)
    places = np.column_stack([np.linspace(0.35, 0.65, count), np.full(count, 0.5)])
    tile.set_marks(dataclasses.replace(tile.marks, places=places))


class TestViews:
    def test_it_is_never_empty(self, panel, add, settle) -> None:
        assert "Open a shape" in panel.hint.text()
        add(Shape(box_mesh(), category="box"))
        settle()
        assert len(panel.views.tiles) == 8
        assert panel.source.currentData() == PLAIN
        assert panel.run.isVisible()
        assert panel.run.text() == "Look with KeypointNet"

    def test_one_click_from_there_to_what_a_detector_sees(self, window, panel, add, settle) -> None:
        add(Shape(box_mesh(), category="box"))
        settle()
        QTest.mouseClick(panel.run, LEFT)
        settle()
        assert panel.source.currentData() == "keypointnet"
        assert not panel.run.isVisible()
        assert not panel.hint.isVisible()
        layers = [panel.views.layer.itemData(i) for i in range(panel.views.layer.count())]
        assert {PICTURE, HEATMAP, HEATMAPS, MAP + "depth", MAP + "front"} <= set(layers)
        assert all(len(tile.marks.places) == 4 for tile in panel.views.tiles)

    def test_rendered_views_show_the_keypoints_of_any_detector(
        self, window, panel, add, settle
    ) -> None:
        add(handled_shape())
        settle()
        assert all(len(tile.marks.places) == 6 for tile in panel.views.tiles)
        window.studio.edits.nudge(window.studio.selected.id, (0,), np.array([0.2, 0.0, 0.0]))
        before = panel.views.tiles[0].sight
        settle()
        assert panel.views.tiles[0].sight is not before

    def test_a_dot_selects_its_keypoint_in_all_views(self, window, panel, add, settle) -> None:
        add(handled_shape())
        settle()
        first, second = panel.views.tiles[:2]
        names = window.studio.selected.value.keypoints.schema.names
        front, top = names.index("front"), names.index("top")
        QTest.mouseClick(first, LEFT, pos=first.place_of(front).toPoint())
        assert window.studio.selection.keypoints == (front,)
        assert second.chosen == (front,)
        QTest.mouseClick(second, LEFT, Qt.KeyboardModifier.ControlModifier,
                         second.place_of(top).toPoint())  # fmt: skip
        assert first.chosen == (front, top)
        window.studio.selection.select_keypoints(())
        assert first.chosen == second.chosen == ()
        QTest.mouseMove(first, first.place_of(front).toPoint())
        assert window.studio.selection.hovered == front
        assert first.describe(front).startswith("front\nconfidence 1.00")
        assert first.describe(-1).startswith("View 1 of 8: front, 20")

    def test_a_click_elsewhere_looks_from_there(self, window, panel, add, settle) -> None:
        add(handled_shape())
        settle()
        tile = panel.views.tiles[3]
        QTest.mouseClick(tile, LEFT, pos=EMPTY)
        assert not window.scene.is_drawn  # on its way
        settle()
        projection = window.scene.stage.projection
        assert np.allclose(projection.eye, tile.sight.camera.position)
        assert np.allclose(projection.forward, tile.sight.camera.forward)
        other = panel.views.tiles[5]
        other.setFocus()
        QTest.keyClick(other, Qt.Key.Key_Return)
        settle()
        assert np.allclose(window.scene.stage.projection.eye, other.sight.camera.position)

    def test_heatmaps_follow_the_selected_keypoint(
        self, window, panel, add, settle, seen_shape
    ) -> None:
        add(seen_shape)
        settle()
        views, tile = panel.views, panel.views.tiles[0]
        views.layer.setCurrentIndex(views.layer.findData(HEATMAP))
        assert views.low.text() == "Select a keypoint"
        assert not views.ramp.isVisible()
        window.studio.selection.select_keypoints((2,))
        peak = max(float(seen.heatmaps[2].max()) for seen in seen_shape.detection.sights)
        assert views.high.text() == f"{peak:.3g}"
        assert views.ramp.isVisible()
        assert "value" in tile.describe(2)
        views.layer.setCurrentIndex(views.layer.findData(MAP + "depth"))
        assert float(views.low.text()) > 1.0
        tile.grab()

    def test_space_steps_through_the_keypoints(self, window, panel, add, settle) -> None:
        add(handled_shape())
        settle()
        tile = panel.views.tiles[0]
        tile.setFocus()
        for _ in range(3):
            QTest.keyClick(tile, Qt.Key.Key_Space)
        assert window.studio.selection.keypoints == (2,)

    def test_views_of_a_detector_that_is_not_edited_select_nothing(
        self, window, panel, add, settle, seen_shape
    ) -> None:
        add(seen_shape.detected(handled_shape().detection))
        settle()
        assert panel.source.currentData() == "keypointnet"
        tile = panel.views.tiles[0]
        spread(tile)
        QTest.mouseClick(tile, LEFT, pos=tile.place_of(1).toPoint())
        assert window.studio.selection.keypoints == ()
        panel.source.setCurrentIndex(panel.source.findData(PLAIN))
        settle()
        assert len(panel.views.tiles) == 8

    def test_what_was_seen_before_an_edit_says_so(
        self, window, panel, add, settle, seen_shape
    ) -> None:
        item_id = add(operations.with_handles(seen_shape))
        settle()
        window.studio.edits.nudge(item_id, (0,), np.array([0.1, 0.0, 0.0]))
        settle()
        assert panel.hint.text() == "Seen before the shape was edited."

    def test_nothing_is_rendered_that_nobody_sees(self, window, panel, add, settle) -> None:
        window.docks.raise_panel("inspect")
        add(handled_shape())
        settle()
        assert panel.views.tiles == ()
        window.docks.raise_panel("views")
        settle()
        assert len(panel.views.tiles) == 8

    def test_a_picture_goes_to_the_clipboard(self, window, panel, add, settle, qapp) -> None:
        add(handled_shape())
        settle()
        tile = panel.views.tiles[0]
        copy = next(action for action in tile.actions() if action.text() == "Copy picture")
        copy.trigger()
        assert qapp.clipboard().image().size() == tile.image().size()


class TestThisView:
    def test_the_key_shows_what_is_seen_while_the_camera_turns(
        self, window, panel, add, settle, drag, qtbot
    ) -> None:
        window.docks.raise_panel("inspect")
        item_id = add(Shape(box_mesh(), category="box"))
        looks = []
        window.studio.looking.seen.connect(looks.append)
        QTest.keyClick(window, Qt.Key.Key_V)
        settle()
        assert not panel.live.visibleRegion().isEmpty()
        assert panel.live.on.isChecked()
        assert len(looks) == 1
        assert panel.live.picture.sight is looks[0].sight
        assert "a look" in panel.live.rate.text()
        rings = window.scene.gallery[item_id].seen.rings
        assert rings.actor.GetVisibility()
        drag(QPoint(30, 60), QPoint(160, 90), steps=10)
        settle()
        assert len(looks) >= 3
        forward = window.scene.stage.projection.forward
        middle = np.zeros(3) - looks[-1].sight.camera.position
        toward = np.zeros(3) - window.scene.stage.projection.eye
        cosine = middle @ toward / np.linalg.norm(middle) / np.linalg.norm(toward)
        assert cosine > 0.999999
        assert forward @ middle > 0.0
        QTest.keyClick(window, Qt.Key.Key_V)
        settle()
        assert looks[-1] is None
        assert not rings.actor.GetVisibility()
        assert not panel.live.picture.isVisible()

    def test_the_switch_and_the_boxes_do_the_same(self, window, panel, add, settle) -> None:
        add(Shape(box_mesh(), category="box"))
        settle()
        looking, live = window.studio.looking, panel.live
        QTest.mouseClick(live.on, LEFT, pos=QPoint(10, 8))
        settle()
        assert looking.options.value.this_view
        away = np.linalg.norm(live.picture.sight.camera.position)
        QTest.mouseClick(live.trained, LEFT, pos=QPoint(8, live.trained.height() // 2))
        settle()
        assert not looking.options.value.as_trained
        here = np.linalg.norm(live.picture.sight.camera.position)
        assert here == pytest.approx(np.linalg.norm(window.scene.stage.projection.eye))
        assert here != pytest.approx(away)

    def test_the_window_goes_on_while_a_detector_looks(
        self, window, panel, add, settle, qtbot
    ) -> None:
        add(Shape(box_mesh(), category="box"))
        settle()
        window.studio.looking.options.update(this_view=True)
        settle()
        status = window.status
        assert not status.bar.isVisible()
        for angle in range(8):
            window.scene.stage.camera.Azimuth(3.0)
            window.scene.render_now()
            qtbot.wait(30)
            assert not status.bar.isVisible(), angle

    def test_without_a_model_it_says_what_to_do(self, window, add, settle, monkeypatch, tmp_path):
        monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path / "none"))
        window.studio.models.changed.emit()
        window.docks.raise_panel("views")
        add(Shape(box_mesh(), category="box"))
        settle()
        assert not window.views.live.on.isEnabled()
        assert "train one" in window.views.hint.text()
        assert not window.views.run.isVisible()
