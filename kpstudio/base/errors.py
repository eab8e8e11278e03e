"""One family of errors, each with a message a person can act on."""

from __future__ import annotations

from pathlib import Path


class KPStudioError(Exception):
    """Something a person can understand and mend.

    Parameters
    ----------
    message
        What is wrong, one sentence without a full stop.
    remedy
        What to do about it, one sentence; empty if there is nothing to do.
    path
        The file concerned, named in front of the message.
    """

    def __init__(self, message: str, *, remedy: str = "", path: Path | str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.path = Path(path) if path is not None else None

    def __str__(self) -> str:
        head = f"{self.path}: {self.message}" if self.path is not None else self.message
        return f"{head.rstrip('.')}. {self.remedy}" if self.remedy else head

    def at(self, path: Path | str) -> KPStudioError:
        """Return this error with `path` filled in, unless it already names a file."""
        if self.path is None:
            self.path = Path(path)
        return self


class InputError(KPStudioError):
    """Data that no operation can work on: empty, NaN, wrong shape."""


class ParameterError(KPStudioError):
    """A parameter outside its range, or of the wrong kind."""


class FileError(KPStudioError):
    """A file that cannot be read or written."""


class FormatError(FileError):
    """A file whose content is not what its format promises."""


class ModelError(KPStudioError):
    """A model that is missing, corrupt, or of another architecture."""


class PluginError(KPStudioError):
    """A plugin that failed to load or broke its contract."""


class Cancelled(Exception):  # not an error: somebody asked for it
    """Raised inside a run when its context was cancelled."""
