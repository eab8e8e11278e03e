"""`kpstudio models list`, `kpstudio detectors list` and `kpstudio formats list`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kpstudio.base.parameters import build, describe
from kpstudio.detectors import registry
from kpstudio.io import mesh_registry
from kpstudio.io.format_table import FormatTable
from kpstudio.io.formats import MeshFormat
from kpstudio.io.registry import keypoint_formats, mesh_formats
from tests.cli.conftest import Cli


def test_models(cli: Cli, models: Path) -> None:
    rows = json.loads(cli("models", "list", "--json").out)
    assert {(row["kind"], row["category"]) for row in rows} == {
        ("keypoint-deformer", "thing"),
        ("keypoint-deformer", "other"),
        ("recogniser", ""),
    }
    assert all(Path(row["file"]).is_file() for row in rows)
    lines = cli("models", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == [row["id"] for row in rows]


def test_no_models(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    assert cli("models", "list").out == ""
    assert json.loads(cli("models", "list", "--json").out) == []


def test_a_damaged_list_of_models(refused: Callable[..., str], models: Path) -> None:
    (models / "manifest.json").write_text('{"models": 3}')
    assert str(models / "manifest.json") in refused("models", "list")


def test_detectors_describe_their_parameters(cli: Cli) -> None:
    rows = json.loads(cli("detectors", "list", "--json").out)
    assert [row["id"] for row in rows] == list(registry.detector_ids())
    for row in rows:
        kind = registry.get_detector(row["id"]).spec.parameters
        told = {entry["name"]: entry["default"] for entry in row["parameters"]}
        assert build(kind, told) == kind()
        assert row["title"] in cli("detectors", "list").out


def test_a_detector_and_its_parameters(cli: Cli, refused: Callable[..., str]) -> None:
    spec = registry.get_detector("iss").spec
    told = cli("detectors", "show", "iss").out
    flat = " ".join(told.split())
    assert spec.title in told
    assert spec.summary in flat
    assert spec.citation in flat
    for info in describe(spec.parameters):
        assert f"\n  {info.name} = " in told
        assert info.help in flat
    assert f"count = {spec.parameters().count}; 1 to 4096\n" in told
    assert "metric = euclidean; one of euclidean, geodesic\n" in told
    shown = json.loads(cli("detectors", "show", "iss", "--json").out)
    assert shown in json.loads(cli("detectors", "list", "--json").out)
    assert "there is no detector 'magic'" in refused("detectors", "show", "magic")
    assert "detectors show ID" in cli("detect", "--help").out


@pytest.mark.usefixtures("models")
def test_which_detectors_need_a_model_and_which_have_one(cli: Cli) -> None:
    lines = {line.split()[0]: line for line in cli("detectors", "list").out.splitlines()}
    assert "model: other, thing" in lines["keypoint-deformer"]
    assert "model: none yet" in lines["skeleton-merger"]
    assert "model" not in lines["iss"].replace("-", " ").split("  ")[2]
    assert "none yet" in cli("detectors", "show", "snake").out


@pytest.mark.usefixtures("models")
def test_a_detector_without_a_model_says_where_the_category_came_from(
    refused: Callable[..., str], mesh_file: Path
) -> None:
    line = refused("detect", mesh_file, "-d", "skeleton-merger")
    assert "recognised as 'thing'" in line
    assert "there are none yet" in line
    assert "`kpstudio train skeleton-merger --category thing" in line
    assert "Tools > Train" in line
    named = refused("detect", mesh_file, "-d", "skeleton-merger", "-m", "chair")
    assert "there is no skeleton-merger model 'chair'" in named
    assert "kpstudio train skeleton-merger" in named


def test_a_broken_detector_is_listed_with_the_reason(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "BUILTIN", {"broken": "no.such.module:DETECTOR"})
    registry._table.cache_clear()
    try:
        row = json.loads(cli("detectors", "list", "--json").out)[0]
    finally:
        registry._table.cache_clear()
    assert row["id"] == "broken"
    assert "No module named 'no'" in row["summary"]


def test_formats(cli: Cli) -> None:
    rows = json.loads(cli("formats", "list", "--json").out)
    known = {(row["kind"], row["id"]): row for row in rows}
    assert len(known) == len(rows) == len(mesh_formats()) + len(keypoint_formats())
    assert known["mesh", "gltf"]["read"]
    assert not known["mesh", "gltf"]["write"]
    assert "the order of the vertices" in known["mesh", "stl"]["loses"]
    assert known["keypoints", "json"]["loses"] == []
    lines = cli("formats", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == [row["id"] for row in rows]
    (stl,) = (line for line in lines if line.startswith("stl "))
    assert "read, write" in stl
    assert "loses the order of the vertices" in stl


def test_a_broken_format_is_listed_with_the_reason(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = FormatTable("mesh format", MeshFormat, {"step": "no.such.module:FORMAT"}, "none")
    monkeypatch.setattr(mesh_registry, "_FORMATS", broken)
    row = json.loads(cli("formats", "list", "--json").out)[0]
    assert (row["id"], row["kind"]) == ("step", "mesh")
    assert "No module named 'no'" in row["summary"]
    assert "broken: ModuleNotFoundError" in cli("formats", "list").out
