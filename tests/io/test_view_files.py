import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kpstudio.base.errors import FileError, ParameterError
from kpstudio.data.views import View
from kpstudio.geometry.camera import Camera
from kpstudio.io.view_files import KINDS, save_views


def view(seen: bool = True) -> View:
    """A view of a plane that leans away, on the left half of the picture."""
    camera = Camera.look_at(np.array([0.0, 1, 5]), np.zeros(3), np.array([0.0, 1, 0]), 40, (8, 6))
    mask = np.zeros((6, 8), bool)
    mask[:, :4] = seen
    depth = np.where(mask, 3.0 + np.arange(8) * 0.25, np.inf)
    normals = np.where(mask[:, :, None], (0.6, 0.0, -0.8), 0.0)
    colour = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    corners = np.where(mask[:, :, None], (1.0, 0.0, 0.0), 0.0)
    return View(camera, colour, np.where(mask, 0, -1), corners, depth, normals)


def test_every_picture_says_what_the_view_does(tmp_path: Path) -> None:
    path = save_views(tmp_path / "new", [view(), view(False)], KINDS, name="plane", mesh_key="abc")
    content = json.loads(path.read_text())
    assert content["shape"] == {"name": "plane", "mesh_key": "abc"}
    assert len(content["views"]) == 2
    entry, expected = content["views"][0], view()
    files = {kind: np.asarray(Image.open(path.parent / entry["files"][kind])) for kind in KINDS}
    assert np.array_equal(files["colour"], expected.colour)
    assert np.array_equal(files["mask"] == 255, expected.mask)
    levels = files["depth"].astype(float)
    assert np.array_equal(levels > 0, expected.mask)
    depth = entry["near"] + (levels - 1) / 65534 * (entry["far"] - entry["near"])
    assert np.allclose(depth[expected.mask], expected.depth[expected.mask], atol=1e-5)
    assert files["normals"][0, 0].tolist() == [204, 128, 230]
    assert files["normals"][0, 7].tolist() == [0, 0, 0]
    camera = Camera(np.array(entry["rotation"]), np.array(entry["translation"]),
                    entry["focal"], (entry["width"], entry["height"]))  # fmt: skip
    assert np.allclose(camera.matrix, expected.camera.matrix)
    assert np.allclose(entry["position"], [0, 1, 5])


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    path = save_views(tmp_path, [view()], ["mask"])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["000-mask.png", "cameras.json"]
    assert "near" not in json.loads(path.read_text())["views"][0]


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'heat' is nothing") as caught:
        save_views(tmp_path, [view()], ["mask", "heat"])
    assert "colour, depth, mask, normals" in caught.value.remedy
    with pytest.raises(ParameterError):
        save_views(tmp_path, [view()], [])
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made a folder"):
        save_views(tmp_path / "file", [view()])
