"""Where the package finds its own files, keeps its caches, and how it writes safely."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from kpstudio.base.errors import FileError

PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    # In a wheel the folder lies inside the package, in a checkout beside it.
    inside = PACKAGE / f"_{name}"
    return inside if inside.is_dir() else PACKAGE.parent / name


def resources_dir() -> Path:
    """Folder of icons, themes, samples and schemas."""
    return _shipped("resources")


def models_dir() -> Path:
    """Folder of trained models; the environment variable KPSTUDIO_MODELS replaces it."""
    override = os.environ.get("KPSTUDIO_MODELS")
    return Path(override) if override else _shipped("models")


def data_dir() -> Path:
    """Folder for what the application keeps between runs (made when missing)."""
    override = os.environ.get("KPSTUDIO_HOME")
    path = Path(override) if override else Path(platformdirs.user_data_dir("kpstudio"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def user_models_dir() -> Path:
    """Folder of the models that a person trained or imported; it may be missing."""
    return data_dir() / "models"


@contextlib.contextmanager
def atomic_path(path: Path | str, *, durable: bool = True) -> Iterator[Path]:
    """Give a temporary file beside `path`; rename it over `path` when the block succeeds.

    The old file stays as it was if anything goes wrong, a full disk included.

    Parameters
    ----------
    path
        The file to write.
    durable
        Wait until the disk has it: for everything a person would miss after a power cut.

    Raises
    ------
    FileError
        The folder does not exist, cannot be written, or the disk is full.
    """
    path = Path(path)
    if path.is_dir():
        raise FileError("is a folder", remedy="Give the name of a file.", path=path)
    target = path.resolve()  # a link stays one, and leads to the new file
    temporary = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
    try:
        _create(temporary)
        # Libraries may write another file in its place, with a mode of their own.
        mode = (target if target.exists() else temporary).stat().st_mode & 0o777
    except OSError as error:
        raise FileError(
            f"cannot be written ({error.strerror})", remedy="Choose another folder.", path=path
        ) from error
    try:
        yield temporary
        if durable:
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        raise FileError(
            f"could not be written ({error.strerror or error})",
            remedy="Free some space or choose another folder; the old file is unchanged.",
            path=path,
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _create(path: Path) -> None:
    # Not by `tempfile`, whose files only their owner can read: this one has the mode of any new
    # file, as the system decides it. To ask what that is would change it for all threads.
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
