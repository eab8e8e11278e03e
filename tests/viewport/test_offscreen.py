from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kpstudio.app.studio import Studio
from kpstudio.base.errors import FileError, ParameterError
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.viewport.offscreen import render_picture
from tests.viewport.kit import SIZE, Kit, ball


def test_a_picture_of_any_size_shows_the_same(kit: Kit, tmp_path: Path) -> None:
    kit.studio.selection.select_keypoints((4,))
    small = kit.scene.screenshot()
    assert small.shape == (SIZE[1], SIZE[0], 3)
    path = tmp_path / "large.png"
    large = kit.scene.screenshot(path, (3 * SIZE[0], 3 * SIZE[1]))
    assert np.array_equal(np.asarray(Image.open(path)), large)
    shrunk = Image.fromarray(large).resize(SIZE, Image.Resampling.BOX)
    difference = np.abs(np.asarray(shrunk).astype(int) - small).max(axis=2)
    assert (difference > 60).mean() < 0.01


def test_a_picture_leaves_the_view_as_it_is(kit: Kit) -> None:
    camera, window = kit.scene.stage.camera, kit.scene.stage.window
    before = (camera.GetPosition(), camera.GetClippingRange(), window.GetSize())
    first = kit.scene.screenshot(size=(900, 200))
    kit.studio.selection.select_keypoints((2,))
    assert (camera.GetPosition(), camera.GetClippingRange(), window.GetSize()) == before
    assert np.abs(kit.scene.screenshot(size=(900, 200)).astype(int) - first).max() > 60


def test_sizes_and_places_that_cannot_be(kit: Kit, tmp_path: Path) -> None:
    for size in ((0, 100), (100, 9000)):
        with pytest.raises(ParameterError, match="8192"):
            kit.scene.screenshot(size=size)
    with pytest.raises(FileError):
        kit.scene.screenshot(tmp_path / "no" / "such" / "folder.png", (50, 50))


def test_a_picture_without_a_scene(studio: Studio) -> None:
    empty = render_picture(studio, (160, 120)).astype(int)
    studio.history.push(Insert(Item(ball()), 0, "Open"))
    light = render_picture(studio, (160, 120)).astype(int)
    dark = render_picture(studio, (160, 120), theme="dark", preset="front", zoom=1.3)
    assert empty.shape == light.shape == dark.shape == (120, 160, 3)
    assert (np.abs(light - empty).max(axis=2) > 30).mean() > 0.2
    assert light[2, 2].mean() > dark[2, 2].mean() + 100


@pytest.mark.gui
def test_a_picture_without_a_display_says_nothing_of_displays() -> None:
    code = (
        "import numpy as np; from kpstudio.data.mesh import Mesh;"
        "from kpstudio.viewport.thumbnails import keypoint_picture;"
        "mesh = Mesh(np.eye(3), np.array([[0, 1, 2]]), 'one');"
        "print(len(keypoint_picture(mesh, mesh.vertices, size=(60, 40))))"
    )
    bare = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    ended = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True)
    if ended.returncode != 0:
        pytest.skip("this machine cannot draw without a display")
    assert ended.stderr == ""
