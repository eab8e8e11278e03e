"""What a worker process of our own loads before its first task; Dask imports it by its name."""

from __future__ import annotations

import os
import signal

import kpstudio.app.batch.task  # noqa: F401 - while the workers start side by side


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C and the terminal to the process that a person talks to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not os.environ.get("KPSTUDIO_DEBUG"):
        # Also what libraries print that are not Python's: it would break the progress bar.
        silence = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silence, stream)
        os.close(silence)
