"""D3Feat on meshes, with a model that nobody trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.base.errors import ModelError
from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.d3feat import DETECTOR, D3FeatParameters
from tests.untrained_systems import install_system


@pytest.fixture(autouse=True)
def identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    return install_system(tmp_path, "d3feat").sha256[:12]


def detect(mesh: Mesh, **values: object) -> Detection:
    return DETECTOR.detect(mesh, None, build(D3FeatParameters, {"points": 1024, **values}))


def test_score_descriptors_and_candidates(mesh: Mesh, identity: str) -> None:
    found = detect(mesh)
    assert len(found.keypoints) > 0
    assert [field.name for field in found.fields] == ["score"]
    assert (found.fields[0].values > 0.0).all()
    (descriptor,) = found.descriptors
    assert descriptor.name == "descriptor"
    assert descriptor.space == f"d3feat-{identity}"
    assert descriptor.values.shape == (len(mesh.vertices), 32)
    assert np.allclose(np.linalg.norm(descriptor.values, axis=1), 1.0, atol=1e-4)
    assert found.candidates is not None
    assert len(found.candidates) < 1024


def test_without_peaks_every_sample_may_be_chosen(mesh: Mesh) -> None:
    found = detect(mesh, peaks=False, descriptors=False)
    assert found.candidates is not None
    assert len(found.candidates) == 1024
    assert found.descriptors == ()


def test_keypoints_turn_with_the_mesh(mesh: Mesh) -> None:
    turn = Rotation.random(random_state=2).as_matrix()
    still = detect(mesh).keypoints.positions
    moved = detect(mesh.moved(mesh.vertices @ turn.T + 3.0)).keypoints.positions
    back = (moved - 3.0) @ turn
    near = np.linalg.norm(still[:, None] - back, axis=2).min(axis=1)
    assert (near < 1e-3 * mesh.diagonal).mean() > 0.9


def test_the_same_again(mesh: Mesh) -> None:
    first, second = detect(mesh), detect(mesh)
    assert np.array_equal(first.keypoints.positions, second.keypoints.positions)


def test_a_model_of_another_kind_is_refused(tmp_path: Path, mesh: Mesh) -> None:
    other = install_system(tmp_path, "snake")
    with pytest.raises(ModelError):
        detect(mesh, model=str(other.path))
