"""`kpstudio convert`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import load_keypoints, load_mesh, read_mesh, save_mesh
from tests.cli.conftest import Cli


@pytest.mark.parametrize("suffix", [".obj", ".off", ".vtp", ".glb", ".ply"])
def test_meshes(cli: Cli, mesh: Mesh, mesh_file: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"converted{suffix}"
    result = cli("convert", mesh_file, output)
    assert (result.code, result.out) == (0, "")
    loaded = load_mesh(output)[0]
    np.testing.assert_array_equal(loaded.vertices, mesh.vertices)
    np.testing.assert_array_equal(loaded.faces, mesh.faces)


def test_fields_and_keypoints_survive(
    cli: Cli, models: Path, mesh_file: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.vtp", tmp_path / "b.vtp"
    assert cli("deform", mesh_file, "--move", "0=0.1,0,0", "-o", first).code == 0
    assert cli("convert", first, second).code == 0
    before, after = read_mesh(first), read_mesh(second)
    assert [f.name for f in after.fields] == [f.name for f in before.fields]
    assert before.keypoints is not None
    assert after.keypoints is not None
    np.testing.assert_array_equal(after.keypoints.positions, before.keypoints.positions)


def test_keypoints(cli: Cli, models: Path, mesh_file: Path, tmp_path: Path) -> None:
    native, markups, table = (tmp_path / f"k{s}" for s in (".json", ".mrk.json", ".csv"))
    assert cli("detect", mesh_file, "-o", native).code == 0
    lost = cli("convert", native, markups).err
    assert "cannot hold" in lost
    assert cli("convert", markups, table).code == 0
    expected = [point["position"] for point in json.loads(native.read_text())["keypoints"]]
    np.testing.assert_allclose(load_keypoints(table).keypoints.positions, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("source", "output", "words"),
    [
        ("lopsided.ply", "keypoints.json", "is a mesh file without keypoints"),
        ("keypoints.csv", "mesh.ply", "is no mesh file of a known format"),
        ("missing.ply", "mesh.obj", "does not exist"),
        ("lopsided.ply", "mesh.docx", "ends in '.docx'"),
        ("lopsided.ply", "no/folder/mesh.obj", "there is no folder"),
    ],
)
def test_what_cannot_be_converted(
    refused: Callable[..., str],
    mesh_file: Path,
    tmp_path: Path,
    source: str,
    output: str,
    words: str,
) -> None:
    (tmp_path / "keypoints.csv").write_text("label,x,y,z\nnose,0,0,0\n")
    assert words in refused("convert", tmp_path / source, tmp_path / output)
    assert not (tmp_path / output).exists()


def test_the_frame_stays_what_it_is(cli: Cli, mesh: Mesh, models: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.vtp"
    save_mesh(scan, replace(mesh, space="RAS"))
    carrier, markups, table = (tmp_path / f"k{s}" for s in (".vtp", ".mrk.json", ".csv"))
    assert cli("deform", scan, "--move", "0=0.1,0,0", "-o", carrier).code == 0
    assert cli("convert", carrier, markups).code == 0
    assert cli("convert", markups, table).code == 0
    for path in (markups, table):
        found = load_keypoints(path, space=None)
        assert found.info.space == "RAS"
        expected = read_mesh(carrier).keypoints.positions
        np.testing.assert_allclose(found.keypoints.positions, expected, rtol=1e-12)
