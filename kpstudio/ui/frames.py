"""At most one call a frame, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, QTimer

FRAME_MS = 16


class Coalescer(QObject):
    """Calls a function once after a short while, however often that is requested meanwhile.

    Parameters
    ----------
    call
        The function.
    milliseconds
        The while.
    parent
        Qt parent.
    """

    def __init__(
        self,
        call: Callable[[], None],
        milliseconds: int = FRAME_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(call)

    def request(self) -> None:
        """Ask for a call."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Forget what was asked for."""
        self._timer.stop()

    @property
    def pending(self) -> bool:
        """Whether a call is due."""
        return self._timer.isActive()
