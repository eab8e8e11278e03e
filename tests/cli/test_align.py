"""`kpstudio align`, with a model that knows what it aligns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpstudio.geometry.chamfer import chamfer_distance
from kpstudio.io.registry import load_mesh, save_mesh
from kpstudio.io.samples import sample_path
from tests.cli.conftest import Cli

POSE = ("--up", "+y", "--front", "+z")
AIRPLANE = ("-m", "airplane", *POSE)


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    """The sample airplane with its wings swept back, elsewhere and in other units."""
    mesh = load_mesh(sample_path("airplane"))[0]
    span = mesh.vertices[:, 0] / mesh.bounds[1, 0]
    vertices = mesh.vertices - np.outer(np.abs(span), (0.0, 0.0, 0.15 * mesh.diagonal))
    path = tmp_path / "swept.obj"
    save_mesh(path, mesh.moved(0.01 * vertices + (5.0, 6.0, 7.0)))
    return path


def test_the_source_comes_close_to_the_target(cli: Cli, swept: Path, tmp_path: Path) -> None:
    source, goal = load_mesh(sample_path("airplane"))[0], load_mesh(swept)[0]
    apart = []
    for amount in ("0", "0.5", "1"):
        output = tmp_path / "out.obj"
        result = cli("align", sample_path("airplane"), swept, *AIRPLANE, "--amount", amount,
                     "-o", output)  # fmt: skip
        assert result.code == 0, result.err
        aligned = load_mesh(output)[0]
        points, target = (
            mesh.normalisation().apply(mesh.vertices[::7]) for mesh in (aligned, goal)
        )
        apart.append(chamfer_distance(points, target))
        if amount == "0":
            np.testing.assert_array_equal(aligned.vertices, source.vertices)
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 0.6 * apart[0]


def test_keypoints_take_the_arrangement(cli: Cli, swept: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.glb"
    assert cli("align", sample_path("airplane"), swept, *AIRPLANE, "-o", output).code == 0
    carried = tmp_path / "keypoints.json"
    assert cli("convert", output, carried).code == 0
    moved = json.loads(carried.read_text())["keypoints"]
    rest = json.loads(cli("detect", sample_path("airplane"), *AIRPLANE).out)["keypoints"]
    offsets = {
        after["label"]: np.array(after["position"]) - before["position"]
        for before, after in zip(rest, moved, strict=True)
    }
    diagonal = load_mesh(sample_path("airplane"))[0].diagonal
    back = {name: -offset[2] / diagonal for name, offset in offsets.items()}
    assert back["left wing tip"] - back["left wing root front"] > 0.05
    assert back["right wing tip"] - back["right wing root front"] > 0.05


def test_shapes_of_no_extent_and_missing_files(refused: Callable[..., str], tmp_path: Path) -> None:
    output = tmp_path / "out.ply"
    missing = tmp_path / "missing.ply"
    line = refused("align", sample_path("airplane"), missing, *AIRPLANE, "-o", output)
    assert f"{missing}: does not exist" in line
    assert not output.exists()


def test_keypoints_of_the_source_s_model_are_taken(
    cli: Cli, models: Path, mesh_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.obj"
    result = cli("align", mesh_file, mesh_file, "-o", output)
    assert result.code == 0
    assert result.err.splitlines()[0].startswith("lopsided: taken for thing")
    np.testing.assert_allclose(
        load_mesh(output)[0].vertices, load_mesh(mesh_file)[0].vertices, atol=1e-12
    )
