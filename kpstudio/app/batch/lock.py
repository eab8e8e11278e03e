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
        stream = path.open("ab")
    except OSError as error:
        raise FileError(f"cannot be written ({error.strerror})", path=path) from error
    with stream:
        try:
            _hold(stream)
        except BlockingIOError as error:
            folder = path.parent.parent
            raise FileError(
                "is in use by another batch", remedy="Wait, or choose another.", path=folder
            ) from error
        yield


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
