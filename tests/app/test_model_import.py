"""Model files from elsewhere: what is fine is taken in, everything else is refused and told why."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch

from kpstudio.app.model_import import (
    check_model,
    free_model_file,
    import_model,
    install_trained,
    is_by_category,
)
from kpstudio.base.errors import ModelError
from kpstudio.base.paths import user_models_dir
from kpstudio.nn.catalogue import find_model, installed_models, is_removable
from kpstudio.nn.checkpoint import file_hash, load_model, save_model
from tests.networks import general_model, ordered_model

ROOT = Path(__file__).parents[2]


def changed(path: Path, tensors=None, **metadata) -> Path:
    """Write a model file again with something else in it."""
    kept = load_model(path)
    save_model(path, {**kept.tensors, **(tensors or {})}, {**kept.metadata, **metadata})
    return path


def test_a_model_is_copied_with_its_card_and_found(tmp_path: Path) -> None:
    path = ordered_model(tmp_path / "points.safetensors", "stool")
    card = {"kind": "structural-points", "title": "Stools", "licence": "CC0-1.0"}
    path.with_suffix(".json").write_text(json.dumps(card))
    path.with_suffix(".md").write_text("# Stools\n")
    model = import_model(path)
    assert model == find_model("stool", "structural-points")
    assert (model.id, model.title, model.licence) == ("points", "Stools", "CC0-1.0")
    assert model.path == user_models_dir() / "points.safetensors"
    assert model.sha256 == file_hash(path) == file_hash(model.path)
    assert model.card.with_suffix(".md").read_text() == "# Stools\n"
    assert is_removable(model)


def test_a_card_of_another_kind_is_left_behind(tmp_path: Path) -> None:
    path = ordered_model(tmp_path / "points.safetensors")
    path.with_suffix(".json").write_text('{"kind": "usip", "title": "Another"}')
    model = import_model(path)
    assert model.title == "Structural points: chair"
    assert model.card is None


def test_names_that_are_taken_are_changed(tmp_path: Path) -> None:
    for seed in (1, 2):
        import_model(general_model(tmp_path / str(seed) / "mine.safetensors", seed))
    assert [model.id for model in installed_models("usip")][-2:] == ["mine", "mine-2"]
    assert free_model_file("mine").name == "mine-3.safetensors"


def test_the_same_file_is_not_taken_twice(tmp_path: Path) -> None:
    path = general_model(tmp_path / "mine.safetensors")
    import_model(path)
    with pytest.raises(ModelError, match="installed already, as USIP"):
        import_model(path)


def test_models_that_were_shipped_pass() -> None:
    for path in sorted((ROOT / "models").glob("*.safetensors"))[-3:]:
        assert check_model(path).kind


class TestRefused:
    def refused(self, path: Path, words: str) -> None:
        with pytest.raises(ModelError, match=words) as caught:
            import_model(path)
        assert str(path) in str(caught.value)
        assert not list(user_models_dir().glob("*.safetensors"))

    def test_pickles_are_never_opened(self, tmp_path: Path) -> None:
        class Harm:
            def __reduce__(self):
                return Path.write_text, (tmp_path / "harm", "done")

        path = tmp_path / "model.pt"
        path.write_bytes(pickle.dumps(Harm()))
        self.refused(path, "no .safetensors")
        renamed = path.rename(tmp_path / "model.safetensors")
        self.refused(renamed, "no model of KP Studio")
        assert not (tmp_path / "harm").exists()

    def test_truncated(self, tmp_path: Path) -> None:
        path = ordered_model(tmp_path / "m.safetensors")
        path.write_bytes(path.read_bytes()[:-100])
        self.refused(path, "no model of KP Studio")

    def test_an_unknown_kind(self, tmp_path: Path) -> None:
        path = changed(ordered_model(tmp_path / "m.safetensors"), kind="oracle")
        self.refused(path, "for oracle, which this KP Studio does not know")

    def test_a_detector_without_models(self, tmp_path: Path) -> None:
        path = changed(ordered_model(tmp_path / "m.safetensors"), kind="iss")
        self.refused(path, "for iss")

    def test_a_network_out_of_range(self, tmp_path: Path) -> None:
        path = ordered_model(tmp_path / "m.safetensors")
        config = dict(load_model(path).metadata["config"]) | {"width": 10**9}
        self.refused(changed(path, config=config), "describes no structural-points network")

    def test_weights_of_another_size(self, tmp_path: Path) -> None:
        path = ordered_model(tmp_path / "m.safetensors")
        config = dict(load_model(path).metadata["config"]) | {"width": 8}
        self.refused(changed(path, config=config), "do not fit")

    def test_numbers_that_are_none(self, tmp_path: Path) -> None:
        path = ordered_model(tmp_path / "m.safetensors")
        name, tensor = next(iter(load_model(path).tensors.items()))
        self.refused(changed(path, {name: torch.full_like(tensor, torch.nan)}), "NaN")

    def test_names_for_other_keypoints(self, tmp_path: Path) -> None:
        path = changed(ordered_model(tmp_path / "m.safetensors"), names=["a", "a"])
        self.refused(path, "describes no keypoints|another number")

    def test_no_category(self, tmp_path: Path) -> None:
        self.refused(ordered_model(tmp_path / "m.safetensors", ""), "which category")

    def test_a_file_that_is_missing(self, tmp_path: Path) -> None:
        self.refused(tmp_path / "m.safetensors", "does not exist")


def test_a_trained_model_from_elsewhere_is_copied(tmp_path: Path) -> None:
    path = ordered_model(tmp_path / "mine.safetensors")
    card = {"kind": "structural-points", "category": "chair", "title": "T", "licence": ""}
    for suffix in (".json", ".md"):
        path.with_suffix(suffix).write_text(json.dumps(card))
    model = install_trained(path, card)
    assert model.path == user_models_dir() / "mine.safetensors"
    assert check_model(model.path).sha256 == model.sha256


def test_kinds_with_a_model_a_category() -> None:
    assert is_by_category("structural-points")
    assert is_by_category("keypoint-deformer")
    assert not is_by_category("usip")
    assert not is_by_category("lifting")  # the models it looks with are
    assert not is_by_category("recogniser")
    assert not is_by_category("oracle")
