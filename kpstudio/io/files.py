"""Files that cannot be opened: one clear sentence for each reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kpstudio.base.errors import Cancelled, FileError, FormatError, KPStudioError
from kpstudio.io.damage import EXPORT_AGAIN

T = TypeVar("T")


def file_size(path: Path) -> int:
    """Return the size of a file, bytes.

    Raises
    ------
    FileError
        It does not exist, is a folder, or must not be read.
    FormatError
        It is empty.
    """
    try:
        if path.is_dir():
            raise FileError("is a folder", remedy="Give the name of a file in it.", path=path)
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if size == 0:
        raise FormatError("is empty", remedy="Export or download it again.", path=path)
    return size


def unreadable(path: Path, error: OSError) -> FileError:
    """Return the error of a file that the system does not hand out."""
    if isinstance(error, FileNotFoundError):
        return FileError("does not exist", remedy="Check its name.", path=path)
    reason = error.strerror or str(error)
    return FileError(f"cannot be read ({reason})", remedy="Check who may read it.", path=path)


def read_head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file.

    Raises
    ------
    FileError
        It must not be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise unreadable(path, error) from error


def guarded(path: Path, title: str, work: Callable[[], T]) -> T:
    """Return the result of reading a file; whatever goes wrong becomes an error that names it.

    Raises
    ------
    FormatError, FileError
        The content makes no sense, or there is not enough memory for it.
    """
    try:
        return work()
    except Cancelled:
        raise
    except FileError as error:
        raise error.at(path) from error.__cause__
    except KPStudioError as error:
        # A value that no mesh or parameter may have: here it is the file that is wrong.
        raise FormatError(error.message, remedy=error.remedy or EXPORT_AGAIN, path=path) from error
    except OSError as error:
        raise unreadable(path, error) from error
    except MemoryError as error:
        raise FormatError(
            "needs more memory than there is", remedy="Simplify the mesh first.", path=path
        ) from error
    except Exception as error:  # a damaged file can trip a reader anywhere
        raise FormatError(
            f"is damaged, or is no {title} file ({type(error).__name__}: {error})",
            remedy="Export or download it again.",
            path=path,
        ) from error
