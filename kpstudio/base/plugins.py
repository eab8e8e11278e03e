"""A table of plugins, imported when first used; one that fails is kept with its traceback."""

from __future__ import annotations

import importlib
import importlib.metadata
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from kpstudio.base.errors import PluginError


def _take_anything(_name: str, _plugin: object) -> None:
    """Default check."""


class PluginTable:
    """Names of plugins and where they live ("package.module:attribute").

    Parameters
    ----------
    what
        Singular noun for messages, such as "detector".
    builtin
        The package's own plugins.
    group
        Entry point group in which other packages declare theirs.
    check
        Given a name and what is found there, raises `PluginError` if it is no such plugin.
    """

    def __init__(
        self,
        what: str,
        builtin: Mapping[str, str],
        group: str | None = None,
        check: Callable[[str, Any], None] = _take_anything,
    ) -> None:
        self.what = what
        self._check = check
        self._places = dict(builtin)
        self._loaded: dict[str, Any] = {}
        self._failures: dict[str, str] = {}
        for entry in importlib.metadata.entry_points(group=group) if group else ():
            # Somebody else's package cannot take the place of a built-in.
            self._places.setdefault(entry.name, entry.value)

    def names(self) -> tuple[str, ...]:
        """All names, built-in ones first."""
        return tuple(self._places)

    def get(self, name: str) -> Any:
        """Return the plugin, importing it if need be.

        Raises
        ------
        PluginError
            Unknown name, the plugin does not import, or it is something else; `failures` keeps
            why.
        """
        if name in self._loaded:
            return self._loaded[name]
        if name not in self._places:
            raise PluginError(
                f"there is no {self.what} {name!r}", remedy=f"Known: {', '.join(self._places)}."
            )
        module, _, attribute = self._places[name].partition(":")
        try:
            plugin = getattr(importlib.import_module(module), attribute)
        except Exception as error:  # a plugin may raise anything at import
            self._failures[name] = traceback.format_exc()
            raise PluginError(
                f"the {self.what} {name!r} does not load: {error}",
                remedy=f"Reinstall or remove the package that provides {module}.",
            ) from error
        try:
            self._check(name, plugin)
        except PluginError as error:
            self._failures[name] = str(error)
            raise
        self._loaded[name] = plugin
        return plugin

    @property
    def failures(self) -> Mapping[str, str]:
        """Why plugins that were asked for did not load, by name: tracebacks, or what they are."""
        return self._failures
