"""The list of installed models."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kpstudio.base.errors import ModelError
from kpstudio.nn.catalogue import Model, find_model, installed_models, register_model


def model(folder: Path, name: str, category: str = "", kind: str = "keypoint-deformer") -> Model:
    path = folder / f"{name}.safetensors"
    path.write_bytes(b"")
    return Model(name, kind, category, name.title(), path, "ab" * 32, "CC0-1.0")


def test_no_manifest_means_no_models(tmp_path: Path) -> None:
    assert installed_models(folder=tmp_path) == ()
    with pytest.raises(ModelError, match="no keypoint-deformer model 'chair'"):
        find_model("chair", "keypoint-deformer", tmp_path)


def test_registered_models_are_listed_once_and_found_by_id_and_category(tmp_path: Path) -> None:
    chair, other = model(tmp_path, "kd-chair", "chair"), model(tmp_path, "r", kind="recogniser")
    for entry in (chair, other, chair):
        register_model(entry)
    assert installed_models(folder=tmp_path) == (chair, other)
    assert installed_models("recogniser", tmp_path) == (other,)
    assert find_model("kd-chair", "keypoint-deformer", tmp_path) == chair
    assert find_model("chair", "keypoint-deformer", tmp_path) == chair
    with pytest.raises(ModelError, match="Installed: chair"):
        find_model("teapot", "keypoint-deformer", tmp_path)


def test_a_file_outside_any_manifest(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    with pytest.raises(ModelError, match="does not exist"):
        find_model(str(path), "keypoint-deformer", tmp_path)
    path.write_bytes(b"")
    assert find_model(str(path), "keypoint-deformer", tmp_path).path == path


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 1}', '{"format": 1, "models": [{"id": "x"}]}', "\0"]
)
def test_damaged_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=r"manifest\.json: is no list of models"):
        installed_models(folder=tmp_path)


def test_manifest_of_the_future(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 2, "models": []}))
    with pytest.raises(ModelError, match="another version"):
        installed_models(folder=tmp_path)


def test_shipped_models_are_what_the_manifest_says() -> None:
    from kpstudio.nn.checkpoint import load_model

    models = installed_models()
    assert models
    for entry in models:
        load_model(entry.path, entry.kind, entry.sha256)
        assert entry.path.stat().st_size <= 10_000_000
        assert entry.card is not None
        assert json.loads(entry.card.read_text(encoding="utf-8"))["id"] == entry.id


def test_listing_does_not_import_torch() -> None:
    code = (
        "import sys; from kpstudio.nn.catalogue import installed_models; installed_models();"
        "from kpstudio.detectors.registry import detector_ids, get_detector;"
        "[get_detector(name).spec for name in detector_ids()];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
