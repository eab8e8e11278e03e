"""The Inspect panel and its histogram, driven by the mouse and the keyboard."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLabel

from kpstudio.app import operations
from kpstudio.app.options import Colormap, FieldRange, FieldStyle, Labels
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.detectors.registry import get_detector
from kpstudio.ui.widgets.histogram import LARGE_STEP, STEP, Histogram
from kpstudio.ui.widgets.number_edit import NumberEdit
from tests.handled import handled_shape
from tests.shapes import icosphere, torus

LEFT_BUTTON = Qt.MouseButton.LeftButton


def bumpy() -> Shape:
    """A torus whose surface is uneven, so that many places are candidates."""
    mesh = torus()
    uneven = mesh.vertices + 0.02 * np.random.default_rng(3).normal(size=mesh.vertices.shape)
    return Shape(mesh.moved(uneven))


@pytest.fixture(scope="module")
def looked_at() -> Shape:
    """Two detectors have looked at it, ISS last; it is at hand."""
    shape = operations.detect(bumpy(), "farthest-points", {"count": 4})
    small = {"salient_radius": 3.0, "peak_radius": 1.5, "ratio_21": 1.0, "ratio_32": 1.0}
    return operations.detect(shape, "iss", {"radius": 0.0, "count": 200, **small})


@pytest.fixture
def panel(window):
    window.docks.raise_panel("inspect")
    window.resize(1300, 1000)
    return window.inspect


@pytest.fixture
def item_id(panel, add, looked_at) -> int:
    return add(looked_at)


@pytest.fixture
def choose(panel) -> Callable[[str], None]:
    """Click the row of a field."""

    def click(key: str) -> None:
        tree = panel.fields.tree
        row = panel.fields.row(key)
        tree.scrollToItem(row)
        QTest.mouseClick(tree.viewport(), LEFT_BUTTON, pos=tree.visualItemRect(row).center())

    return click


def pull(widget, x0: float, x1: float, y: float, *, release: bool = True) -> None:
    """Drag from one place to another in steps, as a hand does."""
    QTest.mouseMove(widget, QPoint(round(x0), round(y)))
    QTest.mousePress(widget, LEFT_BUTTON, pos=QPoint(round(x0), round(y)))
    for share in (0.25, 0.5, 0.75, 1.0):
        QTest.mouseMove(widget, QPoint(round(x0 + share * (x1 - x0)), round(y)))
    if release:
        QTest.mouseRelease(widget, LEFT_BUTTON, pos=QPoint(round(x1), round(y)))


class TestFields:
    def test_a_click_shows_a_field_with_its_bar(self, window, panel, item_id, choose, settle):
        choose("saliency")
        settle()
        assert window.studio.view.value.field == "saliency"
        assert window.scene.gallery.color_bar.title == "Saliency [diameters²]"
        assert panel.style_of_field.isVisible()
        choose("")
        settle()
        assert window.scene.gallery.color_bar.title == ""
        assert not panel.style_of_field.isVisible()

    def test_what_is_seen_and_what_is_marked_agree(self, window, panel, item_id):
        window.studio.view.update(field="saliency")
        assert panel.fields.tree.currentItem() is panel.fields.row("saliency")
        window.studio.view.update(field="no such field")
        assert panel.fields.tree.currentItem() is panel.fields.row("")

    def test_the_keyboard_chooses_too(self, window, panel, item_id, choose):
        choose("displacement")
        QTest.keyClick(panel.fields.tree, Qt.Key.Key_Down)
        assert window.studio.view.value.field == "influence"

    def test_ranges_stand_beside_the_fields(self, panel, item_id, window, looked_at):
        top = looked_at.detection.fields[0].values.max()
        assert panel.fields.row("saliency").text(1).endswith(f"{top:.3g}")
        assert panel.fields.row("influence").text(1) == "select a keypoint"
        window.studio.selection.select_keypoints((0,))
        assert panel.fields.row("influence").text(1) == ""

    def test_the_search_hides_what_does_not_match(self, panel, add, looked_at):
        count = len(looked_at.mesh.vertices)
        fields = tuple(Field(f"scale {i}", np.full(count, float(i))) for i in range(9))
        more = dataclasses.replace(looked_at.detection, fields=fields)
        add(looked_at.detected(more))
        assert panel.fields.search.isVisible()
        QTest.keyClicks(panel.fields.search, "iss 7")
        shown = [key for key in ("scale 7", "scale 8", "displacement")
                 if not panel.fields.row(key).isHidden()]  # fmt: skip
        assert shown == ["scale 7"]
        assert panel.fields.row("displacement").parent().isHidden()

    def test_what_is_not_at_hand_is_folded(self, window, panel, add, looked_at, choose):
        count = len(looked_at.mesh.vertices)
        scales = tuple(Field(f"response at scale {i} %", np.full(count, float(i))) for i in (1, 2))
        whole = Field("saliency", np.arange(count) / count)
        other = dataclasses.replace(looked_at.others[0], fields=(whole,))
        edited = dataclasses.replace(looked_at.detection, fields=(whole, *scales))
        add(dataclasses.replace(looked_at, others=(other,)).detected(edited))
        row = panel.fields.row
        series, folded = row("response at scale 1 %").parent(), row("farthest-points:saliency")
        assert row("saliency").parent().isExpanded()
        assert series.parent() is row("saliency").parent()
        assert not series.isExpanded()
        assert not folded.parent().isExpanded()
        QTest.keyClicks(panel.fields.search, "scale 2")
        assert series.isExpanded()
        panel.fields.search.clear()
        assert not series.isExpanded()
        window.studio.view.update(field="farthest-points:saliency")
        assert folded.parent().isExpanded()
        assert panel.fields.tree.currentItem() is folded
        low = panel.fields.tree.height()
        series.setExpanded(True)
        assert panel.fields.tree.height() > low
        panel.refresh()
        assert series.isExpanded()

    def test_nothing_is_listed_without_a_detection(self, panel, add):
        add(Shape(icosphere(1)))
        assert not panel.fields.isVisible()
        assert "detector" in panel.hint.text()

    def test_more_sections_go_below(self, panel, qtbot):
        section = panel.add_section("Compare", QLabel("later"))
        assert panel.column.itemAt(panel.column.count() - 2).widget() is section
        qtbot.waitUntil(lambda: section.content.isVisibleTo(panel))


class TestColours:
    @pytest.fixture
    def shown(self, window, panel, item_id, choose, settle):
        choose("saliency")
        settle()
        return panel.style_of_field

    def style(self, window) -> FieldStyle:
        return window.studio.view.value.style

    def test_dragging_a_handle_fixes_the_range(self, window, shown, looked_at, settle):
        values = looked_at.detection.fields[0].values
        bars = shown.histogram
        pull(bars, bars.x_of(1.0), bars.x_of(0.5), 30)
        settle()
        style = self.style(window)
        assert style.span is FieldRange.FIXED
        assert style.low == pytest.approx(values.min(), abs=1e-12)
        middle = (values.min() + values.max()) / 2
        assert style.high == pytest.approx(middle, abs=0.01 * np.ptp(values))
        assert window.scene.gallery.color_bar.range == (style.low, style.high)
        assert shown.high.value == style.high
        assert shown.span.currentData() is FieldRange.FIXED

    def test_a_double_click_shows_all_values_again(self, window, shown):
        bars = shown.histogram
        pull(bars, bars.x_of(0.0), bars.x_of(0.3), 30)
        assert self.style(window).span is FieldRange.FIXED
        QTest.mouseDClick(bars, LEFT_BUTTON, pos=QPoint(60, 30))
        assert self.style(window).span is FieldRange.DATA
        assert bars.ends == pytest.approx((0.0, 1.0))

    def test_escape_gives_the_range_back(self, window, shown):
        bars, before = shown.histogram, self.style(window)
        bars.setFocus()
        pull(bars, bars.x_of(1.0), bars.x_of(0.4), 30, release=False)
        assert self.style(window) != before
        QTest.keyClick(bars, Qt.Key.Key_Escape)
        assert self.style(window) == before
        assert bars.ends == pytest.approx((0.0, 1.0))

    def test_a_typed_end_fixes_the_range(self, window, shown):
        shown.high.setFocus()
        shown.high.selectAll()
        QTest.keyClicks(shown.high, "1e-1")
        QTest.keyClick(shown.high, Qt.Key.Key_Return)
        assert self.style(window).span is FieldRange.FIXED
        assert self.style(window).high == 0.1

    def test_maps_logarithm_and_lines(self, window, shown, settle):
        shown.colormap.setCurrentIndex(shown.colormap.findData(Colormap.MAGMA))
        shown.isolines.setValue(5)
        QTest.mouseClick(shown.log, LEFT_BUTTON, pos=QPoint(10, 10))
        settle()
        field = window.scene.gallery.field
        assert (field.scale.colormap, field.scale.log) == (Colormap.MAGMA, True)
        assert field.isolines == 5

    def test_the_share_left_out_is_asked_for_when_it_matters(self, window, shown):
        assert not shown.percentile.isVisible()
        shown.span.setCurrentIndex(shown.span.findData(FieldRange.PERCENTILE))
        assert shown.percentile.isVisible()
        wide = shown.high.value
        shown.percentile.setValue(20.0)
        assert shown.high.value < wide

    def test_a_fixed_range_does_not_go_to_values_of_another_kind(self, window, shown, choose):
        bars = shown.histogram
        pull(bars, bars.x_of(1.0), bars.x_of(0.5), 30)
        choose("displacement")
        assert self.style(window).span is FieldRange.DATA


class TestKeypoints:
    @pytest.fixture
    def controls(self, window, panel, item_id, qtbot):
        area = panel.parent().parent()
        area.ensureWidgetVisible(panel.selection)
        qtbot.waitUntil(lambda: not panel.selection.threshold.visibleRegion().isEmpty())
        return panel.selection

    @pytest.fixture
    def runs(self, monkeypatch) -> list[str]:
        """Every run of the detector."""
        told: list[str] = []
        measure = type(get_detector("iss")).measure

        def told_measure(self, *args):
            told.append("iss")
            return measure(self, *args)

        monkeypatch.setattr(type(get_detector("iss")), "measure", told_measure)
        return told

    def count(self, window, item_id) -> int:
        return len(window.studio.document.find(item_id).value.keypoints)

    def test_the_threshold_chooses_without_a_run(
        self, window, item_id, controls, runs, settle, qtbot
    ):
        before, slider = self.count(window, item_id), controls.threshold
        said = controls.summary.text()
        assert said.startswith(f"ISS: {before} keypoints of ")
        steps = window.history.list.count()
        pull(slider, 8, 0.9 * slider.width(), slider.height() / 2, release=False)
        qtbot.waitUntil(lambda: controls.summary.text() != said)  # while it is held
        assert self.count(window, item_id) == before
        end = QPoint(round(0.9 * slider.width()), slider.height() // 2)
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=end)
        settle()
        after = self.count(window, item_id)
        assert 0 < after < before
        assert controls.summary.text().startswith(f"ISS: {after} keypoints of ")
        assert controls.threshold_box.value() == pytest.approx(slider.value, abs=1e-4)
        assert runs == []
        assert window.history.list.count() == steps + 1

    def test_a_run_of_changes_is_one_step_back(self, window, item_id, controls, settle):
        before = window.studio.document.find(item_id).value
        controls.threshold.setFocus()
        for _ in range(3):
            QTest.keyClick(controls.threshold, Qt.Key.Key_Right)
        controls.radius_box.setValue(0.1)
        controls.count.setValue(5)
        settle()
        assert self.count(window, item_id) <= 5
        window.studio.history.undo()
        assert window.studio.document.find(item_id).value is before
        assert controls.count.value() == 200
        assert controls.radius.value == 0.0

    def test_escape_leaves_the_keypoints_alone(self, window, item_id, controls, settle):
        before, said = window.studio.document.find(item_id).value, controls.summary.text()
        controls.threshold.setFocus()
        QTest.keyPress(controls.threshold, Qt.Key.Key_Right)
        QTest.keyClick(controls.threshold, Qt.Key.Key_Escape)
        settle()
        assert window.studio.document.find(item_id).value is before
        assert controls.summary.text() == said
        assert controls.threshold.value == 0.0

    def test_the_selected_keypoint_may_go_while_the_slider_moves(
        self, window, item_id, controls, settle
    ):
        window.studio.view.update(labels=Labels.ALL, field="influence")
        last = self.count(window, item_id) - 1
        window.studio.selection.select_keypoints((0, last))
        window.studio.detecting.reselect(item_id, {"count": 3}, final=False)
        settle()
        controls.count.setValue(3)
        settle()
        assert window.studio.selection.keypoints == (0,)
        assert window.scene.gallery.color_bar.title == "Influence of 0"

    def test_the_detect_panel_says_the_same_and_runs_nothing(
        self, window, item_id, controls, runs, settle
    ):
        window.studio.detecting.choose("iss")
        window.studio.detecting.options.update(live=True)
        settle()
        runs.clear()
        steps = window.history.list.count()
        controls.count.setValue(7)
        settle()
        assert window.studio.detecting.options.value.parameters.count == 7
        assert window.detect.form.editors["count"].widget.value() == 7
        assert runs == []
        assert window.history.list.count() == steps + 1

    def test_another_detector_in_the_detect_panel_stays_out_of_it(
        self, window, item_id, controls, settle
    ):
        window.studio.detecting.choose("farthest-points")
        before = window.studio.detecting.options.value
        controls.count.setValue(3)
        settle()
        assert self.count(window, item_id) == 3
        assert window.studio.document.find(item_id).value.detection.provenance.detector == "iss"
        assert window.studio.detecting.options.value == before

    def test_the_threshold_is_marked_on_its_field(self, window, panel, controls, choose):
        choose("saliency")
        controls.threshold_box.setValue(0.5)
        bars = panel.style_of_field.histogram
        item = window.studio.selected
        top = item.value.detection.candidates.response.max()
        values = item.value.detection.fields[0].values
        share = (0.5 * top - values.min()) / np.ptp(values)
        assert bars.marker == pytest.approx(share)
        choose("displacement")
        assert panel.style_of_field.histogram.marker is None

    def test_what_chooses_nothing_says_so(self, panel, add):
        add(handled_shape())
        assert not panel.selection.body.isVisible()
        assert "candidates" in panel.selection.hint.text()

    def test_it_is_live(self, window, item_id, controls):
        started = time.perf_counter()
        for value in (0.1, 0.2, 0.3):
            window.studio.detecting.reselect(item_id, {"threshold": value}, final=False)
        assert (time.perf_counter() - started) / 3 < 0.1


class TestHistogram:
    @pytest.fixture
    def bars(self, qtbot) -> Histogram:
        bars = Histogram()
        qtbot.addWidget(bars)
        bars.resize(240, 90)
        bars.set_counts(np.arange(64, dtype=np.int32))
        bars.set_colors(np.full((64, 3), 0.5))
        bars.show()
        bars.setFocus()
        return bars

    def test_arrows_move_the_handle_at_hand(self, bars):
        QTest.keyClick(bars, Qt.Key.Key_Right)
        assert bars.ends == pytest.approx((STEP, 1.0))
        QTest.keyClick(bars, Qt.Key.Key_Up)
        QTest.keyClick(bars, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        assert bars.ends == pytest.approx((STEP, 1.0 - LARGE_STEP))

    def test_handles_do_not_pass_each_other(self, bars):
        told = []
        bars.moved.connect(lambda low, high: told.append((low, high)))
        pull(bars, bars.x_of(0.0), bars.x_of(1.0) + 50, 30)
        assert bars.ends == pytest.approx((1.0, 1.0))
        assert all(low <= high for low, high in told)
        # both are at the right end now: only the low one can go to where the press is
        pull(bars, bars.x_of(0.9), bars.x_of(0.2), 30)
        assert bars.ends == pytest.approx((0.2, 1.0), abs=0.01)

    def test_home_asks_for_a_reset(self, bars, qtbot):
        with qtbot.waitSignal(bars.reset):
            QTest.keyClick(bars, Qt.Key.Key_Home)

    def test_colours_and_handles_are_painted(self, bars):
        bars.set_colors(np.tile([[1.0, 0.0, 0.0]], (64, 1)))
        image = bars.grab().toImage()
        x = round(bars.x_of(0.9))
        assert image.pixelColor(x, bars.height() - 16).red() > 200
        bars.set_ends(0.0, 0.5)
        dimmed = bars.grab().toImage().pixelColor(x, bars.height() - 16)
        assert dimmed.red() - dimmed.green() < 200


class TestNumberEdit:
    def test_small_numbers_stay_what_they_are(self, qtbot):
        edit = NumberEdit()
        qtbot.addWidget(edit)
        edit.show()
        edit.set_value(1.234e-8)
        assert edit.text() == "1.234e-08"
        told = []
        edit.edited.connect(told.append)
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, "2.5e-9")
        QTest.keyClick(edit, Qt.Key.Key_Return)
        assert told == [2.5e-9]
