"""The meshes that come with the program; resources/samples/CREDITS.md says whose they are."""

from __future__ import annotations

from pathlib import Path

from kpstudio.base.errors import FileError
from kpstudio.base.paths import resources_dir

#: The sample that is opened first.
DEFAULT = "airplane"


def sample_names() -> tuple[str, ...]:
    """Return the names of the samples, the default one first."""
    names = sorted(path.stem for path in _folder().glob("*.glb"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT))


def sample_path(name: str = DEFAULT) -> Path:
    """Return the file of a sample.

    Raises
    ------
    FileError
        There is no such sample.
    """
    if name not in sample_names():
        known = ", ".join(sample_names()) or "none: the installation is incomplete"
        raise FileError(f"there is no sample {name!r}", remedy=f"Known: {known}.")
    return _folder() / f"{name}.glb"


def _folder() -> Path:
    return resources_dir() / "samples"
