"""The run context: how long work reports progress and hears that it is no longer wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kpstudio.base.errors import Cancelled

#: Seconds between two looks of a run that is paused.
_GLANCE = 0.05


def _ignore(*_: Any) -> None:
    """Default listener."""


@dataclass(frozen=True)
class RunContext:
    """Progress, pause and cancellation of one run.

    Parameters
    ----------
    on_progress
        Called with (fraction in 0..1, text) from the thread that works.
    cancelled
        Set it from any thread to stop the run at its next `check`.
    paused
        Set it from any thread to let the run wait at its next `check` until it is cleared.
    """

    on_progress: Callable[[float, str], None] = _ignore
    cancelled: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Wait while the run is paused; raise `Cancelled` if it is no longer wanted."""
        while self.paused.is_set() and not self.cancelled.wait(_GLANCE):
            pass
        if self.cancelled.is_set():
            raise Cancelled

    def progress(self, fraction: float, text: str = "") -> None:
        """Report how far the run is, and stop it here if it was cancelled."""
        self.check()
        self.on_progress(min(max(fraction, 0.0), 1.0), text)

    def cancel(self) -> None:
        """Ask the run to stop."""
        self.cancelled.set()

    def pause(self) -> None:
        """Ask the run to wait."""
        self.paused.set()

    def go_on(self) -> None:
        """Let a run that waits go on."""
        self.paused.clear()

    def part(self, start: float, stop: float) -> RunContext:
        """Return a context whose 0..1 is the range `start`..`stop` of this one."""

        def scaled(fraction: float, text: str) -> None:
            self.on_progress(start + (stop - start) * fraction, text)

        return RunContext(scaled, self.cancelled, self.paused)
