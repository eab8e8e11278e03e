from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from kpstudio.nn.keypointnet import KeypointNet, KeypointNetConfig, along_axis, lift, make
from kpstudio.nn.keypointnet_losses import (
    Eyes,
    consistency_loss,
    orientation_loss,
    pose_loss,
    separation_loss,
    silhouette_loss,
)
from kpstudio.nn.picture_maps import gaussian_maps
from kpstudio.rendering.rigs import band

SMALL = KeypointNetConfig(keypoints=5, width=8, orientation_width=4, size=32)
#: Two mirrored pairs and two points on the mirror plane x = 0.
SHAPE = torch.tensor(
    [
        [0.3, 0.1, 0.4], [-0.3, 0.1, 0.4], [0.2, -0.2, -0.4], [-0.2, -0.2, -0.4],
        [0.0, 0.3, 0.1], [0.0, -0.1, 0.5],
    ]
)  # fmt: skip
EXCHANGED = [1, 0, 3, 2, 4, 5]


def eyes_of(count: int, seed: int = 0) -> Eyes:
    cameras = band(count, np.random.default_rng(seed), size=(32, 32))
    rotation = np.stack([camera.rotation for camera in cameras])
    translation = np.stack([camera.translation for camera in cameras])
    focal = cameras[0].focal / 16.0
    return Eyes(torch.from_numpy(rotation).float(), torch.from_numpy(translation).float(), focal)


def seen(eyes: Eyes) -> Tensor:
    return eyes.to_camera(SHAPE.expand(len(eyes.rotation), -1, -1))


def test_perfect_keypoints_cost_nothing() -> None:
    eyes, others = eyes_of(4), eyes_of(4, 1)
    first, second = seen(eyes), seen(others)

    assert consistency_loss(first, second, eyes, others).item() < 1e-10
    assert pose_loss(first, second, eyes, others).item() < 1e-2  # radians, single precision
    assert separation_loss(first, 0.1).item() == 0.0


def test_consistency_is_the_squared_distance_in_the_pictures() -> None:
    eyes = eyes_of(3)
    first = seen(eyes)
    places = eyes.project(first) + torch.tensor([0.1, 0.0])
    second = lift(places, first[..., 2], eyes.focal)

    assert consistency_loss(first, second, eyes, eyes).item() == pytest.approx(0.01, rel=1e-4)


def test_both_directions_count() -> None:
    eyes, others = eyes_of(4), eyes_of(4, 1)
    first, second = seen(eyes), seen(others)
    # Along its own ray: the place in the second picture stays, the first one's partner moves.
    second = second * torch.linspace(0.9, 1.1, 6)[:, None]

    forth = consistency_loss(first, second, eyes, others)
    back = consistency_loss(second, first, others, eyes)

    assert forth.item() > 1e-4
    assert back.item() == pytest.approx(forth.item())


def test_left_taken_for_right_is_no_small_error() -> None:
    eyes, others = eyes_of(6), eyes_of(6, 1)
    first, second = seen(eyes), seen(others)

    assert pose_loss(first, second[:, EXCHANGED], eyes, others).item() > 1.0
    assert consistency_loss(first, second[:, EXCHANGED], eyes, others).item() > 0.05


def test_losses_do_not_change_when_the_world_turns() -> None:
    eyes, others = eyes_of(4), eyes_of(4, 1)
    first, second = seen(eyes), seen(others) + 0.05 * torch.randn(4, 6, 3)
    turn = eyes_of(1, 7).rotation[0]

    def turned(given: Eyes) -> Eyes:
        return Eyes(given.rotation @ turn, given.translation, given.focal)

    for loss in (consistency_loss, pose_loss):
        there = loss(first, second, turned(eyes), turned(others)).item()
        assert there == pytest.approx(loss(first, second, eyes, others).item(), rel=1e-3)


def test_separation_counts_pairs_that_are_too_near() -> None:
    pair = torch.tensor([[[0.0, 0.0, 0.0], [0.06, 0.0, 0.0], [1.0, 0.0, 0.0]]])

    # Both orders of the one pair, of nine.
    expected = 2 * (0.1**2 - 0.06**2) / 9
    assert separation_loss(pair, 0.1).item() == pytest.approx(expected, rel=1e-4)


def test_the_silhouette_asks_for_probability_on_the_shape() -> None:
    maps = torch.full((1, 2, 4, 4), 1.0 / 16.0)
    mask = torch.zeros(1, 4, 4)
    mask[:, :2] = 1.0

    assert silhouette_loss(maps, mask).item() == pytest.approx(np.log(2.0), rel=1e-5)
    assert silhouette_loss(maps, torch.ones(1, 4, 4)).item() == pytest.approx(0.0, abs=1e-6)


def test_a_map_beside_the_shape_has_a_finite_gradient() -> None:
    maps = torch.full((1, 1, 4, 4), 1.0 / 16.0, requires_grad=True)

    silhouette_loss(maps, torch.zeros(1, 4, 4)).backward()

    assert maps.grad.isfinite().all()


def test_ends_of_the_axis_the_wrong_way_round_cost_most() -> None:
    ends = torch.tensor([[[0.3, 0.0], [-0.3, 0.0]]])
    right = gaussian_maps(ends, (32, 32), 0.1)
    right = right / right.sum(dim=(2, 3), keepdim=True)
    flat = torch.full((1, 2, 32, 32), 1.0 / 32**2)

    losses = [orientation_loss(maps, ends).item() for maps in (right, flat, right.flip(1))]

    assert losses[0] == pytest.approx(0.0, abs=1e-4)
    assert losses[1] > 0.09  # of the expected places alone, in the middle of the picture
    assert losses[2] > losses[1] + 0.2


def test_keypoints_are_in_the_picture_and_about_as_far_as_the_camera() -> None:
    torch.manual_seed(0)
    found = KeypointNet(SMALL).eval()(torch.rand(3, 3, 32, 32))

    assert found.maps.shape == (3, 5, 16, 16)
    torch.testing.assert_close(found.maps.sum(dim=(2, 3)), torch.ones(3, 5))
    assert found.places.abs().max() < 1.0
    assert (found.depths - SMALL.distance).abs().max() < 0.5
    assert found.ends.shape == (3, 2, 2)


def test_keypoints_go_by_the_orientation_that_is_told() -> None:
    torch.manual_seed(0)
    net, pictures = KeypointNet(SMALL), torch.rand(2, 3, 32, 32)
    found = net(pictures)

    again = net.find_keypoints(pictures, found.end_maps, found.ends)
    other = net.find_keypoints(pictures, found.end_maps, found.ends.flip(1))

    torch.testing.assert_close(again.places, found.places)
    assert (other.places - found.places).abs().max() > 1e-6
    torch.testing.assert_close(other.ends, found.ends)


def test_the_way_from_back_to_front_is_told_everywhere_and_at_every_place() -> None:
    ends = torch.tensor([[[0.5, 0.0], [-0.5, 0.0]]])

    dx, dy, along, across = along_axis(torch.zeros(1, 3, 4, 4), ends)[0]

    assert (dx == 1.0).all()
    assert (dy == 0.0).all()
    torch.testing.assert_close(along[0], torch.tensor([-0.75, -0.25, 0.25, 0.75]))
    torch.testing.assert_close(across[:, 0].abs(), along[0].abs())
    turned = along_axis(torch.zeros(1, 3, 4, 4), ends.flip(1))[0]
    torch.testing.assert_close(turned, -torch.stack([dx, dy, along, across]))


def test_the_keypoints_teach_the_orientation_network_nothing() -> None:
    net = KeypointNet(SMALL)

    net(torch.rand(2, 3, 32, 32)).places.sum().backward()

    assert all(weight.grad is None for weight in net.orientation.parameters())
    assert net.features[0].weight.grad.abs().sum() > 0.0


def test_half_precision_is_for_the_features_alone() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        found = KeypointNet(SMALL)(torch.rand(2, 3, 32, 32))

    assert {tensor.dtype for tensor in found} == {torch.float32}


def test_lifting_is_the_way_back_from_the_picture() -> None:
    eyes = eyes_of(3)
    points = seen(eyes)

    torch.testing.assert_close(lift(eyes.project(points), points[..., 2], eyes.focal), points)
    torch.testing.assert_close(eyes.to_world(points), SHAPE.expand(3, -1, -1))


def test_a_configuration_makes_the_network() -> None:
    net = make({"keypoints": 7, "width": 8, "orientation_width": 4})

    assert net(torch.rand(1, 3, 32, 32)).places.shape == (1, 7, 2)
