"""Panels, each driven by the mouse and the keyboard."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLineEdit, QWidget

from kpstudio.app.options import EditMode, Shading
from kpstudio.base.errors import PluginError
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.geometry.orientation import Orientation
from kpstudio.ui.panels.detect import DetectPanel
from kpstudio.ui.panels.keypoint_model import CONFIDENCE, LABEL, LOCK, X
from kpstudio.ui.panels.scene_tree import EYE, NAME
from tests.handled import LEFT, TOP, box_mesh, handled_shape

LEFT_BUTTON = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
FARTHEST = "farthest-points"


def click(widget: QWidget, place: QPoint | None = None, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.mouseClick(widget, LEFT_BUTTON, modifier, place or widget.rect().center())


def type_into(window, view, place: QPoint, text: str) -> None:
    """Double-click a cell, replace its text, press Enter."""
    QTest.mouseClick(view.viewport(), LEFT_BUTTON, pos=place)
    QTest.mouseDClick(view.viewport(), LEFT_BUTTON, pos=place)
    editor = view.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()  # the delegate commits a little later


@pytest.fixture
def item_id(add):
    return add()


def item_of(window, item_id):
    return window.studio.document.find(item_id)


class TestSceneTree:
    @pytest.fixture
    def tree(self, window):
        return window.tree.tree

    def place(self, tree, row, column) -> QPoint:
        return (
            QRect(tree.visualItemRect(row)).center()
            if column == NAME
            else QPoint(
                tree.columnViewportPosition(EYE) + tree.columnWidth(EYE) // 2,
                tree.visualItemRect(row).center().y(),
            )
        )

    def test_rename_in_place(self, window, tree, item_id):
        row = window.tree.row(item_id)
        type_into(window, tree, self.place(tree, row, NAME), "wdg5")
        assert item_of(window, item_id).name == "wdg5"
        assert not window.studio.view.value.edges  # W is no shortcut in an editor
        window.studio.history.undo()
        assert row.text(NAME) == "box"

    def test_an_empty_name_is_refused(self, window, tree, item_id):
        row = window.tree.row(item_id)
        type_into(window, tree, self.place(tree, row, NAME), " ")
        assert item_of(window, item_id).name == "box"
        assert row.text(NAME) == "box"

    def test_the_eye_hides_and_undo_shows(self, window, tree, item_id):
        row = window.tree.row(item_id)
        click(tree.viewport(), self.place(tree, row, EYE))
        assert not item_of(window, item_id).visible
        window.studio.history.undo()
        assert item_of(window, item_id).visible

    def test_the_eye_of_another_shape_leaves_the_selection(self, window, tree, add, item_id):
        other = add()
        place = self.place(tree, window.tree.row(item_id), EYE)
        click(tree.viewport(), place)
        assert not item_of(window, item_id).visible
        assert window.studio.selection.item_id == other
        QTest.mouseDClick(tree.viewport(), LEFT_BUTTON, pos=place)
        assert item_of(window, item_id).visible
        assert window.studio.selection.item_id == other

    def test_delete_and_undo(self, window, tree, item_id, settle):
        other = window.studio.document.find(item_id)
        tree.setFocus()
        QTest.keyClick(tree, Qt.Key.Key_Delete)
        settle()
        assert len(window.studio.document) == 0
        assert tree.topLevelItemCount() == 0
        assert window.area.empty.isVisible()
        window.studio.history.undo()
        assert item_of(window, item_id) is other
        assert tree.topLevelItemCount() == 1

    def test_selection_goes_both_ways(self, window, tree, add):
        first, second = add(), add(handled_shape((1.0, 1.0, 1.0)))
        click(tree.viewport(), self.place(tree, window.tree.row(first), NAME))
        assert window.studio.selection.item_id == first
        window.studio.selection.select_item(second)
        assert tree.currentItem() is window.tree.row(second)

    def test_rows_keep_the_order_of_the_document(self, window, tree, add):
        first, second = add(), add(handled_shape((1.0, 1.0, 1.0)))
        window.studio.edits.remove(first)
        window.studio.history.undo()
        assert tree.indexOfTopLevelItem(window.tree.row(first)) == 0
        assert tree.indexOfTopLevelItem(window.tree.row(second)) == 1

    def test_children_say_what_there_is(self, window, item_id):
        row = window.tree.row(item_id)
        texts = [row.child(i).text(NAME) for i in range(row.childCount())]
        assert texts == ["386 vertices, 768 faces", "6 keypoints, box"]
        window.studio.edits.sample(item_id)
        assert row.child(2).text(NAME) == "deformed"


class TestKeypoints:
    @pytest.fixture
    def table(self, window):
        return window.keypoints.table

    def place(self, table, row, column) -> QPoint:
        return table.visualRect(table.model().index(row, column)).center()

    def test_a_typed_number_moves_the_keypoint(self, window, table, item_id):
        type_into(window, table, self.place(table, TOP, X + 1), "0.75")
        assert item_of(window, item_id).value.keypoints.positions[TOP].tolist() == [0, 0.75, 0]
        assert item_of(window, item_id).value.is_deformed
        window.studio.history.undo()
        assert table.model().index(TOP, X + 1).data() == "0.500"

    def test_what_is_no_number_is_refused(self, window, table, item_id, notices):
        type_into(window, table, self.place(table, TOP, X), "east")
        assert not item_of(window, item_id).value.is_deformed
        assert "not a number" in notices[-1].text

    def test_opening_and_closing_an_editor_changes_nothing(self, window, table, item_id):
        before = item_of(window, item_id)
        place = self.place(table, LEFT, X)
        QTest.mouseClick(table.viewport(), LEFT_BUTTON, pos=place)
        QTest.mouseDClick(table.viewport(), LEFT_BUTTON, pos=place)
        QTest.keyClick(table.viewport().findChild(QLineEdit), Qt.Key.Key_Return)
        assert item_of(window, item_id) is before

    def test_rename_and_no_letter_is_a_shortcut(self, window, table, item_id):
        view = window.studio.view.value
        type_into(window, table, self.place(table, TOP, LABEL), "dwkcgmpe")
        assert item_of(window, item_id).value.keypoints.schema.names[TOP] == "dwkcgmpe"
        assert window.studio.view.value == view
        assert window.studio.editing.value.mode is EditMode.DEFORM
        assert window.studio.jobs.idle

    def test_the_lock_is_a_click(self, window, table, item_id, notices):
        click(table.viewport(), self.place(table, TOP, LOCK))
        assert item_of(window, item_id).value.keypoints.locked[TOP]
        type_into(window, table, self.place(table, TOP, X), "0.3")
        assert "locked" in notices[-1].text
        assert not item_of(window, item_id).value.is_deformed

    def test_selection_goes_both_ways(self, window, table, item_id):
        click(table.viewport(), self.place(table, TOP, LABEL))
        click(table.viewport(), self.place(table, LEFT, LABEL), CTRL)
        assert window.studio.selection.keypoints == (TOP, LEFT)  # the order of choosing
        window.studio.selection.select_keypoints([5])
        rows = [index.row() for index in table.selectionModel().selectedRows()]
        assert rows == [5]

    def test_confidence_is_shown(self, window, table, item_id):
        assert table.model().index(0, CONFIDENCE).data() == "0.50"
        assert table.model().index(5, CONFIDENCE).data() == "1.00"

    def test_another_shape_another_table(self, window, table, item_id, add):
        add(Shape(box_mesh((1.0, 1.0, 1.0))))
        assert table.model().rowCount() == 0
        assert window.keypoints.summary.text() == "No keypoints yet"
        window.studio.selection.select_item(item_id)
        assert table.model().rowCount() == 6


class TestDetect:
    @pytest.fixture
    def panel(self, window):
        window.studio.detecting.choose(FARTHEST)
        return window.detect

    def test_detecting_by_the_button(self, window, panel, add, settle):
        item_id = add(Shape(box_mesh()))
        assert panel.result.text() == "No keypoints yet"
        click(panel.run)
        settle()
        assert len(item_of(window, item_id).value.keypoints) == 12
        assert panel.result.text().startswith("Farthest points, 12 keypoints")

    def test_the_form_is_made_from_the_parameters(self, window, panel, add, settle):
        item_id = add(Shape(box_mesh()))
        click(panel.live, QPoint(8, panel.live.height() // 2))
        settle()
        count = panel.form.editors["count"].widget
        assert count.toolTip() == "Number of keypoints."
        assert (count.minimum(), count.maximum()) == (1, 256)
        count.setValue(5)
        settle()
        assert len(item_of(window, item_id).value.keypoints) == 5

    def test_live_is_a_switch_here_and_in_the_menu(self, window, panel):
        click(panel.live, QPoint(8, panel.live.height() // 2))
        assert window.studio.detecting.options.value.live
        QTest.keyClick(window, Qt.Key.Key_L, CTRL)
        assert not window.studio.detecting.options.value.live
        assert not panel.live.isChecked()

    def test_up_and_front(self, window, panel, item_id):
        click(panel.orientation.up.buttons["+z"])
        assert item_of(window, item_id).value.orientation == Orientation("+z", "+y")
        click(panel.orientation.front.buttons["-x"])
        assert item_of(window, item_id).value.orientation == Orientation("+z", "-x")
        assert not panel.orientation.front.buttons["-z"].isEnabled()
        window.studio.history.undo()
        assert panel.orientation.front.buttons["+y"].isChecked()

    @pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
    def test_every_up_can_be_picked_from_every_orientation(self, window, panel, item_id, up):
        for start in (Orientation(), Orientation("+x", "-y"), Orientation("-z", "+x")):
            window.studio.orient(item_id, start)
            click(panel.orientation.up.buttons[up])
            assert item_of(window, item_id).value.orientation.up == up

    def test_the_category_is_proposed_and_can_be_chosen(self, window, panel, item_id):
        window.studio.detecting.choose("keypoint-deformer")
        assert panel.category.itemText(0) == "Automatic (box)"
        if panel.category.count() > 1:
            panel.category.setCurrentIndex(1)
            chosen = panel.category.itemData(1)
            assert item_of(window, item_id).value.category == chosen
            window.studio.history.undo()
            assert panel.category.currentIndex() == 0

    def test_a_detector_without_model_has_no_category(self, window, panel, qtbot):
        assert not panel.category.isVisible()
        window.studio.detecting.choose("keypoint-deformer")
        qtbot.waitUntil(panel.category.isVisible)
        assert "model" not in panel.form.editors

    def test_a_broken_plugin_is_grey_and_says_why(self, window, monkeypatch, qtbot):
        real = registry.get_detector

        def get(detector_id):
            if detector_id == "broken":
                raise PluginError("does not load")
            return real(detector_id)

        monkeypatch.setattr(registry, "detector_ids", lambda: ("broken", FARTHEST))
        monkeypatch.setattr(registry, "get_detector", get)
        monkeypatch.setattr(registry, "detector_failures", lambda: {"broken": "Traceback: boom"})
        panel = DetectPanel(window.studio, window.themes)
        qtbot.addWidget(panel)
        broken, whole = panel.detector.findData("broken"), panel.detector.findData(FARTHEST)
        assert not panel.detector.model().item(broken).isEnabled()
        assert panel.detector.itemData(broken, Qt.ItemDataRole.ToolTipRole) == "Traceback: boom"
        assert panel.detector.model().item(whole).isEnabled()

    def test_detectors_stand_under_headings_that_nobody_can_choose(self, window, panel):
        box = panel.detector
        rows = [(box.itemText(row), box.itemData(row), box.model().item(row).isEnabled())
                for row in range(box.count())]  # fmt: skip
        headings = [text for text, data, _ in rows if data is None]
        assert headings == [*registry.by_family()]
        assert all(enabled == (data is not None) for _, data, enabled in rows)
        assert {data for _, data, _ in rows if data} == set(registry.detector_ids())
        box.setFocus()
        box.setCurrentIndex(box.findData(FARTHEST))
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentData() == registry.by_family()["Hand-crafted"][0].id

    def test_nothing_can_be_detected_in_an_empty_document(self, window, panel):
        assert not panel.run.isEnabled()
        assert not panel.orientation.isEnabled()


class TestShapePrior:
    @pytest.fixture
    def panel(self, window, item_id):
        window.docks.raise_panel("prior")
        return window.prior

    def test_a_mode_slider_previews_and_leaves_one_step(self, window, panel, item_id, qtbot):
        slider = panel.modes.sliders[0]
        steps, rest = len(window.studio.history.labels), item_of(window, item_id)
        previews = []
        window.studio.document.changed.connect(
            lambda change: previews.append(change) if change.transient else None
        )
        start, stop = QPoint(slider.width() // 2, 11), QPoint(slider.width() - 12, 11)
        QTest.mousePress(slider, LEFT_BUTTON, pos=start)
        QTest.mouseMove(slider, stop)
        qtbot.waitUntil(lambda: bool(previews))
        assert item_of(window, item_id) is rest
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=stop)
        after = window.studio.edits.coefficients(item_id)
        assert after[0] == pytest.approx(slider.value)
        assert slider.value > 1.5
        assert len(window.studio.history.labels) == steps + 1

    def test_escape_gives_a_slider_up(self, window, panel, item_id, qtbot):
        slider = panel.modes.sliders[0]
        before, value = item_of(window, item_id), slider.value
        QTest.mousePress(slider, LEFT_BUTTON, pos=QPoint(slider.width() - 12, 11))
        QTest.keyClick(slider, Qt.Key.Key_Escape)
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=QPoint(slider.width() - 12, 11))
        assert item_of(window, item_id) is before
        assert slider.value == pytest.approx(value)

    def test_a_double_click_is_the_mean(self, window, panel, item_id):
        slider = panel.modes.sliders[0]
        QTest.mouseDClick(slider, LEFT_BUTTON, pos=QPoint(slider.width() - 12, 11))
        assert window.studio.edits.coefficients(item_id)[0] == pytest.approx(0.0, abs=1e-9)

    def test_a_click_without_a_move_is_no_step(self, window, panel, item_id):
        slider, steps = panel.modes.sliders[0], window.studio.history.labels
        slider.set_value(window.studio.edits.coefficients(item_id)[0])
        slider.setFocus()
        QTest.keyClick(slider, Qt.Key.Key_Right)
        QTest.keyClick(slider, Qt.Key.Key_Left)
        slider._take()
        slider._let_go()
        assert len(window.studio.history.labels) <= len(steps) + 1

    def test_sample_and_reset(self, window, panel, item_id):
        assert not panel.reset.isEnabled()
        click(panel.sample)
        assert item_of(window, item_id).value.is_deformed
        click(panel.reset)
        assert item_of(window, item_id).value.current is item_of(window, item_id).value.mesh

    def test_strength_symmetry_and_mode(self, window, panel):
        QTest.mouseClick(panel.strength, LEFT_BUTTON, pos=QPoint(panel.strength.width() // 2, 11))
        assert window.studio.editing.value.prior_strength == pytest.approx(0.5, abs=0.02)
        assert panel.percent.text().endswith("%")
        QTest.mouseDClick(panel.strength, LEFT_BUTTON, pos=QPoint(20, 11))
        assert panel.percent.text() == "off"
        click(panel.symmetric, QPoint(8, panel.symmetric.height() // 2))
        click(panel.place)
        options = window.studio.editing.value
        assert (options.symmetric, options.mode) == (True, EditMode.PLACE)

    def test_the_meter_judges(self, window, panel, item_id):
        deviations = window.studio.edits.coefficients(item_id)
        window.studio.edits.set_coefficients(item_id, np.zeros_like(deviations), final=True)
        assert panel.verdict.text().startswith("plausible")
        window.studio.edits.set_coefficients(item_id, np.full_like(deviations, 3.0), final=True)
        assert panel.verdict.text().startswith("hardly seen")

    def test_without_a_prior_it_says_why(self, window, panel, item_id, add):
        bare = handled_shape((1.0, 1.0, 1.0))
        add(bare.detected(dataclasses.replace(bare.detection, handling=None)))
        assert "do not move the mesh" in panel.hint.text()
        assert panel.hint.isVisible()
        assert not panel.body.isVisible()
        assert not panel.sample.isEnabled()


class TestAlign:
    @pytest.fixture
    def pair(self, window, add):
        target = add(handled_shape((2.0, 1.9, 1.5)))
        source = add()
        window.docks.raise_panel("align")
        return source, target

    def test_the_amount_previews_and_leaves_one_step(self, window, pair, qtbot):
        source, target = pair
        panel, steps = window.align, len(window.studio.history.labels)
        assert panel.target.currentData() == target
        rest = item_of(window, source).value.keypoints.positions
        slider = panel.amount
        QTest.mousePress(slider, LEFT_BUTTON, pos=QPoint(12, 11))
        QTest.mouseMove(slider, QPoint(slider.width() - 2, 11))
        qtbot.wait(30)
        assert np.array_equal(item_of(window, source).value.keypoints.positions, rest)
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=QPoint(slider.width() - 2, 11))
        moved = item_of(window, source).value.keypoints.positions
        assert moved[TOP, 1] > rest[TOP, 1] + 0.2
        assert len(window.studio.history.labels) == steps + 1
        assert panel.percent.text() == "100 %"
        window.studio.history.undo()
        assert panel.percent.text() == "0 %"

    def test_only_shapes_with_the_same_keypoints_are_targets(self, window, pair, add):
        source, _ = pair
        add(Shape(box_mesh((3.0, 1.0, 1.0))))
        window.studio.selection.select_item(source)
        assert window.align.target.count() == 1

    def test_open_target_keeps_the_source_selected(
        self, window, item_id, settle, box_file, monkeypatch, qtbot
    ):
        monkeypatch.setattr(window.align, "_ask_files", lambda: [box_file])
        window.studio.detecting.choose(FARTHEST)
        window.docks.raise_panel("align")
        click(window.align.open)
        qtbot.waitUntil(lambda: len(window.studio.document) == 2)
        settle()
        assert window.studio.selection.item_id == item_id
        other = next(item for item in window.studio.document if item.id != item_id)
        assert other.value.keypoints is not None  # detected, though live is off


class TestDisplay:
    @pytest.fixture
    def panel(self, window):
        window.docks.raise_panel("display")
        return window.display

    def test_switches_and_menu_agree(self, window, panel, qtbot):
        click(panel.checks["cage"], QPoint(8, 8))
        assert window.studio.view.value.cage
        qtbot.waitUntil(window.commands.qt["view.cage"].isChecked)
        QTest.keyClick(window, Qt.Key.Key_C)
        assert not panel.checks["cage"].isChecked()

    def test_shading_and_projection(self, window, panel):
        panel.shading.setCurrentIndex(panel.shading.findData(Shading.WIREFRAME))
        panel.projection.setCurrentIndex(1)
        view = window.studio.view.value
        assert (view.shading, view.orthographic) == (Shading.WIREFRAME, True)

    def test_the_theme_is_chosen_here_too(self, window, panel):
        panel.theme.setCurrentIndex(1)
        assert window.themes.current.name == "light"


class TestHistory:
    def test_a_click_goes_there(self, window, item_id):
        window.docks.raise_panel("history")
        window.studio.edits.rename(item_id, "a")
        window.studio.edits.rename(item_id, "b")
        steps = window.history.list
        assert [steps.item(i).text() for i in range(steps.count())] == [
            "Start", "Open box", "Rename box", "Rename a",
        ]  # fmt: skip
        click(steps.viewport(), steps.visualItemRect(steps.item(1)).center())
        assert item_of(window, item_id).name == "box"
        click(steps.viewport(), steps.visualItemRect(steps.item(3)).center())
        assert item_of(window, item_id).name == "b"
