"""`kpstudio look`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpstudio.io.pictures import save_picture
from tests import untrained
from tests.cli.conftest import Cli
from tests.networks import picture_model


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    save_picture(path, np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8))
    return path


def test_keypoints_and_pose_in_the_pixels_of_the_photo(
    cli: Cli, photo: Path, tmp_path: Path
) -> None:
    model = picture_model(tmp_path / "m.safetensors", "chair", prior=untrained.some_prior())
    result = cli("look", photo, "--category", model)
    assert result.code == 0
    assert "trained on renderings" in result.err
    content = json.loads(result.out)
    assert content["photo"] == {"file": "photo.png", "width": 60, "height": 40}
    assert content["detector"] == {"id": "keypointnet", "model": "m"}
    assert [point["label"] for point in content["keypoints"]] == ["a", "b", "c", "d"]
    for point in content["keypoints"]:
        x, y = point["pixel"]
        assert 0 < x < 60
        assert -10 < y < 50  # the photo was padded
        assert 0.0 <= point["confidence"] <= 1.0
        assert point["depth"] > 0.0
    rotation = np.array(content["pose"]["rotation"])
    assert np.allclose(rotation @ rotation.T, np.eye(3))
    written = cli("look", photo, "-c", model, "-o", tmp_path / "k.json")
    assert f"wrote 4 keypoints to {tmp_path / 'k.json'}" in written.err
    assert json.loads((tmp_path / "k.json").read_text()) == content


def test_without_a_prior_there_is_no_pose(cli: Cli, photo: Path, tmp_path: Path) -> None:
    result = cli("look", photo, "-c", picture_model(tmp_path / "m.safetensors"))
    assert json.loads(result.out)["pose"] is None
    assert "there is no pose" in result.err


def test_refusals(refused: Callable[..., str], photo: Path, tmp_path: Path) -> None:
    model = picture_model(tmp_path / "m.safetensors")
    assert "does not look at pictures" in refused("look", photo, "-c", "car", "-d", "iss")
    assert "no.png: does not exist" in refused("look", tmp_path / "no.png", "-c", model)
    assert "there is no folder" in refused("look", photo, "-c", model, "-o", tmp_path / "no/k.json")
    (tmp_path / "text.png").write_text("text")
    assert "no PNG or JPEG" in refused("look", tmp_path / "text.png", "-c", model)
