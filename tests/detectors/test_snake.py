"""SNAKE on meshes, with a model that nobody trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.snake import DETECTOR, SnakeParameters
from kpstudio.geometry.closest import SurfaceLocator
from tests.untrained_systems import install_system


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    install_system(tmp_path, "snake")
    return tmp_path


def detect(mesh: Mesh, **values: object) -> Detection:
    values = {"points": 1024, "grid": 16, "steps": 2, **values}
    return DETECTOR.detect(mesh, None, build(SnakeParameters, values))


def test_fields_and_overlays(mesh: Mesh) -> None:
    found = detect(mesh)
    assert len(found.keypoints) > 0
    assert [field.name for field in found.fields] == ["saliency", "occupancy"]
    for field in found.fields:
        assert field.values.shape == (len(mesh.vertices),)
        assert ((field.values > 0.0) & (field.values < 1.0)).all()
    overlays = {overlay.name: overlay for overlay in found.overlays}
    cut = overlays["saliency slice"]
    assert cut.values is not None
    assert ((cut.values >= 0.0) & (cut.values <= 1.0)).all()
    # In file coordinates: a plane through the middle of the mesh.
    centred = cut.points - cut.points.mean(axis=0)
    assert np.linalg.svd(centred, compute_uv=False)[2] < 1e-6 * mesh.diagonal
    assert (
        np.linalg.norm(cut.points.mean(axis=0) - mesh.vertices.mean(axis=0)) < 0.2 * mesh.diagonal
    )


def test_the_slice_can_be_moved(mesh: Mesh) -> None:
    def middle(at: float) -> np.ndarray:
        overlays = {overlay.name: overlay for overlay in detect(mesh, slice_at=at).overlays}
        return overlays["saliency slice"].points.mean(axis=0)

    step = middle(0.2) - middle(0.0)
    # The box is 30 by 12 by 50: its shortest axis is y.
    assert np.abs(step).argmax() == 1
    assert np.allclose(middle(-0.2) - middle(0.0), -step)


def test_keypoints_lie_among_what_is_occupied(mesh: Mesh) -> None:
    loose, strict = detect(mesh, occupancy=0.0).candidates, detect(mesh, occupancy=1.0).candidates
    assert loose is not None
    assert strict is not None
    assert 1 <= len(strict) < len(loose)


def test_keypoints_turn_with_the_mesh(mesh: Mesh) -> None:
    turn = Rotation.random(random_state=2).as_matrix()
    still = detect(mesh).keypoints.positions
    moved = detect(mesh.moved(mesh.vertices @ turn.T + 3.0)).keypoints.positions
    assert len(moved) == len(still)
    near = np.linalg.norm(still[:, None] - (moved - 3.0) @ turn, axis=2).min(axis=1)
    assert (near < 1e-2 * mesh.diagonal).mean() > 0.9


def test_the_same_again(mesh: Mesh) -> None:
    first, second = detect(mesh), detect(mesh)
    assert np.array_equal(first.keypoints.positions, second.keypoints.positions)


def test_it_can_be_cancelled(mesh: Mesh) -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        DETECTOR.detect(mesh, None, None, ctx)


def test_seeds_are_near_the_cloud_however_wrong_the_network_is(mesh: Mesh) -> None:
    """An untrained network takes all of space for occupied."""
    found = detect(mesh, occupancy=0.0)
    assert found.candidates is not None
    spacing = 1.1 / 15 * mesh.diagonal
    distances = SurfaceLocator(mesh.vertices, mesh.faces).closest(found.candidates.positions)
    assert distances.distances.max() < 2.0 * spacing
