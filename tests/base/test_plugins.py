import importlib.metadata
import json

import pytest

from kpstudio.base.errors import PluginError
from kpstudio.base.plugins import PluginTable

BUILTIN = {"dumps": "json:dumps", "gone": "no_such_module:thing", "lost": "json:no_such_name"}


def test_plugins_are_imported_when_first_used() -> None:
    table = PluginTable("tool", BUILTIN)
    assert table.names() == ("dumps", "gone", "lost")
    assert table.failures == {}
    assert table.get("dumps") is json.dumps
    assert table.get("dumps") is json.dumps


@pytest.mark.parametrize("name", ["gone", "lost"])
def test_one_that_fails_is_kept_with_its_traceback(name: str) -> None:
    table = PluginTable("tool", BUILTIN)
    with pytest.raises(PluginError, match=f"the tool '{name}' does not load.*Reinstall or remove"):
        table.get(name)
    assert "Traceback" in table.failures[name]
    assert table.get("dumps") is json.dumps


def test_an_unknown_one_is_told_the_known() -> None:
    with pytest.raises(PluginError, match=r"no tool 'x'. Known: dumps, gone, lost"):
        PluginTable("tool", BUILTIN).get("x")


def test_other_packages_add_but_do_not_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        importlib.metadata.EntryPoint("dumps", "json:loads", "g"),
        importlib.metadata.EntryPoint("loads", "json:loads", "g"),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    table = PluginTable("tool", {"dumps": "json:dumps"}, "g")
    assert table.names() == ("dumps", "loads")
    assert table.get("dumps") is json.dumps
    assert table.get("loads") is json.loads
