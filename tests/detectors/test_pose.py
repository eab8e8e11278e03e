from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.data.views import Sight
from kpstudio.detectors.pose import DETECTOR, PoseParameters, fit_sight, prior_of
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.relative_rotation import angle_between
from kpstudio.nn.model_file import NetworkFile
from kpstudio.nn.part_fields import field_maps
from kpstudio.nn.picture_maps import gaussian_maps, in_units
from kpstudio.nn.semantic_heatmaps import LIMB, NETWORK, SIGMA, SemanticMaps, make
from kpstudio.rendering.rigs import turntable
from tests.untrained_systems import install_system

SIZE = (64, 64)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> NetworkFile[Any]:
    model = install_system(tmp_path_factory.mktemp("models"), "pose", "chair")
    return NETWORK.load(model)


class Oracle(nn.Module):
    """Answers with perfect maps of given points, whatever the pictures."""

    def __init__(self, loaded: NetworkFile[Any], points: FloatArray, cameras: list[Camera]) -> None:
        super().__init__()
        self.config = loaded.net.config
        self.edges = [(int(a), int(b)) for a, b in loaded.metadata["edges"]]
        pixels = np.stack([camera.project(points)[0] for camera in cameras])
        self.places = torch.from_numpy(cameras[0].to_unit(pixels)).float()

    def forward(self, pictures: Tensor) -> SemanticMaps:
        places = self.places
        known = torch.ones(places.shape[:2], dtype=torch.bool)
        scores = -30.0 + 0.0 * gaussian_maps(places, SIZE, 1.0)
        near = gaussian_maps(places, SIZE, in_units(SIGMA, SIZE)).clamp(min=1e-13).log()
        fields = field_maps(places[:, None], known[:, None], self.edges, SIZE, in_units(LIMB, SIZE))
        return SemanticMaps((torch.maximum(scores, near),), (fields,))


def see(loaded: NetworkFile[Any], cameras: list[Camera], points: FloatArray) -> tuple[Sight, ...]:
    oracle = NetworkFile(Oracle(loaded, points, cameras), loaded.metadata, loaded.extras)
    pictures = np.zeros((len(cameras), *SIZE, 3), np.uint8)
    return DETECTOR.look(oracle, pictures, cameras, PoseParameters(), RunContext())


def test_poses_and_depths_follow_from_perfect_maps(loaded: NetworkFile[Any]) -> None:
    cameras = list(turntable(4, 25.0, size=SIZE))
    mean = prior_of(loaded).mean

    sights = see(loaded, cameras, mean)

    for sight, camera in zip(sights, cameras, strict=True):
        assert sight.pose is not None
        assert angle_between(sight.pose, camera.rotation) < 3.0
        assert sight.depth is not None
        np.testing.assert_allclose(sight.depth, camera.project(mean)[1], atol=0.15)
        assert sight.edges is not None
        assert sight.edges.shape == (len(loaded.metadata["edges"]),)
        assert np.median(sight.edges) > 0.7
        assert sight.maps["edges"].max() > 0.9


def test_several_views_are_triangulated_and_a_single_one_is_fitted(
    loaded: NetworkFile[Any],
) -> None:
    cameras = list(turntable(4, 25.0, size=SIZE))
    # Not of the basis: only rays can tell.
    points = prior_of(loaded).mean * (1.0, 1.0, 0.8)
    sights = see(loaded, cameras, points)

    several = DETECTOR.fuse(sights, (), PoseParameters())
    single = DETECTOR.fuse(sights[1:2], (), PoseParameters())

    assert np.abs(several.positions - points).max() < 0.02
    assert several.covariance is not None
    assert np.abs(single.positions - points).max() < 0.2


def test_the_perspective_is_that_of_the_parameters(loaded: NetworkFile[Any]) -> None:
    (camera,) = turntable(1, 25.0, size=SIZE)
    prior = prior_of(loaded)
    near = Camera(camera.rotation, 0.5 * camera.translation, 0.5 * camera.focal, SIZE)
    pixels, _ = near.project(prior.mean)
    sight = Sight(np.zeros((*SIZE, 3), np.uint8), pixels, np.ones(len(pixels)), near)

    errors = {}
    for perspective in ("full", "weak"):
        fit = fit_sight(sight, near, prior, build(PoseParameters, {"perspective": perspective}))
        assert fit.model == perspective
        errors[perspective] = float(angle_between(fit.rotation, near.rotation))

    assert errors["full"] < 0.01 < errors["weak"]


def test_a_photo_is_seen_through_the_lens_of_the_training(tmp_path: Path) -> None:
    model = install_system(tmp_path, "pose", "chair")
    picture = np.full((40, 60, 3), 200, np.uint8)

    sight = DETECTOR.look_at_photo(picture, str(model.path))

    assert sight.camera is None
    assert sight.pose is not None
    assert np.linalg.det(sight.pose) == pytest.approx(1.0)


def test_the_network_is_that_of_its_file(loaded: NetworkFile[Any]) -> None:
    again = make({**vars(loaded.net.config)})
    again.load_state_dict(loaded.net.state_dict())
    pictures = torch.rand(1, 3, 32, 32)
    assert torch.equal(again.eval()(pictures).scores[-1], loaded.net(pictures).scores[-1])
