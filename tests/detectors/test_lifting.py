from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kpstudio.base.context import RunContext
from kpstudio.base.errors import ModelError
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import Sight
from kpstudio.detectors import lifting
from kpstudio.detectors.lifting import DETECTOR, LiftingParameters, lift, slots_of
from kpstudio.detectors.pose import DETECTOR as POSE
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.rotations import random_rotations
from kpstudio.nn.lifting import Lifted
from kpstudio.nn.model_file import NetworkFile
from kpstudio.rendering.rigs import looking_from, nearer
from tests.untrained_systems import install_system

CATEGORIES, COUNT = ("car", "chair"), 6


class Oracle(torch.nn.Module):
    """Knows shape and turn, whatever the pictures; it remembers what it was shown."""

    def __init__(self, shape: np.ndarray, rotations: np.ndarray) -> None:
        super().__init__()
        self.rows = torch.zeros(2, 2 * COUNT, dtype=torch.bool)
        self.rows[1, COUNT:] = True
        self.shape, self.rotations = torch.tensor(shape), torch.tensor(rotations)
        self.shown: list[Any] = []

    def forward(self, places: torch.Tensor, visible: torch.Tensor, category: torch.Tensor) -> Any:
        self.shown = [places, visible, category]
        shape = torch.zeros(len(places), 2 * COUNT, 3)
        shape[:, COUNT:] = self.shape.float()
        return Lifted(torch.zeros(len(places), 0), self.rotations.float(), shape)


def knows(names: list[str]) -> NetworkFile[Any]:
    return NetworkFile(torch.nn.Module(), words(names), {})


def words(names: list[str]) -> dict[str, Any]:
    slots = [f"{category} {name}" for category in CATEGORIES for name in names]
    return {"categories": list(CATEGORIES), "names": slots}


def test_slots_are_those_of_the_category_by_name() -> None:
    known = knows(["nose", "tail", "roof"])
    assert slots_of(known, "chair", ["tail", "nose"]) == (1, [4, 3])
    assert slots_of(known, "car", ["roof"]) == (0, [2])


def test_a_category_of_ones_own_is_the_first_with_the_keypoints() -> None:
    assert slots_of(knows(["nose", "tail"]), "vintage", ["tail"]) == (0, [1])


def test_unknown_keypoints_are_refused() -> None:
    with pytest.raises(ModelError, match=r"'boat'.*car, chair"):
        slots_of(knows(["nose"]), "boat", ["mast"])


def test_true_shape_and_turn_give_true_places() -> None:
    rng = np.random.default_rng(0)
    shape = rng.uniform(-0.4, 0.4, (COUNT, 3))
    cameras = [looking_from(rng.normal(size=3)) for _ in range(3)]
    cameras[2] = nearer(cameras[2], 1.5)
    pixels = np.stack([camera.project(shape)[0] for camera in cameras])
    net = Oracle(shape, np.stack([camera.rotation for camera in cameras]))
    found = lift(
        NetworkFile(net, {}, {}), 1, range(COUNT, 2 * COUNT), cameras, pixels,
        np.ones((3, COUNT), bool),
    )  # fmt: skip
    for camera, points in zip(cameras, found.in_camera, strict=True):
        assert np.allclose(points, camera.to_camera(shape), atol=1e-3)
    places, visible, category = net.shown
    assert category.tolist() == [1, 1, 1]
    assert visible.sum(dim=1).tolist() == [COUNT] * 3
    assert not visible[:, :COUNT].any()
    assert torch.allclose(
        places[0, COUNT:].double(), torch.from_numpy(cameras[0].to_unit(pixels[0])), atol=1e-5
    )


def test_hidden_keypoints_do_not_count_and_are_put_where_the_shape_has_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shape = np.random.default_rng(1).uniform(-0.4, 0.4, (COUNT, 3))
    camera = looking_from(np.array([0.4, 0.5, 1.0]), size=(64, 64))
    pixels, depth = camera.project(shape)
    wrong = pixels.copy()
    wrong[2] += 20.0
    confidence = np.array([0.9, 0.8, 0.01, 0.9, 0.9, 0.9])
    sight = Sight(np.zeros((64, 64, 3), np.uint8), wrong, confidence, camera)
    monkeypatch.setattr(type(POSE), "look", lambda *_: (sight,))
    net = Oracle(shape, camera.rotation[None])
    names = [str(index) for index in range(COUNT)]
    monkeypatch.setattr(lifting, "choose_any_model", lambda *_: None)
    monkeypatch.setattr(
        type(DETECTOR), "network", lambda _: Kind(NetworkFile(net, words(names), {}))
    )
    seen = NetworkFile(torch.nn.Module(), {"names": [str(i) for i in range(COUNT)]} | {
        "category": "chair"}, {})  # fmt: skip
    (found,) = DETECTOR.look(seen, sight.picture[None], [camera], LiftingParameters(), RunContext())
    assert net.shown[1][0, COUNT:].tolist() == [True, True, False, True, True, True]
    assert np.allclose(found.pixels, pixels, atol=0.1)
    assert np.allclose(found.depth, depth, atol=1e-3)
    assert found.pose is not None
    assert np.allclose(found.pose, camera.rotation, atol=1e-6)
    assert np.array_equal(found.confidence, confidence)


class Kind:
    """Loads one thing, whatever the model."""

    def __init__(self, loaded: NetworkFile[Any]) -> None:
        self.loaded = loaded

    def load(self, _: object) -> NetworkFile[Any]:
        return self.loaded


@pytest.mark.parametrize("source", ["pose", "bootstrap"])
def test_any_source_of_named_keypoints_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mesh: Mesh, source: str
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    for system in ("lifting", source):
        install_system(tmp_path, system, "chair")
    parameters = LiftingParameters("chair", views=2, source=source)
    detection = DETECTOR.detect(mesh, None, parameters)
    assert all(sight.pose is not None for sight in detection.sights)
    assert detection.provenance.model == f"{source}-chair"


def test_without_a_model_to_lift_the_remedy_says_how_to_train_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mesh: Mesh
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    install_system(tmp_path, "pose", "chair")
    with pytest.raises(ModelError, match="no lifting model") as caught:
        DETECTOR.detect(mesh, None, LiftingParameters("chair", views=2))
    assert "kpstudio train lifting" in str(caught.value.remedy)


def test_without_a_model_of_its_source_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mesh: Mesh
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    install_system(tmp_path, "lifting", "chair")
    with pytest.raises(ModelError, match="no pose model 'chair'"):
        DETECTOR.detect(mesh, None, LiftingParameters("chair", views=2))


def test_lifted_turns_are_rotations(tmp_path: Path) -> None:
    loaded = DETECTOR.network().load(install_system(tmp_path, "lifting", "chair"))
    names = [name.removeprefix("chair ") for name in loaded.metadata["names"]]
    category, slots = slots_of(loaded, "chair", names)
    rng = np.random.default_rng(0)
    rotations = random_rotations(4, rng)
    cameras = [Camera(turn, np.array([0.0, 0.0, 2.5]), 80.0, (64, 64)) for turn in rotations]
    pixels = rng.uniform(10.0, 50.0, (4, len(names), 2))
    found = lift(loaded, category, slots, cameras, pixels, np.ones(pixels.shape[:2], bool))
    assert np.allclose(found.rotations @ found.rotations.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.allclose(np.linalg.det(found.rotations), 1.0, atol=1e-5)
    assert (found.translations[:, 2] > 0.0).all()
