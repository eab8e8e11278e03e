"""From any thread to the window's: calls go through the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, pyqtSignal


class JobBridge(QObject):
    """Makes calls on the thread it was created in, whoever posts them."""

    _posted = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        queued = Qt.ConnectionType.QueuedConnection
        self._posted.connect(self._call, queued)  # type: ignore[call-arg] # stubs lack the type

    def post(self, call: Callable[[], None]) -> None:
        """Make a call soon, on the window's thread; from any thread."""
        self._posted.emit(call)

    def _call(self, call: Callable[[], None]) -> None:
        call()
