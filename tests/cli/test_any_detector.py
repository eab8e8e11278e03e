"""`deform`, `align` and `sample` with the keypoints of detectors other than the usual one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import load_mesh, save_mesh
from tests import untrained_systems
from tests.cli.conftest import Cli

SYSTEM = "structural-points"
CHAIR = ("-d", SYSTEM, "-m", "chair")


@pytest.fixture
def chair_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("KPSTUDIO_MODELS", str(folder))
    untrained_systems.install_system(folder, SYSTEM, "chair")


def moved(output: Path, mesh: Mesh) -> float:
    """How far the vertices of a result are from the mesh's, as a share of its diagonal."""
    return float(np.abs(load_mesh(output)[0].vertices - mesh.vertices).max() / mesh.diagonal)


@pytest.mark.usefixtures("chair_model")
def test_ordered_keypoints_deform_align_and_sample(
    cli: Cli, mesh: Mesh, mesh_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.ply"
    move = ("--move", "0=0,0.1,0", "--prior", "0.5", "--symmetric")
    result = cli("deform", mesh_file, *CHAIR, *move, "-o", output)
    assert result.code == 0, result.err
    assert moved(output, mesh) > 0.01

    wide = tmp_path / "wide.ply"
    save_mesh(wide, mesh.moved(mesh.vertices * (1.6, 1.0, 1.0)))
    for amount, least, most in (("0", 0.0, 1e-6), ("1", 0.01, 1.0)):
        result = cli("align", mesh_file, wide, *CHAIR, "--amount", amount, "-o", output)
        assert result.code == 0, result.err
        assert least <= moved(output, mesh) <= most

    result = cli("sample", mesh_file, *CHAIR, "-n", "2", "-o", tmp_path / "drawn")
    assert result.code == 0, result.err
    first, second = sorted((tmp_path / "drawn").iterdir())
    assert moved(first, mesh) > 0.01
    assert first.read_bytes() != second.read_bytes()


def test_keypoints_without_order_deform_but_neither_align_nor_sample(
    cli: Cli, refused: Callable[..., str], mesh: Mesh, mesh_file: Path, tmp_path: Path
) -> None:
    output, spread = tmp_path / "out.ply", ("-d", "farthest-points")
    assert cli("deform", mesh_file, *spread, "--move", "3=0.1,0,0", "-o", output).code == 0
    assert moved(output, mesh) > 0.01
    line = refused("align", mesh_file, mesh_file, *spread, "-o", output)
    assert "do not correspond" in line
    line = refused("sample", mesh_file, *spread, "-o", tmp_path / "drawn")
    assert "no shape prior" in line


def test_an_unknown_detector(refused: Callable[..., str], mesh_file: Path, tmp_path: Path) -> None:
    line = refused("deform", mesh_file, "-d", "nobody", "--move", "0=1,0,0",
                   "-o", tmp_path / "out.ply")  # fmt: skip
    assert "there is no detector 'nobody'" in line
