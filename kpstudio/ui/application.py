"""Opens the window; with `screenshot`, takes a picture of it and leaves."""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PyQt6.QtCore import (
    QCoreApplication,
    QMessageLogContext,
    Qt,
    QtMsgType,
    qInstallMessageHandler,
)
from PyQt6.QtGui import QIcon, QSurfaceFormat
from PyQt6.QtWidgets import QApplication, QStyleFactory

from kpstudio.app.studio import Studio
from kpstudio.base.errors import FileError, KPStudioError
from kpstudio.base.paths import data_dir, resources_dir
from kpstudio.detectors.registry import detector_ids
from kpstudio.io.samples import sample_path
from kpstudio.ui.excepthook import shown_errors
from kpstudio.ui.interrupt import InterruptListener
from kpstudio.ui.job_bridge import JobBridge
from kpstudio.ui.main_window import MainWindow
from kpstudio.ui.portrait import Portrait
from kpstudio.ui.theme import Themes

log = logging.getLogger(__name__)

BAD_INPUT = 2
#: Seconds after which a busy thread lets the window's go on: a fifth of Python's own.
SWITCH_INTERVAL = 0.001
FIRST_SAMPLE = "airplane"


def has_display() -> bool:
    """Whether a window with a viewport can be opened here."""
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal"):
        return False  # no OpenGL there
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def prepare_opengl() -> None:
    """Set what must be set before the application object is made.

    Floating a dock moves widgets between windows, so all GL contexts share; the first of them is
    made with the application, and must be of the kind that VTK draws with.
    """
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    kind = QSurfaceFormat()
    kind.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    kind.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    kind.setVersion(3, 2)
    QSurfaceFormat.setDefaultFormat(kind)


def create_application() -> QApplication:
    """Return the one application object, made if need be."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        app = existing
    else:
        prepare_opengl()
        app = QApplication(sys.argv[:1])
    app.setApplicationName("KP Studio")
    app.setDesktopFileName("kpstudio")
    app.setWindowIcon(QIcon(str(resources_dir() / "desktop" / "kpstudio.svg")))
    app.setStyle(QStyleFactory.create("Fusion"))
    return app


def create_window() -> MainWindow:
    """Return a new window with a studio of its own; the application must exist."""
    bridge = JobBridge()
    studio = Studio(bridge.post)
    window = MainWindow(studio, Themes(studio.settings))
    bridge.setParent(window)
    window.themes.setParent(window)
    return window


def run(
    paths: list[Path],
    detect: str | None = None,
    screenshot: Path | None = None,
    size: tuple[int, int] | None = None,
) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    paths
        Files to open; none for the bundled sample.
    detect
        Id of the detector to choose.
    screenshot
        Write a picture of the whole window when everything is drawn, then leave.
    size
        Size of the window, logical pixels.

    Returns
    -------
    int
        0, or 2 when the input was bad; standard error then says why in one line.
    """
    try:
        _check(paths, detect)
    except KPStudioError as error:
        return _refuse(str(error))
    _log_to_file()
    qInstallMessageHandler(_log_qt)
    sys.setswitchinterval(SWITCH_INTERVAL)
    app = create_application()
    window = create_window()
    with shown_errors(window.studio.notify):
        if size is not None:
            window.resize(*size)
        window.show()
        app.processEvents()  # the window is there before anything slow begins
        if detect is not None:
            window.studio.detecting.choose(detect)
        portrait = None
        if screenshot is not None:
            portrait = Portrait(window, screenshot, paths, strict=detect is not None)
        window.studio.files.open(paths or [sample_path(FIRST_SAMPLE)])
        interrupts = InterruptListener(lambda: app.exit(0))  # quit would close the window first
        code = app.exec()
        interrupts.close()
        window.finish()
    if portrait is not None and portrait.error:
        return _refuse(portrait.error)
    return code


def _check(paths: list[Path], detect: str | None) -> None:
    if not has_display():
        raise KPStudioError(
            "there is no display to open a window on",
            remedy="Set DISPLAY, or use `kpstudio detect` and the other commands.",
        )
    if detect is not None and detect not in detector_ids():
        raise KPStudioError(
            f"there is no detector {detect!r}", remedy=f"Known: {', '.join(detector_ids())}."
        )
    for path in paths:
        if not path.exists():
            raise FileError("does not exist", remedy="Check the name of the file.", path=path)


def _refuse(message: str) -> int:
    sys.stderr.write(f"kpstudio: {message}\n")
    return BAD_INPUT


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    """Put what Qt has to say into the log: a terminal is not where users of a window look."""
    grave = (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    log.log(logging.ERROR if kind in grave else logging.INFO, "Qt: %s", message)


def _log_to_file() -> None:
    """Keep a log in the user's data folder, for reports of what went wrong."""
    logger = logging.getLogger("kpstudio")
    if any(isinstance(handler, RotatingFileHandler) for handler in logger.handlers):
        return
    try:
        handler = RotatingFileHandler(
            data_dir() / "kpstudio.log", maxBytes=500_000, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return  # a log that cannot be written is no reason not to start
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
