"""Formats by name: those built in and those of other packages."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

from kpstudio.base.errors import FileError, PluginError
from kpstudio.base.plugins import PluginTable
from kpstudio.io.formats import Format

F = TypeVar("F", bound=Format)


class FormatTable(Generic[F]):
    """The known formats of one kind.

    Parameters
    ----------
    what
        Singular noun for messages, such as "mesh format".
    kind
        Class that all of them must be of.
    builtin
        Where the built-in ones live, in the order in which files are shown to them.
    group
        Entry point group of those of other packages.
    """

    def __init__(self, what: str, kind: type[F], builtin: Mapping[str, str], group: str) -> None:
        def check(name: str, plugin: object) -> None:
            if not isinstance(plugin, kind):
                raise PluginError(f"{plugin!r:.80} is no {kind.__name__}")

        self._what = what
        self._table = PluginTable(what, builtin, group, check)
        self._formats: tuple[F, ...] | None = None

    def all(self) -> tuple[F, ...]:
        """Return the formats; those of other packages that do not load are left out."""
        if self._formats is None:
            found = []
            for name in self._table.names():
                with contextlib.suppress(PluginError):  # `failures` keeps why
                    found.append(self._table.get(name))
            self._formats = tuple(found)
        return self._formats

    @property
    def failures(self) -> Mapping[str, str]:
        """Why formats of other packages are left out, by name: tracebacks, or what they are."""
        self.all()
        return self._table.failures

    def named(self, path: Path) -> F | None:
        """Return the format whose suffix the file has, the longest that fits."""
        fitting = [
            (len(suffix), index)
            for index, candidate in enumerate(self.all())
            for suffix in candidate.suffixes
            if path.name.lower().endswith(suffix)
        ]
        if not fitting:
            return None
        longest = max(length for length, _ in fitting)
        return self.all()[min(index for length, index in fitting if length == longest)]

    def writable(self, path: Path) -> F:
        """Return the format to write a file in, told by its name.

        Raises
        ------
        FileError
            No format that can be written has that suffix.
        """
        found = self.named(path)
        if found is None or not found.can_write:
            endings = [item.suffixes[0] for item in self.all() if item.can_write]
            raise FileError(
                f"no {self._what} that can be written ends in {path.suffix or 'nothing'!r}",
                remedy=f"Choose one of {', '.join(endings)}.",
                path=path,
            )
        return found

    def suffixes(self) -> tuple[str, ...]:
        """Return the suffixes of all formats that can be read, each once."""
        return tuple(
            dict.fromkeys(
                suffix for item in self.all() if item.can_read for suffix in item.suffixes
            )
        )
