"""`kpstudio views`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.camera import Camera
from tests.cli.conftest import Cli


def test_pictures_and_cameras_agree(cli: Cli, mesh: Mesh, mesh_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "views"
    result = cli("views", mesh_file, "-o", folder, "-n", 3, "--size", 64, "--rig", "sphere",
                 "--what", "colour, mask")  # fmt: skip
    assert result.code == 0
    assert result.err == f"wrote 3 views to {folder}\n"
    content = json.loads((folder / "cameras.json").read_text())
    assert content["shape"]["mesh_key"] == mesh.key
    assert len(content["views"]) == 3
    for entry in content["views"]:
        mask = np.asarray(Image.open(folder / entry["files"]["mask"])) == 255
        camera = Camera(np.array(entry["rotation"]), np.array(entry["translation"]),
                        entry["focal"], (64, 64))  # fmt: skip
        pixels, _ = camera.project(mesh.vertices)
        rows, columns = np.nonzero(mask)
        assert abs(pixels[:, 0].min() - columns.min()) < 1.0
        assert abs(pixels[:, 1].max() - (rows.max() + 1)) < 1.0


def test_the_pose_turns_the_cameras(cli: Cli, mesh: Mesh, mesh_file: Path, tmp_path: Path) -> None:
    def nearest_axis(*options: str) -> int:
        assert cli("views", mesh_file, "-o", tmp_path / "v", "-n", 1, *options).code == 0
        content = json.loads((tmp_path / "v" / "cameras.json").read_text())
        return int(np.argmax(content["views"][0]["position"] - mesh.origin))

    # In front is along the axis that is said to be the front.
    assert nearest_axis() == 2
    assert nearest_axis("--front", "+x") == 0


def test_refusals(refused: Callable[..., str], mesh_file: Path, tmp_path: Path) -> None:
    assert "no rig 'cone'" in refused("views", mesh_file, "-o", tmp_path, "--rig", "cone")
    assert "'heat' is nothing" in refused("views", mesh_file, "-o", tmp_path, "--what", "heat")
