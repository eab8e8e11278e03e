"""Skeleton Merger: convex combinations, points on edges, the composite distance by hand."""

from __future__ import annotations

import pytest
import torch

from kpstudio.nn.skeleton_merger import (
    SkeletonMergerConfig,
    SkeletonMergerNet,
    composite_chamfer,
)


@pytest.fixture
def net() -> SkeletonMergerNet:
    torch.manual_seed(0)
    return SkeletonMergerNet(SkeletonMergerConfig(4, 32, 8, 4, 5)).eval()


def cloud() -> torch.Tensor:
    return torch.rand((2, 150, 3), generator=torch.Generator().manual_seed(6)) - 0.5


def test_keypoints_are_in_the_hull_and_strengths_in_range(net: SkeletonMergerNet) -> None:
    points = cloud()
    found = net(points)
    assert found.keypoints.shape == (2, 4, 3)
    assert found.strengths.shape == (2, 6)
    assert torch.allclose(found.weights.sum(dim=1), torch.ones(2, 4), atol=1e-5)
    assert (found.keypoints >= points.amin(dim=1, keepdim=True)).all()
    assert (found.keypoints <= points.amax(dim=1, keepdim=True)).all()
    assert ((found.strengths > 0) & (found.strengths < 1)).all()


def test_edges_run_between_every_pair(net: SkeletonMergerNet) -> None:
    keypoints = torch.rand(1, 4, 3)
    edges = net.edge_points(keypoints) - net.offsets
    assert edges.shape == (1, 6, 5, 3)
    assert torch.allclose(edges[0, :, 0], keypoints[0, net.ends[0]])
    assert torch.allclose(edges[0, :, -1], keypoints[0, net.ends[1]])
    middle = keypoints[0, net.ends].mean(dim=0)
    assert torch.allclose(edges[0, :, 2], middle, atol=1e-6)
    # Small at the start, as in the source, whose frame is twice as large.
    assert net.offsets.abs().max() < 0.01


def line(length: int, start: float, stop: float) -> torch.Tensor:
    x = torch.linspace(start, stop, length)
    return torch.stack([x, torch.zeros(length), torch.zeros(length)], dim=1)


def test_a_full_edge_on_the_cloud_costs_nothing_but_the_smoothing() -> None:
    points = line(9, 0.0, 0.4)[None]
    value = composite_chamfer(points, points[:, None], torch.ones(1, 1))
    assert value.item() == pytest.approx(2 * 1e-4**0.5, abs=1e-4)


def test_what_no_edge_accounts_for_costs_twenty() -> None:
    points = line(9, 0.0, 0.4)[None]
    value = composite_chamfer(points, points[:, None], torch.full((1, 1), 0.25))
    smooth = 1e-4**0.5
    assert value.item() == pytest.approx(1.25 * 0 + 0.5 * smooth + 20 * 0.75, abs=1e-3)


def test_nearest_edges_account_first_until_it_makes_one() -> None:
    points = torch.zeros(1, 1, 3)
    # Edges of one place each, at distances 1, 2 and 3 in the frame of longest side 2.
    edges = torch.tensor([[1.0, 0, 0], [0, 0.5, 0], [0, 0, 1.5]]).view(1, 3, 1, 3)
    strengths = torch.tensor([[0.3, 0.6, 0.9]])
    covered = 0.6 * 1.0 + 0.3 * 2.0 + 0.1 * 3.0  # 0.9 is cut to what is left
    fidelity = (0.3 * 2.0 + 0.6 * 1.0 + 0.9 * 3.0) / 3
    value = composite_chamfer(points, edges, strengths)
    assert value.item() == pytest.approx(covered + fidelity, abs=1e-3)


def test_gradients_are_finite_where_points_coincide() -> None:
    edges = torch.zeros(1, 2, 3, 3, requires_grad=True)
    composite_chamfer(torch.zeros(1, 4, 3), edges, torch.full((1, 2), 0.5)).backward()
    assert torch.isfinite(edges.grad).all()
