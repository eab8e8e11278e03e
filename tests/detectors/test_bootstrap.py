from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kpstudio.base.context import RunContext
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.bootstrap import DETECTOR, BootstrapParameters, uncertainty_map
from kpstudio.nn.bootstrap import first_net
from kpstudio.nn.model_file import NetworkFile
from kpstudio.rendering.rigs import looking_from
from tests.untrained_systems import install_system


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NetworkFile[Any]:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    return DETECTOR.network().load(install_system(tmp_path, "bootstrap", "chair"))


def test_first_and_last_detector_look_differently(loaded: NetworkFile[Any]) -> None:
    before = {f"first.{name}": value.clone() for name, value in loaded.net.state_dict().items()}
    loaded = NetworkFile(loaded.net, loaded.metadata, before)
    with torch.no_grad():
        for weights in loaded.net.parameters():
            weights += 0.1
    pictures = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
    last, first = (
        DETECTOR.look(loaded, pictures, None, BootstrapParameters(first=first), RunContext())
        for first in (False, True)
    )
    assert not np.allclose(last[0].heatmaps, first[0].heatmaps)


def test_the_first_detector_is_the_last_where_a_file_has_no_other(
    loaded: NetworkFile[Any],
) -> None:
    assert first_net(loaded) is loaded.net


def test_every_view_shows_where_keypoints_may_be(loaded: NetworkFile[Any], mesh: Mesh) -> None:
    detection = DETECTOR.detect(mesh, None, BootstrapParameters("chair", views=3, snap=False))
    for sight in detection.sights:
        uncertainty = sight.maps["uncertainty"]
        assert uncertainty.shape == (32, 32)
        assert 0.0 < uncertainty.max() <= 1.0


def test_uncertainty_is_a_gaussian_about_the_projection_as_wide_as_the_covariance_looks() -> None:
    camera = looking_from(np.array([0.0, 0.0, 1.0]), size=(128, 128))
    deviation = 0.1
    covariance = deviation**2 * np.diag([1.0, 0.0, 1.0])[None]
    values = uncertainty_map(camera, np.zeros((1, 3)), covariance)
    pixels = deviation * camera.focal / camera.translation[2]
    centres = camera.pixel_centres()[64, :, 0] - 64.0
    expected = np.exp(-(centres**2) / (2.0 * (pixels**2 + 0.25)))
    assert np.allclose(values[64] / values[64].max(), expected / expected.max(), atol=1e-3)
    assert values[64, 64 + round(pixels)] > 0.25
    assert values[64 + round(pixels), 64] < 1e-6


def test_uncertainty_counts_what_perspective_does_off_the_axis() -> None:
    """Depth that is not known shows as a line towards the middle of the picture."""
    camera = looking_from(np.array([0.0, 0.0, 1.0]), size=(128, 128))
    place = np.array([[0.4, 0.0, 0.0]])
    values = uncertainty_map(camera, place, 0.3**2 * np.diag([0.0, 0.0, 1.0])[None])
    column = int(camera.project(place)[0][0, 0])
    assert values[64, column - 5] > 0.1
    assert values[64 - 5, column] < 1e-6
