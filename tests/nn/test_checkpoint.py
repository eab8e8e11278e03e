"""Model files: round trip, and every way in which one can be broken."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from kpstudio.base.errors import ModelError
from kpstudio.nn.checkpoint import file_hash, load_model, load_weights, save_model

TENSORS = {"net.weight": torch.arange(6.0).reshape(2, 3), "net.bias": torch.ones(2)}
META = {"kind": "test", "names": ["a", "b"], "seed": 3}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(path, TENSORS, META)
    return path


def test_round_trip(file: Path) -> None:
    found = load_model(file, "test", file_hash(file))
    assert found.metadata == META
    assert found.tensors.keys() == TENSORS.keys()
    assert all(torch.equal(found.tensors[name], TENSORS[name]) for name in TENSORS)
    assert found.part("net").keys() == {"weight", "bias"}


def test_same_content_gives_the_same_file(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    assert save_model(other, dict(reversed(TENSORS.items())), META) == file_hash(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.safetensors: does not exist.*Install"):
        load_model(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("length", [0, 4, 60, -1])
def test_truncated(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(ModelError, match="is no model"):
        load_model(file)


def test_pickle_is_refused_and_never_run(tmp_path: Path) -> None:
    target = tmp_path / "executed"

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (target,))

    path = tmp_path / "bomb.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError):
        load_model(path)
    torch.save({"weight": torch.ones(1)}, path)
    with pytest.raises(ModelError):
        load_model(path)
    assert not target.exists()


def test_another_hash(file: Path) -> None:
    with pytest.raises(ModelError, match="SHA-256"):
        load_model(file, "test", "0" * 64)


def test_another_kind(file: Path) -> None:
    with pytest.raises(ModelError, match="not a recogniser"):
        load_model(file, "recogniser")


def test_safetensors_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.ones(2)}, path)
    with pytest.raises(ModelError):
        load_model(path)


def test_numbers_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "nan.safetensors"
    save_model(path, {"weight": torch.tensor([1.0, torch.nan])}, META)
    with pytest.raises(ModelError, match="NaN or infinity in weight"):
        load_model(path)


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        ({"weight": torch.ones(2, 3)}, "missing"),
        ({"weight": torch.ones(3, 2), "bias": torch.ones(2)}, r"\(3, 2\)"),
        ({"weight": torch.ones(2, 3), "bias": torch.ones(2), "extra": torch.ones(1)}, "extra"),
    ],
)
def test_weights_that_do_not_fit_change_nothing(
    weights: dict[str, torch.Tensor], word: str
) -> None:
    layer = torch.nn.Linear(3, 2)
    before = layer.weight.clone()
    with pytest.raises(ModelError, match=word):
        load_weights(layer, weights, Path("m.safetensors"))
    assert torch.equal(layer.weight, before)


def test_a_failed_save_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kpstudio.nn.checkpoint.save_file", full_disk)
    with pytest.raises(Exception, match="No space left"):
        save_model(file, TENSORS, META)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
