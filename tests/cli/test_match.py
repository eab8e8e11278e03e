"""`kpstudio match` and `kpstudio register`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import kpstudio
from kpstudio.base.errors import ParameterError
from kpstudio.io.registry import load_mesh, save_mesh
from tests.cli.conftest import Cli
from tests.paired import MOTION, pair


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second, _ = pair(rounds=3)
    paths = tmp_path / "first.ply", tmp_path / "second.ply"
    for path, shape in zip(paths, (first, second), strict=True):
        save_mesh(path, shape.mesh)
    return paths


def test_matches_are_those_places_that_are_the_same(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path
) -> None:
    output = tmp_path / "m.json"
    result = cli("match", *files, "-d", "farthest-points", "-p", "count=10", "--by", "wks",
                 "--rule", "one-to-one", "--verify", "-o", output)  # fmt: skip
    assert result.code == 0, result.err
    assert "matches of 10 and 10 keypoints" in result.err
    content = json.loads(output.read_text(encoding="utf-8"))
    assert len(content["matches"]) >= 4
    for one in content["matches"]:
        there = MOTION.apply(np.array([[one["x1"], one["y1"], one["z1"]]]))[0]
        assert there == pytest.approx([one["x2"], one["y2"], one["z2"]], abs=0.35)


def test_a_table_and_refusals(cli: Cli, files: tuple[Path, Path], tmp_path: Path) -> None:
    output = tmp_path / "m.csv"
    detect = ("-d", "farthest-points", "-p", "count=6")
    assert cli("match", *files, *detect, "--by", "order", "-o", output).code == 0
    rows = list(csv.DictReader(output.read_text(encoding="utf-8").splitlines()))
    assert [row["first"] for row in rows] == [row["second"] for row in rows]
    assert (
        "mutual, one-to-one, ratio"
        in cli("match", *files, *detect, "--rule", "best", "-o", output).err
    )
    refused = cli("match", *files, *detect, "-o", tmp_path / "m.xml")
    assert refused.code == 2
    assert ".json" in refused.err


@pytest.mark.parametrize("keypoints", [False, True])
def test_a_scan_is_carried_onto_the_other(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path, keypoints: bool
) -> None:
    output, report = tmp_path / "moved.ply", tmp_path / "t.json"
    detect = ("-d", "iss", "--by", "fpfh") if keypoints else ()
    result = cli("register", *files, *detect, "-o", output, "--transform", report)
    assert result.code == 0, result.err
    content = json.loads(report.read_text(encoding="utf-8"))
    assert np.array(content["matrix"]) == pytest.approx(MOTION.matrix, abs=1e-3)
    assert content["overlap"] == pytest.approx(1.0)
    assert content["inliers"] <= content["matches"]
    first = load_mesh(files[0])[0].vertices
    assert load_mesh(output)[0].vertices == pytest.approx(MOTION.apply(first), abs=1e-3)


def test_the_motion_goes_to_standard_output_when_no_file_is_named(
    cli: Cli, files: tuple[Path, Path]
) -> None:
    result = cli("register", *files)
    assert result.code == 0, result.err
    assert json.loads(result.out)["source"] == "first.ply"


def test_the_same_from_python() -> None:
    first, second, _ = pair(rounds=3)
    matches = kpstudio.match(first, second, by="wks", rule="one-to-one")
    moved, found = kpstudio.register(first, second, matches)
    assert moved.mesh.vertices == pytest.approx(MOTION.apply(first.mesh.vertices), abs=1e-3)
    assert found.transform.matrix == pytest.approx(MOTION.matrix, abs=1e-3)
    with pytest.raises(ParameterError, match="fpfh"):
        kpstudio.match(first, second, by="magic")
