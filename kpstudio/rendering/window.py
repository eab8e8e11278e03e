"""The one window that pictures are drawn in, which nobody sees, and the thread that owns it.

An OpenGL context belongs to the thread that made it, while pictures are wanted by many: trainings,
detectors, the window of the application, each in a thread of its own. They queue up here.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import vtkmodules.vtkRenderingOpenGL2 as opengl
from vtkmodules.vtkCommonCore import vtkLogger
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from kpstudio.base.errors import KPStudioError

_Answer = TypeVar("_Answer")
_Job = Callable[["Window"], Any]


class Window:
    """A window and its one renderer, to be used in the thread that made it.

    Raises
    ------
    KPStudioError
        Nothing to draw with is installed.
    """

    def __init__(self) -> None:
        self.window = _offscreen_window()
        self.renderer = vtkRenderer()
        self.renderer.SetBackground(0.0, 0.0, 0.0)
        self.window.AddRenderer(self.renderer)
        #: What is drawn at the moment, so that the next camera need not upload it again.
        self.shown: object = None

    def close(self) -> None:
        """Give everything on the graphics side back."""
        self.shown = None
        self.renderer.RemoveAllViewProps()
        self.window.RemoveRenderer(self.renderer)
        self.window.Finalize()


class _Painter:
    """A thread with a window, which does one job after the other until it is stopped."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[_Job, Future[Any]] | None] = queue.SimpleQueue()
        # A thread that is not a daemon would be waited for before `atexit` can tell it to stop.
        self._thread = threading.Thread(target=self._work, name="rendering", daemon=True)
        self._thread.start()

    def ask(self, job: Callable[[Window], _Answer]) -> Future[_Answer]:
        """Queue a job."""
        answer: Future[_Answer] = Future()
        self._jobs.put((job, answer))
        return answer

    def stop(self) -> None:
        """Close the window once what is queued is done, and wait for that."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        window: Window | None = None
        while (order := self._jobs.get()) is not None:
            job, answer = order
            try:
                window = window or Window()
                answer.set_result(job(window))
            except BaseException as error:
                answer.set_exception(error)
            # Otherwise they stay alive, with the mesh they hold, until the next one comes.
            del order, job, answer
        if window is not None:
            window.close()


_lock = threading.Lock()
_painter: _Painter | None = None


def paint(job: Callable[[Window], _Answer]) -> _Answer:
    """Return what a job does with the window; jobs of all threads are done one after the other.

    The window is opened by the first job and stays open.

    Raises
    ------
    KPStudioError
        Nothing to draw with is installed.
    """
    global _painter
    with _lock:
        _painter = _painter or _Painter()
        answer = _painter.ask(job)
    return answer.result()


def close_window() -> None:
    """Close the window and end its thread, if there are any; the next job opens it anew."""
    global _painter
    with _lock:
        if _painter is not None:
            _painter.stop()
            _painter = None


atexit.register(close_window)


def _offscreen_window() -> vtkRenderWindow:
    """Return a window that needs no display where that is possible."""
    window = _hidden_window()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)  # colours are numbers here: they must not mix
    window.SetSwapBuffers(False)
    if not _quietly(window.SupportsOpenGL):
        raise _nothing_to_draw_with()
    return window


def _hidden_window() -> vtkRenderWindow:
    # VTK ends the process where it misses these libraries, and so they are looked for before.
    if hasattr(opengl, "vtkEGLRenderWindow") and _is_installed("libEGL.so.1"):
        return opengl.vtkEGLRenderWindow()
    has_other = os.environ.get("DISPLAY") or _is_installed("libOSMesa.so.8")
    if sys.platform.startswith("linux") and not has_other:
        raise _nothing_to_draw_with()
    return _quietly(vtkRenderWindow)


def _is_installed(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _quietly(call: Callable[[], _Answer]) -> _Answer:
    """Return what a call answers that would warn on standard error: here the answer counts."""
    before = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        return call()
    finally:
        vtkLogger.SetStderrVerbosity(before)


def _nothing_to_draw_with() -> KPStudioError:
    return KPStudioError(
        "pictures of shapes cannot be rendered: OpenGL was not found",
        remedy="Install it; on Debian and Ubuntu: apt-get install libegl1 libgl1-mesa-dri.",
    )
