from __future__ import annotations

import sys
import threading

import pytest
from PyQt6.QtCore import QTimer

from kpstudio.app.notices import Level
from kpstudio.app.observable import Observable
from kpstudio.app.options import EditOptions
from kpstudio.base.errors import InputError
from kpstudio.ui.excepthook import notice_of, shown_errors


@pytest.fixture
def shown(qtbot):
    """Notices of errors nobody caught."""
    told = []
    with qtbot.captureExceptions(), shown_errors(told.append):
        yield told


def test_an_error_in_a_slot_is_shown_and_the_program_goes_on(shown, qtbot, qapp, caplog):
    def broken() -> None:
        raise RuntimeError("a slot broke")

    QTimer.singleShot(0, broken)
    qtbot.waitUntil(lambda: bool(shown))
    assert shown[0].level is Level.ERROR
    assert "a slot broke" in shown[0].text
    assert "Traceback" in caplog.text


def test_an_error_in_a_thread_is_shown(shown):
    def broken() -> None:
        raise InputError("the mesh has no vertices")

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    assert shown[0].text == "the mesh has no vertices"


def test_what_a_listener_raises_is_told_in_its_own_words():
    value = Observable(EditOptions())

    def broken(new: EditOptions, old: EditOptions) -> None:
        raise InputError("the shape is no longer open", remedy="Open it again.")

    value.changed.connect(broken)
    with pytest.raises(Exception, match="no longer open") as caught:
        value.update(symmetric=True)
    notice = notice_of(caught.value)
    assert (notice.text, notice.detail) == ("the shape is no longer open", "Open it again.")


def test_the_hooks_are_put_back():
    before = sys.excepthook, threading.excepthook
    with shown_errors(lambda notice: None):
        assert sys.excepthook is not before[0]
    assert (sys.excepthook, threading.excepthook) == before
