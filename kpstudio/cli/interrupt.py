"""Ctrl-C in a long run: stop between two steps instead of breaking one in the middle."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from kpstudio.base.context import RunContext


@contextmanager
def interruptible(ctx: RunContext) -> Iterator[None]:
    """Let Ctrl-C cancel the run; a second one, for a step that takes for ever, breaks it."""

    def stop(*_: object) -> None:
        if ctx.cancelled.is_set():
            raise KeyboardInterrupt
        ctx.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
