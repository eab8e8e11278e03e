"""Work for batches that does to its worker what the file says: it crashes, hangs, raises."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpstudio.app.batch.work import Made
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError


@dataclass(frozen=True)
class Toil:
    """Obey the first word of a file; write its text in capitals otherwise.

    Parameters
    ----------
    suffix
        As every work has one.
    salt
        A part of the identity.
    """

    suffix: str = ".txt"
    salt: str = ""

    def identity(self) -> Mapping[str, Any]:
        """Return the salt."""
        return {"salt": self.salt}

    def perform(self, source: Path, output: Path, ctx: RunContext) -> Made:
        """Do what the file says."""
        text = source.read_text()
        word, _, rest = text.partition(" ")
        if word == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "hang":
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            time.sleep(600)
        elif word == "dawdle":
            while True:
                ctx.check()
                time.sleep(0.01)
        elif word == "refuse":
            raise InputError("is refused", remedy="Write something else.", path=source)
        elif word == "raise":
            raise ZeroDivisionError("by a plugin")
        elif word == "leave":
            raise SystemExit(3)
        elif word == "sleep":
            time.sleep(float(rest))
        output.write_text(text.upper())
        return Made(len(text), notes=("It is in capitals.",))
