"""The table of detectors, and detectors of other packages."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kpstudio.base.errors import PluginError
from kpstudio.base.plugins import PluginTable
from kpstudio.detectors import registry
from kpstudio.detectors.protocol import Family

MISFITS = {
    "odd": "is a function, not an object with `spec`",
    "a-class": "is the class Iss,",
    "misnamed": "no `DetectorSpec` of that id",
}


def test_built_in_ids() -> None:
    assert registry.detector_ids()[:2] == ("keypoint-deformer", "farthest-points")


def test_unknown_id() -> None:
    with pytest.raises(PluginError, match=r"no detector 'magic'.*keypoint-deformer"):
        registry.get_detector("magic")


def test_a_broken_plugin_is_told_and_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {
        "broken": "no.such.module:DETECTOR",
        "odd": "json:dumps",
        "a-class": "kpstudio.detectors.iss:Iss",
        "misnamed": "kpstudio.detectors.iss:DETECTOR",
        **registry.BUILTIN,
    }
    table = PluginTable("detector", places, check=registry.check)
    monkeypatch.setattr(registry, "_table", lambda: table)
    with pytest.raises(PluginError, match="does not load"):
        registry.get_detector("broken")
    assert "ModuleNotFoundError" in registry.detector_failures()["broken"]
    for name, words in MISFITS.items():
        with pytest.raises(PluginError, match=words):
            registry.get_detector(name)
        assert name in registry.detector_failures()[name]
    assert registry.get_detector("farthest-points").spec.id == "farthest-points"


def test_families_in_the_order_of_lists_hold_every_detector_once() -> None:
    families = registry.by_family()
    assert list(families) == list(Family)
    assert [spec.id for spec in families[Family.BASELINE]] == ["farthest-points"]
    in_lists = [spec.id for specs in families.values() for spec in specs]
    assert sorted(in_lists) == sorted(registry.detector_ids())
    for family, specs in families.items():
        learned = family in (Family.ANY_SHAPE, Family.BY_CATEGORY)
        assert all(spec.needs_model == learned for spec in specs)


def test_the_table_keeps_families_together() -> None:
    families = [registry.get_detector(id).spec.family for id in registry.detector_ids()[1:]]
    assert sum(a is not b for a, b in pairwise(families)) == len(Family) - 1
