"""The network's promises, which hold for any weights: tried with random ones."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from kpstudio.geometry.icosphere import icosphere
from kpstudio.nn.influence import distance_weights, locality, zero_mean_rows
from kpstudio.nn.keypoint_deformer import (
    KeypointDeformerConfig,
    KeypointDeformerNet,
    Prediction,
    deform,
)
from kpstudio.nn.keypoint_heads import HEADS
from kpstudio.training.keypoint_deformer import cage_mirror

MIRROR = torch.tensor([-1.0, 1.0, 1.0])


def network(head: str, axis: int = 0) -> KeypointDeformerNet:
    torch.manual_seed(1)
    config = KeypointDeformerConfig(
        pairs=3, middle=2, cage_mirror=cage_mirror(axis), mirror_axis=axis, head=head,
        widths=(16, 24, 32), reach=9,
    )  # fmt: skip
    net = KeypointDeformerNet(config).double().eval().requires_grad_(False)
    # Away from the zeros that training starts with.
    for weight in (net.influence.canonical, net.influence.offset.weight, net.influence.offset.bias):
        weight.normal_(std=0.1)
    return net


@pytest.fixture
def cloud(rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.uniform(-0.5, 0.5, (1, 300, 3)))


@pytest.fixture
def cage(rng: np.random.Generator) -> torch.Tensor:
    directions, _ = icosphere(1)
    return torch.from_numpy(directions * rng.uniform(0.5, 0.8, (42, 1)))[None]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("axis", [0, 2])
def test_a_mirrored_shape_gets_mirrored_keypoints(
    head: str, axis: int, cloud: torch.Tensor
) -> None:
    net = network(head, axis)
    flip = torch.ones(3, dtype=torch.float64)
    flip[axis] = -1.0
    partners = list(net.config.keypoint_mirror)
    straight, mirrored = net(cloud).keypoints, net(cloud * flip).keypoints
    assert torch.allclose(mirrored, (straight * flip)[:, partners], atol=1e-12)
    assert not torch.allclose(mirrored, straight, atol=1e-3)


def test_a_symmetric_shape_gets_symmetric_keypoints(cloud: torch.Tensor) -> None:
    net = network("softmax")
    both = torch.cat([cloud, cloud * MIRROR], dim=1)
    keypoints = net(both).keypoints
    assert torch.allclose(keypoints[:, 0] * MIRROR, keypoints[:, 1], atol=1e-12)
    assert torch.allclose(keypoints[:, 6:, 0], torch.zeros(2).double(), atol=1e-12)


def test_the_influence_is_mirrored_too(cloud: torch.Tensor, cage: torch.Tensor) -> None:
    net = network("softmax")
    sides, partners = list(net.config.cage_mirror), list(net.config.keypoint_mirror)
    straight = net.influences(net(cloud), cage)
    mirrored = net.influences(net(cloud * MIRROR), (cage * MIRROR)[:, sides])
    assert torch.allclose(mirrored, straight[:, sides][:, :, partners], atol=1e-10)


@pytest.mark.parametrize("head", HEADS)
def test_the_order_of_points_does_not_matter(
    head: str, cloud: torch.Tensor, rng: np.random.Generator
) -> None:
    net = network(head)
    order = torch.from_numpy(rng.permutation(300))
    straight, shuffled = net(cloud), net(cloud[:, order])
    assert torch.allclose(straight.keypoints, shuffled.keypoints, atol=1e-12)
    if straight.weights is not None and shuffled.weights is not None:
        assert torch.allclose(straight.weights[:, order], shuffled.weights, atol=1e-12)


@pytest.mark.parametrize("head", HEADS)
def test_one_shape_alone_is_the_same_as_in_a_batch(head: str, rng: np.random.Generator) -> None:
    net = network(head)
    clouds = torch.from_numpy(rng.uniform(-0.5, 0.5, (3, 100, 3)))
    together = net(clouds)
    alone = net(clouds[1:2])
    assert torch.allclose(together.keypoints[1:2], alone.keypoints, atol=1e-12)
    assert torch.allclose(together.offsets[1:2], alone.offsets, atol=1e-12)


def test_softmax_keypoints_are_convex_combinations(cloud: torch.Tensor) -> None:
    found = network("softmax")(cloud)
    assert found.weights is not None
    assert (found.weights >= 0).all()
    assert torch.allclose(found.weights.sum(dim=1), torch.ones(1, 8).double())
    assert torch.allclose(found.weights.transpose(1, 2) @ cloud, found.keypoints, atol=1e-12)


def test_heatmaps_at_the_samples_are_the_weights(cloud: torch.Tensor) -> None:
    net = network("softmax")
    found = net(cloud)
    assert found.weights is not None
    assert torch.allclose(net.heatmaps(found, cloud[0]), found.weights[0], atol=1e-12)


def test_regressed_keypoints_stay_in_the_cube(cloud: torch.Tensor) -> None:
    net = network("regression")
    net.head.layers[-1].bias += 50.0
    assert net(cloud).keypoints.abs().max() <= 0.5


def test_moving_all_keypoints_moves_everything(
    cloud: torch.Tensor, cage: torch.Tensor, rng: np.random.Generator
) -> None:
    net = network("softmax")
    matrices = net.influences(net(cloud), cage)
    weights = torch.from_numpy(rng.random((1, 300, 42)))
    weights /= weights.sum(dim=2, keepdim=True)
    step = torch.tensor([0.3, -0.2, 0.1]).double()
    moved = deform(cloud, weights, matrices, step.expand(1, 8, 3))
    assert torch.allclose(moved, cloud + step, atol=1e-12)


def test_every_cage_vertex_is_controlled_and_control_is_local(
    cloud: torch.Tensor, cage: torch.Tensor
) -> None:
    net = network("softmax")
    matrices = net.influences(net(cloud), cage)[0]
    assert (matrices.abs().max(dim=1).values > 0.1).all()
    # 9 within reach, and perhaps vertices that nobody else reaches.
    assert ((matrices != 0).sum(dim=0) <= 42 - 1).all()
    near = locality(torch.cdist(cage, net(cloud).keypoints).square(), 9)
    assert torch.equal(matrices != 0, near[0])


def test_locality_without_orphans_is_the_reach() -> None:
    squared = torch.tensor([[[0.0, 9.0], [1.0, 4.0], [4.0, 1.0], [9.0, 0.0]]])
    expected = torch.tensor([[[True, False], [True, False], [False, True], [False, True]]])
    assert torch.equal(locality(squared, 2), expected)
    # With a reach of 1 the middle vertices would be orphans: they go to the nearer keypoint.
    assert torch.equal(locality(squared, 1), expected)


def test_rows_of_the_two_parts_sum_to_one_and_zero(rng: np.random.Generator) -> None:
    squared = torch.from_numpy(rng.random((2, 10, 4)))
    near = locality(squared, 5)
    rows = distance_weights(squared, near).sum(dim=2)
    assert torch.allclose(rows, torch.ones_like(rows))
    learned = zero_mean_rows(torch.from_numpy(rng.normal(size=(2, 10, 4))), near)
    assert torch.allclose(learned.sum(dim=2), torch.zeros(2, 10).double(), atol=1e-12)
    assert (learned[~near] == 0).all()


def test_offsets_do_not_bend_the_predictor(cloud: torch.Tensor) -> None:
    net = network("softmax").requires_grad_(True)
    found: Prediction = net(cloud)
    found.offsets.square().sum().backward()
    assert all(weight.grad is None for weight in net.encoder.parameters())
    assert net.influence.offset.weight.grad is not None


def test_an_untrained_influence_is_the_distance_weights(
    cloud: torch.Tensor, cage: torch.Tensor
) -> None:
    config = network("softmax").config
    net = KeypointDeformerNet(config).double()
    found = net(cloud)
    squared = torch.cdist(cage, found.keypoints).square()
    expected = distance_weights(squared, locality(squared, config.reach))
    assert torch.allclose(net.influences(found, cage), expected)


def test_configuration_round_trip_and_refusals() -> None:
    config = network("softmax").config
    assert KeypointDeformerConfig.from_json(config.as_json()) == config
    for change in ({"head": "voting"}, {"pairs": -1}, {"cage_mirror": [0, 0]}, {"widths": [8]},
                   {"widths": [8, 10**9]}, {"mirror_axis": 3}, {"unknown": 1}):  # fmt: skip
        with pytest.raises((ValueError, TypeError)):
            KeypointDeformerConfig.from_json(config.as_json() | change)


def test_cage_mirror_is_the_reflection() -> None:
    vertices, _ = icosphere(1)
    for axis in (0, 2):
        flipped = vertices * np.where(np.arange(3) == axis, -1.0, 1.0)
        assert np.allclose(vertices[list(cage_mirror(axis))], flipped)


def test_config_counts() -> None:
    config = dataclasses.replace(network("softmax").config, pairs=2, middle=3)
    assert config.count == 7
    assert config.keypoint_mirror == (1, 0, 3, 2, 4, 5, 6)
