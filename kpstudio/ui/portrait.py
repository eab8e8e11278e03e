"""A picture of the whole window, taken when everything that was asked for is on the screen."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer
from PyQt6.QtWidgets import QApplication

from kpstudio.app.notices import Level, Notice
from kpstudio.base.errors import FileError
from kpstudio.base.paths import atomic_path
from kpstudio.ui.main_window import MainWindow

LOOK_MS = 60
#: Looks in a row at which nothing was going on: one job may start the next.
QUIET = 4
PATIENCE = 300.0  # seconds


class Portrait(QObject):
    """Waits for jobs and frames, takes the picture, ends the application.

    Parameters
    ----------
    window
        The window.
    path
        The PNG file.
    paths
        Files that are being opened: what goes wrong with one of them ends the wait.
    strict
        Whether any other error does so, too.
    """

    def __init__(
        self, window: MainWindow, path: Path, paths: list[Path], *, strict: bool = False
    ) -> None:
        super().__init__(window)
        self._window, self._path, self._paths, self._strict = window, path, paths, strict
        self._quiet = 0
        self._deadline = time.monotonic() + PATIENCE
        #: What went wrong; empty when the picture was written.
        self.error = ""
        window.studio.notified.connect(self._notified)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _notified(self, notice: Notice) -> None:
        concerns = self._strict or any(str(path) in notice.text for path in self._paths)
        nothing_open = len(self._window.studio.document) == 0
        if notice.level is Level.ERROR and (concerns or nothing_open) and not self.error:
            self.error = f"{notice.text}. {notice.detail}".rstrip(". ") + "."

    def _look(self) -> None:
        busy = not (self._window.studio.jobs.idle and self._window.scene.is_drawn)
        self._quiet = 0 if busy else self._quiet + 1
        if self._quiet >= QUIET and not self.error:
            self._take()
        elif time.monotonic() > self._deadline and not self.error:
            self.error = f"nothing was drawn within {PATIENCE:.0f} s."
        elif not self.error:
            return
        self._timer.stop()
        QApplication.exit(0)

    def _take(self) -> None:
        QApplication.processEvents()
        picture = self._window.grab()
        try:
            with atomic_path(self._path) as temporary:
                if not picture.save(str(temporary), "PNG"):
                    raise FileError("could not be written as PNG", path=self._path)
        except FileError as error:
            self.error = str(error)
