"""Structure from pictures: lines between keypoints, poses, projection, losses, files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.errors import ModelError
from kpstudio.geometry.rotations import random_rotations
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import save_model
from kpstudio.nn.image_structure import (
    KIND,
    LINE,
    NETWORK,
    ImageStructureNet,
    Pose,
    make,
    read_pose,
    squared_distances,
)
from kpstudio.nn.image_structure_losses import (
    heatmap_loss,
    hint_of,
    picture_features,
    pose_loss,
    projection_loss,
    reconstruction_loss,
    repulsion_loss,
)
from kpstudio.nn.picture_maps import gaussian_maps, in_units, normalised
from kpstudio.rendering.rigs import turntable

SMALL = {"width": 8, "keypoints": 4, "basis": 2}


def small(**values: object) -> ImageStructureNet:
    torch.manual_seed(0)
    return make(SMALL | values)


@pytest.mark.parametrize("head", ["factorised", "structural"])
@pytest.mark.parametrize("backbone", ["hourglass", "hrnet", "dilated"])
def test_a_picture_gives_keypoints_shape_pose_and_lines(backbone: str, head: str) -> None:
    found = small(backbone=backbone, head=head)(torch.rand(2, 3, 32, 32))
    assert found.places.shape == (2, 4, 2)
    assert found.maps.shape == (2, 4, 16, 16)
    assert found.shape.shape == (2, 4, 3)
    assert found.edge_map.shape == (2, 16, 16)
    assert ((found.edge_map >= 0.0) & (found.edge_map <= 1.0)).all()


def test_distances_from_segments() -> None:
    points = torch.tensor([[0.5, 0.2], [-1.0, 0.0], [2.0, 2.0], [0.3, 0.0]])
    start, end = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 0.0])
    expected = torch.tensor([0.04, 1.0, 5.0, 0.0])
    assert torch.allclose(squared_distances(points, start, end), expected)
    assert torch.allclose(squared_distances(points, end, start), expected)
    as_points = squared_distances(points, start, start)
    assert torch.allclose(as_points, points.square().sum(dim=1))


def test_each_pixel_shows_the_strongest_line() -> None:
    net = small()
    with torch.no_grad():
        net.edges[:] = torch.linspace(-2.0, 2.0, len(net.pairs))
    places = torch.tensor([[[-0.7, -0.6], [0.8, -0.5], [0.6, 0.7], [-0.5, 0.4]]])
    drawn = net.edge_map(places, (16, 16))[0]
    one_by_one = []
    for (first, second), weight in zip(net.pairs, net.weights, strict=True):
        rows = (torch.arange(16) * 2.0 + 1.0) / 16.0 - 1.0
        pixels = torch.stack(torch.meshgrid(rows, rows, indexing="ij")[::-1], dim=2)
        far = squared_distances(pixels, places[0, first], places[0, second])
        one_by_one.append(weight * (-far / LINE**2).exp())
    assert torch.allclose(drawn, torch.stack(one_by_one).amax(dim=0), atol=1e-6)


def test_lines_move_keypoints_and_weights() -> None:
    net = small()
    places = torch.tensor([[[-0.7, -0.6], [0.8, -0.5], [0.6, 0.7], [-0.5, 0.4]]])
    places.requires_grad_()
    net.edge_map(places, (16, 16)).sum().backward()
    assert places.grad is not None
    assert places.grad.abs().amin(dim=2).min() > 0.0
    assert net.edges.grad is not None
    assert (net.edges.grad > 0.0).all()


def test_poses_are_rotations() -> None:
    pose = read_pose(torch.randn(20, 9))
    product = pose.rotation @ pose.rotation.transpose(1, 2)
    assert torch.allclose(product, torch.eye(3).expand(20, 3, 3), atol=1e-5)
    assert torch.allclose(torch.det(pose.rotation), torch.ones(20), atol=1e-5)
    assert (pose.scale > 0.0).all()
    assert read_pose(torch.zeros(1, 9)).rotation.isfinite().all()


def test_the_usual_pose_projects_as_the_camera_does() -> None:
    net = small()
    cameras = turntable(5, 30.0, size=(64, 64))
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (4, 3))
    rotation = torch.tensor(np.stack([camera.rotation for camera in cameras]), dtype=torch.float32)
    pose = Pose(rotation, torch.ones(5), torch.zeros(5, 2))
    shape = torch.tensor(points, dtype=torch.float32).expand(5, -1, -1)
    expected = np.stack([camera.to_unit(camera.project(points)[0]) for camera in cameras])
    np.testing.assert_allclose(net.project(shape, pose).numpy(), expected, atol=1e-5)
    moved = net.project(shape, Pose(rotation, 2.0 * torch.ones(5), torch.full((5, 2), 0.1)))
    np.testing.assert_allclose(moved.numpy(), 2.0 * expected + 0.1, atol=1e-5)


def test_features_are_colours_and_edges() -> None:
    pictures = torch.zeros(1, 3, 16, 16)
    pictures[:, 0, :, 8:] = 1.0
    features = picture_features(pictures, (16, 16))
    assert torch.allclose(features[:, :3], pictures)
    strength = features[0, 3]
    assert strength[:, 7:9].min() > 0.5
    assert strength[:, :7].max() < 0.1
    assert torch.allclose(picture_features(pictures.transpose(2, 3), (16, 16))[0, 3], strength.T)


def test_a_hint_shows_some_cells_and_says_which() -> None:
    pictures = torch.rand(4, 3, 16, 16)
    assert hint_of(pictures, (16, 16), 0.0).abs().max() == 0.0
    whole = hint_of(pictures, (16, 16), 1.0)
    assert torch.allclose(whole[:, :3], pictures)
    some = hint_of(pictures, (16, 16), 0.4)
    assert 0.1 < some[:, 3].mean() < 0.7
    assert torch.equal(some[:, :3], pictures * some[:, 3:])


def test_losses_are_zero_where_nothing_is_missing() -> None:
    features, places = torch.rand(2, 4, 16, 16), torch.rand(2, 5, 2)
    assert reconstruction_loss(features, features).item() == 0.0
    assert reconstruction_loss(features + 0.5, features).item() == pytest.approx(0.25)
    narrow = gaussian_maps(places, (16, 16), 1e-3).flatten(2)
    narrow = torch.zeros_like(narrow).scatter(2, narrow.argmax(2, keepdim=True), 1.0)
    narrow = narrow.unflatten(2, (16, 16))
    assert projection_loss(places, places, narrow).item() == pytest.approx(0.0, abs=1e-7)
    far = projection_loss(places + 3.0, places, narrow).item()
    assert far == pytest.approx(3.0 * 2**0.5, rel=0.02)
    assert projection_loss(places + 3.0, places, torch.full_like(narrow, 1 / 256)).item() < 1e-4
    rotation = torch.tensor(random_rotations(2, np.random.default_rng(0)), dtype=torch.float32)
    pose = Pose(rotation, torch.ones(2), torch.zeros(2, 2))
    assert pose_loss(pose, pose).item() == 0.0
    grown = pose._replace(scale=math.e * pose.scale)
    assert pose_loss(grown, pose).item() == pytest.approx(1.0)


def test_heatmaps_learn_from_shapes_and_not_the_other_way() -> None:
    places = torch.tensor([[[0.3, -0.2], [-0.5, 0.6]]], requires_grad=True)
    near = normalised(gaussian_maps(places, (32, 32), in_units(1.5, (32, 32)))).detach()
    flat = torch.full((1, 2, 32, 32), 1.0 / 32**2, requires_grad=True)
    assert heatmap_loss(near, places).item() == pytest.approx(0.0, abs=1e-4)
    loss = heatmap_loss(flat, places)
    loss.backward()
    assert loss.item() > 3.0
    assert flat.grad is not None
    assert places.grad is None


def test_keypoints_in_one_place_repel_each_other() -> None:
    apart = torch.tensor([[[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]]])
    assert repulsion_loss(apart).item() == pytest.approx(0.0, abs=1e-6)
    assert repulsion_loss(torch.zeros(1, 3, 3)).item() == pytest.approx(2.0)


def test_files(tmp_path: Path) -> None:
    net, path = small().eval(), tmp_path / "m.safetensors"
    pictures = torch.rand(1, 3, 32, 32)
    sha256 = NETWORK.save(path, net, {"category": "car"})
    loaded = NETWORK.load(Model("m", KIND, "car", "m", path, sha256)).net
    assert torch.equal(loaded(pictures).shape, net(pictures).shape)
    for config in ({"keypoints": 10**6}, {"basis": -1}, {"head": "x"}, {"backbone": "x"}):
        save_model(path, {"net.x": torch.zeros(1)}, {"kind": KIND, "config": config})
        with pytest.raises(ModelError):
            NETWORK.load(Model("m", KIND, "car", "m", path))
