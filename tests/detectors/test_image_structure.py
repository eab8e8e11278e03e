from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from kpstudio.base.context import RunContext
from kpstudio.detectors.image_structure import DETECTOR
from kpstudio.detectors.picture_detector import PictureParameters
from kpstudio.nn.image_structure import NETWORK, ImageStructure
from kpstudio.nn.model_file import NetworkFile
from kpstudio.rendering.rigs import turntable
from tests.untrained_systems import install_system


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> NetworkFile[Any]:
    model = install_system(tmp_path_factory.mktemp("models"), "image-structure", "chair")
    return NETWORK.load(model)


class Halved(nn.Module):
    """A network that sees everything at half its scale."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net, self.config, self.pairs, self.weights = net, net.config, net.pairs, net.weights

    def forward(self, pictures: Tensor) -> ImageStructure:
        found: ImageStructure = self.net(pictures)
        return found._replace(scale=0.5 * found.scale)


def test_a_sight_has_skeleton_lines_pose_and_depth(loaded: NetworkFile[Any]) -> None:
    cameras = turntable(3, size=(32, 32))
    pictures = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3)).astype(np.uint8)

    sights = DETECTOR.look(loaded, pictures, cameras, PictureParameters(), RunContext())

    net = loaded.net
    for sight in sights:
        assert sight.edges is not None
        assert len(sight.edges) == len(loaded.metadata["edges"]) > 0
        (first, second), score = loaded.metadata["edges"][0], sight.edges[0]
        assert score == pytest.approx(net.weights[net.pairs.index((first, second))].item())
        assert sight.maps["edges"].shape == (16, 16)
        assert sight.pose is not None
        np.testing.assert_allclose(sight.pose @ sight.pose.T, np.eye(3), atol=1e-5)
        assert sight.depth is not None


def test_half_as_large_is_twice_as_far(loaded: NetworkFile[Any]) -> None:
    pictures = np.full((1, 32, 32, 3), 99, np.uint8)
    ctx = RunContext()
    small = NetworkFile(Halved(loaded.net), loaded.metadata, loaded.extras)

    (usual,) = DETECTOR.look(loaded, pictures, None, PictureParameters(), ctx)
    (far,) = DETECTOR.look(small, pictures, None, PictureParameters(), ctx)

    assert usual.depth is not None
    assert far.depth is not None
    scale = loaded.net(_tensor(pictures)).scale.item()
    expected = loaded.net.config.distance / scale
    np.testing.assert_allclose(far.depth - usual.depth, expected, rtol=1e-4)


def test_a_photo_needs_no_camera(tmp_path: Path) -> None:
    model = install_system(tmp_path, "image-structure", "chair")

    sight = DETECTOR.look_at_photo(np.full((30, 50, 3), 200, np.uint8), str(model.path))

    assert sight.camera is None
    assert sight.pose is not None


def _tensor(pictures: Any) -> Tensor:
    from kpstudio.detectors.picture_tensors import tensor

    return tensor(pictures)
