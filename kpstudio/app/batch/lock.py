"""One batch at a time in a folder: a lock that the system lets go when its process ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kpstudio.base.errors import FileError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file for this process alone.

    Parameters
    ----------
    path
        The file; made when missing. It stays, since to remove it could free what another holds.

    Raises
    ------
    FileError
        Another process holds it, or it cannot be written.
    """
    try:
        with path.open("ab") as stream:
            _hold(stream)
            yield
    except BlockingIOError as error:
        raise FileError(
            "is in use by another batch", remedy="Wait for it, or choose another.",
            path=path.parent.parent,
        ) from error  # fmt: skip


if sys.platform == "win32":
    import msvcrt

    def _hold(stream: IO[bytes]) -> None:
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error

else:
    import fcntl

    def _hold(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
