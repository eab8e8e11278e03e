"""Ctrl+C in the terminal closes the window, though Qt's event loop is not Python's."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PyQt6.QtCore import QObject, QSocketNotifier, QTimer


class InterruptListener(QObject):
    """Calls a function on SIGINT; make it on the main thread.

    Python only notes a signal and handles it when it runs the next time, which an idle event loop
    never lets it do. A byte on a socket wakes the loop.

    Parameters
    ----------
    call
        What an interrupt does.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self._receiver, self._sender = socket.socketpair()
        for end in (self._receiver, self._sender):
            end.setblocking(False)
        read = QSocketNotifier.Type.Read
        self._notifier = QSocketNotifier(self._receiver.fileno(), read)  # type: ignore[call-overload]
        self._notifier.activated.connect(self._drain)
        self._wakeup_before = signal.set_wakeup_fd(self._sender.fileno())

        def interrupted(number: int, frame: FrameType | None) -> None:
            # Python runs this between any two of its instructions, even in the middle of a paint.
            QTimer.singleShot(0, call)

        self._handler_before = signal.signal(signal.SIGINT, interrupted)

    def close(self) -> None:
        """Put everything back as it was."""
        signal.signal(signal.SIGINT, self._handler_before)
        signal.set_wakeup_fd(self._wakeup_before)
        self._notifier.setEnabled(False)
        self._receiver.close()
        self._sender.close()

    def _drain(self) -> None:
        # Nothing else to do: while this runs, Python handles the signal it has noted.
        self._receiver.recv(64)
