"""PointNet++: the order of points does not matter, a cloud is the same alone and in a batch."""

from __future__ import annotations

import torch

from kpstudio.nn.pointnet2 import Level, PointFeatures, Scale, SetAbstraction


def cloud(count: int = 200, batch: int = 2) -> torch.Tensor:
    return torch.rand((batch, count, 3), generator=torch.Generator().manual_seed(3)) * 2 - 1


def test_levels_have_the_sizes_asked_for() -> None:
    layer = SetAbstraction(32, 0, (Scale(0.3, 8, (8, 16)), Scale(0.6, 16, (8, 12))))
    found = layer(Level(cloud(), None))
    assert found.points.shape == (2, 32, 3)
    assert found.features.shape == (2, 32, 28)


def test_fewer_points_than_balls() -> None:
    found = SetAbstraction(64, 0, (Scale(0.5, 8, (4, 4)),))(Level(cloud(10), None))
    assert found.points.shape == (2, 10, 3)


def test_moving_a_cloud_moves_the_balls_and_keeps_their_features() -> None:
    layer = SetAbstraction(16, 0, (Scale(0.4, 8, (8, 8)),))
    here, there = layer(Level(cloud(), None)), layer(Level(cloud() + 3.0, None))
    assert torch.allclose(here.points + 3.0, there.points, atol=1e-5)
    assert torch.allclose(here.features, there.features, atol=1e-4)


def test_alone_and_in_a_batch() -> None:
    net = PointFeatures(32, 8, 4).eval()
    points = cloud()
    both = net(points)
    alone = net(points[1:])
    assert torch.allclose(both[0][1:], alone[0], atol=1e-5)
    assert torch.allclose(both[1][1:], alone[1], atol=1e-5)


def test_the_order_of_points_moves_the_features_along() -> None:
    net = PointFeatures(32, 8, 4).eval()
    points = cloud(batch=1)
    # The first point starts the choice of the balls: it keeps its place.
    order = torch.cat([torch.zeros(1, dtype=torch.long), 1 + torch.randperm(199)])
    features, whole = net(points)
    shuffled, same = net(points[:, order])
    assert torch.allclose(features[:, order], shuffled, atol=1e-4)
    assert torch.allclose(whole, same, atol=1e-4)
