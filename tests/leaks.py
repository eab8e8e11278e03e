"""What a test may leave behind by mistake: VTK errors, windows, threads, timers, GL contexts."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

GRACE = 2.0  #: seconds that threads may take to end

_vtk_messages: list[str] = []
_watched: list[Any] = []


def watch_vtk_errors() -> list[str]:
    """Return the list, emptied, into which VTK's error messages go from now on."""
    from vtkmodules.vtkCommonCore import vtkOutputWindow

    window = vtkOutputWindow.GetInstance()
    # pyvista puts a window of its own in place when it is imported: watch that one as well.
    if window not in _watched:
        window.AddObserver("ErrorEvent", _collect)
        _watched.append(window)
    _vtk_messages.clear()
    return _vtk_messages


def _collect(_window: Any, _event: str, text: str) -> None:
    _vtk_messages.append(text.strip())


_collect.CallDataType = "string0"  # type: ignore[attr-defined] # VTK then hands the text over


def snapshot() -> set[int]:
    """Return the ids of everything alive that `left_since` looks for."""
    _settle()
    # What is alive now is none of the test's: the collector need not look at the half million
    # objects of torch, VTK and Qt again and again.
    gc.freeze()
    return {id(thing) for thing, _ in _candidates()}


def left_since(before: set[int]) -> list[str]:
    """Return descriptions of what is alive now, was not before, and should not be."""
    deadline = time.monotonic() + GRACE
    while True:
        _settle()
        left = [text for thing, text in _candidates() if id(thing) not in before]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _settle() -> None:
    """Let deferred deletions happen and collect what is unreachable."""
    from PyQt6.QtCore import QEvent
    from PyQt6.QtWidgets import QApplication

    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    gc.collect()


def _candidates() -> list[tuple[Any, str]]:
    return [*_widgets(), *_threads(), *_qt_objects(), *_render_windows()]


def _widgets() -> list[tuple[Any, str]]:
    from PyQt6.QtWidgets import QApplication

    return [
        (widget, f"top-level {type(widget).__name__} {widget.objectName()!r}")
        for widget in QApplication.topLevelWidgets()
        if type(widget).__name__ != "QTipLabel"  # Qt keeps its tooltip for the next one
    ]


def _threads() -> list[tuple[Any, str]]:
    return [(thread, f"thread {thread.name}") for thread in threading.enumerate()]


def _qt_objects() -> list[tuple[Any, str]]:
    from PyQt6 import sip
    from PyQt6.QtCore import QThread, QTimer

    found: list[tuple[Any, str]] = []
    for thing in gc.get_objects():
        # type() and not isinstance(), which may run somebody's __class__ property.
        kind = type(thing)
        if issubclass(kind, QTimer) and not sip.isdeleted(thing) and thing.isActive():
            found.append((thing, f"running timer of {thing.interval()} ms"))
        elif issubclass(kind, QThread) and not sip.isdeleted(thing) and thing.isRunning():
            found.append((thing, f"running {kind.__name__}"))
    return found


def _render_windows() -> list[tuple[Any, str]]:
    kinds = ("RenderWindow", "RenderWindowInteractor")
    return [
        (thing, f"{type(thing).__name__}")
        for thing in gc.get_objects()
        if type(thing).__name__.startswith("vtk") and type(thing).__name__.endswith(kinds)
    ]
