"""Which files a batch is about, what they are called in it, and where they lie."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpstudio.base.errors import InputError
from kpstudio.io.registry import mesh_suffixes


@dataclass(frozen=True, order=True)
class Source:
    """One file of a batch.

    Parameters
    ----------
    name
        Its place below the folder that all patterns share, with "/" on every system.
    path
        The file, absolute.
    """

    name: str
    path: Path


def find_sources(patterns: Sequence[str], out: Path) -> tuple[Source, ...]:
    """Return the files that patterns mean, sorted by name.

    Names begin below the folder that the patterns have in common in front of their first wildcard,
    whatever they match today: a file is called the same when others come or go.

    Parameters
    ----------
    patterns
        Files, folders (all meshes below), and patterns with `*`, `?`, `[a-z]`, and `**` for any
        number of folders.
    out
        Folder for results: what lies in it is none of the sources.

    Raises
    ------
    InputError
        A pattern means no file, or they share no folder.
    """
    found: dict[tuple[Path, str], Path] = {}
    anchors = []
    out = out.resolve()
    for pattern in patterns:
        anchor, paths = _expanded(os.path.expanduser(pattern))  # noqa: PTH111 - Path drops "/./"
        anchors.append(anchor)
        before = len(found)
        for path in paths:
            folder = path.parent.resolve()
            if path.is_file() and out != folder and out not in folder.parents:
                # Links that lead round in circles give a file many names: the shortest stays.
                found.setdefault((folder, path.name), path)
        if len(found) == before and not any(path.is_file() for path in paths):
            raise InputError(f"no file is meant by {pattern!r}", remedy="Check its folder.")
    base = _shared(anchors)
    sources = {Source(path.relative_to(base).as_posix(), path) for path in found.values()}
    if not sources:
        raise InputError("all files meant lie in the folder for results", remedy="Choose another.")
    return tuple(sorted(sources))


def _expanded(pattern: str) -> tuple[Path, list[Path]]:
    """Return the folder in front of a pattern's first wildcard, and what the pattern means."""
    literal = _absolute(pattern)
    if literal.is_dir():
        suffixes = mesh_suffixes()
        below = _sorted(literal.rglob("*"))
        return literal, [path for path in below if path.name.lower().endswith(suffixes)]
    anchor, rest = Path(literal.anchor), list(literal.parts[1:])
    while rest and (not glob.has_magic(rest[0]) or (anchor / rest[0]).exists()):
        anchor /= rest.pop(0)  # a name may have brackets in it
    if not rest:
        return literal.parent, [literal]
    pattern = os.path.join(glob.escape(str(anchor)), *rest)  # noqa: PTH118
    matches = glob.iglob(pattern, recursive=True)  # noqa: PTH207 - Path.glob has no "a/**"
    return anchor, _sorted(map(Path, matches))


def _absolute(text: str) -> Path:
    return Path(os.path.abspath(text))  # noqa: PTH100 - links stay what they are


def _sorted(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: (len(path.parts), path))


def _shared(folders: Sequence[Path]) -> Path:
    try:
        return Path(os.path.commonpath(folders))
    except ValueError as error:  # drives of Windows
        raise InputError(
            "the files lie on several drives", remedy="Make a batch for each drive."
        ) from error
