"""What a group of files leaves on disk while it is worked on, for whoever goes on with it.

A worker process may end at any moment: its machine runs out of memory, a library crashes, somebody
kills it. The group then runs again elsewhere. Its trail says which files are finished, so that
nothing is done twice, and at which one the process was, so that one that ends every process is
given up and the others go on.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from kpstudio.app.batch.outcome import Outcome


class Trail:
    """The trail of one group of files, JSON lines: {"start": name} and {"outcome": {...}}.

    Parameters
    ----------
    path
        The file; read if it is there, in a folder that must be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts: Counter[str] = Counter()
        self.outcomes: dict[str, Outcome] = {}
        for entry in _entries(path):
            if "outcome" in entry:
                outcome = Outcome.from_json(entry["outcome"])
                self.outcomes[outcome.name] = outcome
            else:
                self._starts[entry["start"]] += 1

    @property
    def overtime(self) -> Path:
        """The file in which a watchdog says that it ended the process."""
        return self._path.with_suffix(".overtime")

    def starts(self, name: str) -> int:
        """Return how often a file was begun."""
        return self._starts[name]

    def start(self, name: str) -> None:
        """Write down that a file is begun.

        Raises
        ------
        OSError
            It cannot be written; when the batch was stopped, its folder is gone.
        """
        self._write({"start": name})
        self._starts[name] += 1

    def add(self, outcome: Outcome) -> None:
        """Write down what became of a file; raises as `start`."""
        self._write({"outcome": outcome.as_json()})
        self.outcomes[outcome.name] = outcome

    def _write(self, entry: dict[str, Any]) -> None:
        # One call to the system for a line, so that lines stay whole when the process is killed,
        # or when two of them follow one trail because the first was only thought dead.
        stream = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(stream, (json.dumps(entry) + "\n").encode())
        finally:
            os.close(stream)


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        with contextlib.suppress(ValueError):  # the end of a line is lost when the disk is full
            entries.append(json.loads(line))
    return entries
