"""Listening to VTK objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def observe(
    subject: Any, event: str, callback: Callable[[Any, str], None], priority: float = 0.0
) -> int:
    """Call `callback` with the subject and the event's name whenever it happens.

    Returns
    -------
    The tag that `RemoveObserver` takes. Observers are called highest priority first.
    """
    # VTK's stubs know events by number only.
    tag: int = subject.AddObserver(event, callback, priority)
    return tag
