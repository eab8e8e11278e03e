"""A detector in a package of its own is one like the others, once its package is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpstudio.io.registry import save_mesh
from tests import plugins, shapes
from tests.plugins import python


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    plugins.install_package(folder)
    plugins.install_broken(folder)
    return folder


@pytest.fixture
def mesh_file(tmp_path: Path) -> Path:
    path = tmp_path / "meshes" / "box.ply"
    path.parent.mkdir()
    save_mesh(path, shapes.box((3.0, 1.0, 2.0), divisions=2))
    return path


def test_it_is_listed_and_a_broken_one_says_why(site: Path) -> None:
    listed = python(site, "kpstudio", "detectors", "list", "--json").stdout
    rows = {row["id"]: row for row in json.loads(listed)}
    assert rows["extremes"]["title"] == "Extremes"
    assert [each["name"] for each in rows["extremes"]["parameters"]] == ["axes", "margin"]
    assert "its library is missing" in rows["broken"]["summary"]
    assert "broken: " not in "".join(row["summary"] for id, row in rows.items() if id != "broken")


def test_it_detects(site: Path, mesh_file: Path) -> None:
    result = python(site, "kpstudio", "detect", mesh_file, "-d", "extremes", "-p", "axes=x",
                    "--up", "+y", "--front", "+z")  # fmt: skip
    found = json.loads(result.stdout)
    assert [point["label"] for point in found["keypoints"]] == ["right", "left"]
    assert [point["position"][0] for point in found["keypoints"]] == [-1.5, 1.5]


def test_it_is_evaluated(site: Path, mesh_file: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.json"
    python(site, "kpstudio", "evaluate", "extremes", "--on", mesh_file.parent,
           "--disturb", "none", "--disturb", "noise=0.5", "--json", scores)  # fmt: skip
    assert "extremes" in {entrant["id"] for entrant in json.loads(scores.read_text())["entrants"]}


@pytest.mark.slow
def test_it_keeps_the_contract(site: Path) -> None:
    contract = plugins.ROOT / "tests" / "detectors" / "test_contract.py"
    done = python(site, "pytest", contract, "-k", "extremes", "-v", "-p", "no:cacheprovider")
    assert "test_spec[extremes] PASSED" in done.stdout
