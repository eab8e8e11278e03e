"""Errors nobody caught: shown and logged, never the end of the process.

PyQt aborts on an exception in a slot unless `sys.excepthook` was replaced.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from kpstudio.app.notices import Notice
from kpstudio.base.errors import KPStudioError

log = logging.getLogger(__name__)


def notice_of(error: BaseException) -> Notice:
    """Return what to tell the person about an error that came up through slots and signals.

    Signals wrap what their listeners raise, so the cause is looked for first.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, KPStudioError):
            return Notice.of(cause)
        deepest, cause = cause, cause.__cause__
    return Notice.of(deepest)


@contextmanager
def shown_errors(show: Callable[[Notice], None]) -> Iterator[None]:
    """Show and log unhandled exceptions of all threads while the block runs.

    Parameters
    ----------
    show
        Called with a notice, on the thread the error happened in.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("unhandled %s", "".join(traceback.format_exception(kind, error, trace)))
        show(notice_of(error))

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            hook(args.exc_type, args.exc_value, args.exc_traceback)

    before = sys.excepthook, threading.excepthook
    sys.excepthook, threading.excepthook = hook, thread_hook
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before
