"""The table of detectors, and detectors of other packages."""

from __future__ import annotations

import pytest

from kpstudio.base.errors import PluginError
from kpstudio.base.plugins import PluginTable
from kpstudio.detectors import registry


def test_built_in_ids() -> None:
    assert registry.detector_ids()[:2] == ("keypoint-deformer", "farthest-points")


def test_unknown_id() -> None:
    with pytest.raises(PluginError, match=r"no detector 'magic'.*keypoint-deformer"):
        registry.get_detector("magic")


def test_a_broken_plugin_is_told_and_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"broken": "no.such.module:DETECTOR", "odd": "json:dumps", **registry.BUILTIN}
    table = PluginTable("detector", places)
    monkeypatch.setattr(registry, "_table", lambda: table)
    with pytest.raises(PluginError, match="does not load"):
        registry.get_detector("broken")
    assert "ModuleNotFoundError" in registry.detector_failures()["broken"]
    with pytest.raises(PluginError, match="without `spec` and `detect`"):
        registry.get_detector("odd")
    assert registry.get_detector("farthest-points").spec.id == "farthest-points"
