"""`kpstudio info`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import save_mesh
from tests.cli.conftest import Cli


def test_facts(cli: Cli, mesh: Mesh, mesh_file: Path) -> None:
    facts = json.loads(cli("info", mesh_file, "--json").out)
    assert (facts["vertices"], facts["faces"]) == (len(mesh.vertices), len(mesh.faces))
    np.testing.assert_array_equal([facts["low"], facts["high"]], mesh.bounds)
    assert facts["key"] == mesh.key
    assert facts["notes"] == []
    lines = dict(line.split(maxsplit=1) for line in cli("info", mesh_file).out.splitlines()
                 if " " in line)  # fmt: skip
    assert lines["vertices"] == str(len(mesh.vertices))
    assert np.allclose([float(value) for value in lines["low"].split()], mesh.bounds[0], rtol=1e-5)


def test_defects_are_told(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "two.off"
    path.write_text("OFF\n4 2 0\n0 0 0\n1 0 0\n0 1 0\n9 9 9\n3 0 1 2\n3 0 1 2\n")
    notes = json.loads(cli("info", path, "--json").out)["notes"]
    assert any("1 vertex belongs to no face" in note for note in notes)
    assert any("1 face repeats" in note for note in notes)
    assert "; ".join(notes) in cli("info", path).out


def test_a_point_cloud_is_told_too(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "cloud.off"
    path.write_text("OFF\n3 0 0\n0 0 0\n1 0 0\n0 1 0\n")
    assert "It is a point cloud" in cli("info", path).out


def test_the_frame_of_a_scan(cli: Cli, mesh: Mesh, tmp_path: Path) -> None:
    save_mesh(tmp_path / "scan.stl", replace(mesh, space="RAS"))
    assert json.loads(cli("info", tmp_path / "scan.stl", "--json").out)["space"] == "RAS"


def test_only_what_is_known_is_said_and_the_key_is_explained(
    cli: Cli, mesh: Mesh, mesh_file: Path
) -> None:
    lines = cli("info", mesh_file).out.splitlines()
    assert not [line for line in lines if len(line.split(maxsplit=1)) < 2]
    (key,) = (line for line in lines if line.startswith("key "))
    assert mesh.key in key
    assert "the same mesh has the same key" in key
