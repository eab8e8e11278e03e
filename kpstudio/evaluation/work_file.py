"""The work file: finished outcomes, one JSON line each, so that an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

from kpstudio.base.errors import FileError
from kpstudio.evaluation.outcome import Outcome


class WorkFile:
    """Outcomes by their key, on disk as soon as they are known; use it in a `with` block.

    Failures are written down too, but tried again in the next run: a detector may be mended.

    Parameters
    ----------
    path
        The file; made when missing. None keeps nothing.

    Raises
    ------
    FileError
        It cannot be read or written, or is no work file.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._done: dict[str, Outcome] = {}
        if path is None:
            return
        try:
            if path.exists():
                self._read(path)
            self._stream = path.open("a", encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FileError(
                f"cannot be used as a work file ({error})", remedy="Choose another.", path=path
            ) from error

    def __enter__(self) -> WorkFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._path is not None:
            self._stream.close()

    def __len__(self) -> int:
        """Return the number of outcomes that need not be made again."""
        return len(self._done)

    def find(self, key: str) -> Outcome | None:
        """Return the outcome of a key, None if it is not there yet."""
        return self._done.get(key)

    def add(self, outcome: Outcome) -> None:
        """Write an outcome down.

        Raises
        ------
        FileError
            The disk is full.
        """
        if self._path is None:
            return
        try:
            self._stream.write(json.dumps(outcome.as_json()) + "\n")
            self._stream.flush()
        except OSError as error:
            raise FileError(f"cannot be written ({error.strerror})", path=self._path) from error

    def _read(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        for number, line in enumerate(whole, 1):
            try:
                outcome = Outcome.from_json(json.loads(line))
            except (KeyError, TypeError, ValueError) as error:
                raise FileError(
                    f"is no work file: line {number} holds something else",
                    remedy="Choose another file; this one is left as it is.",
                    path=path,
                ) from error
            if not outcome.error:
                self._done[outcome.key] = outcome
        if len(whole) < len(lines):
            # The run was stopped in the middle of the last line.
            path.write_text("".join(whole), encoding="utf-8")
