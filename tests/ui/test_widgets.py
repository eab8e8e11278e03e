"""Widgets that know nothing of shapes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QCheckBox, QDoubleSpinBox, QLineEdit, QSpinBox

from kpstudio.base.parameters import parameter
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.job_bridge import JobBridge
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.form import ParameterForm
from kpstudio.ui.widgets.slider import Slider

LEFT_BUTTON = Qt.MouseButton.LeftButton


@dataclass(frozen=True)
class Parameters:
    model: str = parameter("auto", "Edited elsewhere.")
    label: str = parameter("a", "A word.")
    count: int = parameter(3, "How many.", low=1, high=9)
    radius: float = parameter(1.5, "How far.", unit="mm", low=0.0)
    snap: bool = parameter(True, "To the surface.")
    head: str = parameter("softmax", "Which.", choices=("softmax", "direct_offset"))
    seed: int = parameter(0, "Of the samples.", advanced=True)


@pytest.fixture
def form(qtbot):
    form = ParameterForm(Parameters, skip=("model",))
    qtbot.addWidget(form)
    form.show()
    return form


class TestForm:
    def test_every_kind_has_its_editor(self, form):
        kinds = {name: type(editor.widget) for name, editor in form.editors.items()}
        assert issubclass(kinds["label"], QLineEdit)
        assert issubclass(kinds["count"], QSpinBox)
        assert issubclass(kinds["radius"], QDoubleSpinBox)
        assert issubclass(kinds["snap"], QCheckBox)
        assert issubclass(kinds["head"], Choice)
        assert "model" not in kinds

    def test_edits_make_a_new_checked_object(self, form):
        told = []
        form.changed.connect(told.append)
        form.editors["count"].widget.setValue(7)
        form.editors["snap"].widget.click()
        form.editors["head"].widget.setCurrentIndex(1)
        assert told[-1] == Parameters(count=7, snap=False, head="direct_offset")

    def test_what_is_skipped_keeps_its_value(self, form):
        form.set_value(Parameters(model="chair", count=2))
        form.editors["count"].widget.setValue(4)
        assert form.value == Parameters(model="chair", count=4)

    def test_showing_a_value_is_silent(self, form):
        told = []
        form.changed.connect(told.append)
        form.set_value(Parameters(radius=2.25, head="direct_offset", label="b"))
        assert told == []
        assert form.editors["radius"].widget.text() == "2.25 mm"
        assert form.editors["head"].widget.currentText() == "Direct offset"

    def test_bounds_and_help(self, form):
        count = form.editors["count"].widget
        assert (count.minimum(), count.maximum(), count.toolTip()) == (1, 9, "How many.")

    def test_advanced_ones_are_folded_away(self, form):
        assert not form.editors["seed"].widget.isVisible()
        assert form.editors["count"].widget.isVisible()

    def test_the_wheel_scrolls_the_panel_and_changes_nothing(self, form):
        count = form.editors["count"].widget
        count.setFocus()
        event = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(count, event)
        assert count.value() == 3
        assert not event.isAccepted()


class TestSlider:
    @pytest.fixture
    def slider(self, qtbot):
        slider = Slider(-3.0, 3.0, 0.0, 0.1)
        qtbot.addWidget(slider)
        slider.resize(200, 22)
        slider.show()
        slider.moves, slider.ends = [], []
        slider.moved.connect(slider.moves.append)
        slider.released.connect(slider.ends.append)
        return slider

    def test_live_while_it_moves_final_when_let_go(self, slider):
        QTest.mousePress(slider, LEFT_BUTTON, pos=QPoint(100, 11))
        QTest.mouseMove(slider, QPoint(150, 11))
        assert slider.moves
        assert not slider.ends
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=QPoint(150, 11))
        assert slider.ends == [slider.value]

    def test_the_ends_are_reached_and_not_passed(self, slider):
        QTest.mousePress(slider, LEFT_BUTTON, pos=QPoint(1, 11))
        assert slider.value == -3.0
        QTest.mouseMove(slider, QPoint(400, 11))
        assert slider.value == 3.0
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=QPoint(400, 11))

    def test_keys_step_and_home_goes_to_the_origin(self, slider):
        slider.set_value(1.0)
        QTest.keyClick(slider, Qt.Key.Key_Right)
        assert slider.ends[-1] == pytest.approx(1.1)
        QTest.keyClick(slider, Qt.Key.Key_Home)
        assert slider.ends[-1] == 0.0

    def test_setting_is_silent_and_does_not_take_it_out_of_the_hand(self, slider):
        slider.set_value(2.0)
        assert not slider.moves
        QTest.mousePress(slider, LEFT_BUTTON, pos=QPoint(100, 11))
        held = slider.value
        slider.set_value(-2.0)
        assert slider.value == held
        QTest.mouseRelease(slider, LEFT_BUTTON, pos=QPoint(100, 11))

    def test_losing_the_keyboard_ends_the_gesture(self, slider):
        slider.setFocus()
        QTest.keyPress(slider, Qt.Key.Key_Right)
        slider.clearFocus()
        if slider.held:  # no window manager gave it the focus
            slider.focusOutEvent(None)
        assert len(slider.ends) == 1


def test_many_requests_are_one_call(qtbot):
    calls = []
    coalescer = Coalescer(lambda: calls.append(1), 20)
    for _ in range(5):
        coalescer.request()
    assert coalescer.pending
    qtbot.waitUntil(lambda: bool(calls))
    qtbot.wait(50)
    assert calls == [1]
    coalescer.request()
    coalescer.stop()
    qtbot.wait(50)
    assert calls == [1]


def test_calls_posted_by_threads_are_made_on_the_windows_thread(qtbot):
    bridge, threads = JobBridge(), []
    worker = threading.Thread(
        target=lambda: bridge.post(lambda: threads.append(threading.current_thread()))
    )
    worker.start()
    worker.join()
    assert threads == []
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.current_thread()]
