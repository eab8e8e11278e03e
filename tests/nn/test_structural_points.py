"""Structural points: expectations over places of the cloud."""

from __future__ import annotations

import torch

from kpstudio.nn.structural_points import StructuralPointsConfig, StructuralPointsNet


def test_points_are_convex_combinations_of_places_of_the_cloud() -> None:
    torch.manual_seed(3)
    net = StructuralPointsNet(StructuralPointsConfig(6, 32, 16, 4)).eval()
    points = torch.rand((2, 150, 3), generator=torch.Generator().manual_seed(10)) - 0.5
    found = net(points)
    assert found.keypoints.shape == (2, 6, 3)
    assert found.places.shape == (2, 16, 3)
    assert torch.allclose(found.weights.sum(dim=1), torch.ones(2, 6), atol=1e-5)
    assert torch.allclose(found.weights.transpose(1, 2) @ found.places, found.keypoints)
    gaps = torch.cdist(found.places, points).amin(dim=2)
    assert gaps.max() < 1e-3
