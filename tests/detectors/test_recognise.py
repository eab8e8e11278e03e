"""Proposing category and orientation: how the network's words are read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, ModelError
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.recognise import recognise, recognise_with
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.sampling import sample_surface
from kpstudio.nn.recogniser import RecogniserNet
from tests import shapes


class Weigher(RecogniserNet):
    """Knows one lopsided shape by where the centre of its surface lies in its box."""

    def __init__(self, centre: FloatArray) -> None:
        super().__init__(("lopsided",), (4, 4))
        self.centre = torch.tensor(centre, dtype=torch.float32)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        miss = (points.mean(dim=1) - self.centre).norm(dim=1)
        return torch.stack([5.0 - 1e4 * miss, torch.zeros_like(miss)], dim=1)


@pytest.fixture
def weigher(mesh: Mesh) -> Weigher:
    samples = sample_surface(mesh.vertices, mesh.faces, 1024, 0).points
    return Weigher(mesh.normalisation().apply(samples).mean(axis=0))


@pytest.mark.parametrize("shown", ORIENTATIONS)
def test_the_pose_is_found_whatever_the_file_says(
    weigher: Weigher, mesh: Mesh, shown: Orientation
) -> None:
    found = recognise_with(weigher, mesh.moved(mesh.vertices @ shown.rotation))
    assert (found.category, found.orientation) == ("lopsided", shown)
    assert found.confidence > 0.9


def test_of_equal_poses_the_first_wins(models: Path, mesh: Mesh) -> None:
    found = recognise(mesh)
    assert (found.category, found.orientation) == ("softmax", Orientation())
    assert 0.9 < found.confidence <= 1.0
    only = recognise(mesh, orientations=ORIENTATIONS[5:6])
    assert only.orientation == ORIENTATIONS[5]


def test_nothing_known(weigher: Weigher) -> None:
    found = recognise_with(weigher, shapes.icosphere())
    assert (found.category, found.orientation) == ("", Orientation())
    assert found.confidence > 0.5


def test_no_recogniser_is_installed(
    mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="Choose the category"):
        recognise(mesh)


def test_cancelled(models: Path, mesh: Mesh) -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        recognise(mesh, ctx)
