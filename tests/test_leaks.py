"""The leak checks catch what they are there for: a check that sees nothing is worse than none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests import leaks

pytestmark = pytest.mark.gui


@contextmanager
def a_window() -> Iterator[None]:
    from PyQt6.QtWidgets import QWidget

    widget = QWidget()
    yield
    widget.deleteLater()


@contextmanager
def a_timer() -> Iterator[None]:
    from PyQt6.QtCore import QTimer

    timer = QTimer()
    timer.start(1000)
    yield
    timer.stop()


@contextmanager
def a_qthread() -> Iterator[None]:
    from PyQt6.QtCore import QThread

    thread = QThread()
    thread.start()
    yield
    thread.quit()
    thread.wait()


@contextmanager
def a_thread() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield
    end.set()
    thread.join()


@contextmanager
def a_render_window() -> Iterator[None]:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    window = vtkRenderWindow()
    yield
    del window


@pytest.mark.parametrize("leak", [a_window, a_timer, a_qthread, a_thread, a_render_window])
def test_a_leak_is_seen_and_its_end_too(
    leak: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaks, "GRACE", 0.0)
    before = leaks.snapshot()
    with leak():  # type: ignore[attr-defined]
        assert len(leaks.left_since(before)) == 1
    monkeypatch.setattr(leaks, "GRACE", 1.0)
    assert leaks.left_since(before) == []


def test_vtk_errors_are_seen() -> None:
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

    messages = leaks.watch_vtk_errors()
    vtkPolyDataNormals().Update()
    assert any("Input port 0" in message for message in messages)
    messages.clear()


def test_vtk_errors_are_seen_after_pyvista_came() -> None:
    import pyvista  # noqa: F401 - it replaces VTK's output window
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

    messages = leaks.watch_vtk_errors()
    vtkPolyDataNormals().Update()
    assert len(messages) == 1
    messages.clear()
