"""Symmetric keypoints: mirror images whatever the weights, losses by hand."""

from __future__ import annotations

import pytest
import torch

from kpstudio.nn.symmetric import (
    SymmetricConfig,
    SymmetricNet,
    about_up,
    coverage,
    inclusivity,
)


def cloud() -> torch.Tensor:
    return torch.rand((3, 200, 3), generator=torch.Generator().manual_seed(9)) - 0.5


def test_halves_are_mirror_images_on_every_shape() -> None:
    torch.manual_seed(2)
    net = SymmetricNet(SymmetricConfig(5, 4, 16)).eval()
    found = net(cloud())
    left, right = found.keypoints[:, :5], found.keypoints[:, 5:]
    # Every pair is parted along the one normal of its shape, and halved by the plane.
    normal = (about_up(found.yaw) @ net.plane)[:, None]
    offsets = left - right
    along = (offsets * normal).sum(dim=2, keepdim=True) * normal
    assert torch.allclose(offsets, along, atol=1e-5)
    assert torch.allclose(((left + right) * normal).sum(dim=2), torch.zeros(3, 5), atol=1e-5)


def test_turns_about_the_up_axis() -> None:
    turn = about_up(torch.tensor([torch.pi / 2]))[0]
    assert torch.allclose(turn @ torch.tensor([0.0, 0, 1]), torch.tensor([1.0, 0, 0]), atol=1e-6)
    assert torch.allclose(turn @ torch.tensor([0.0, 1, 0]), torch.tensor([0.0, 1, 0]))


def test_coverage_is_zero_for_the_same_box_and_grows_with_the_difference() -> None:
    points = cloud()
    assert coverage(points, points).item() == 0.0
    assert coverage(0.5 * points, points) > coverage(0.8 * points, points) > 0


def test_inclusivity_is_one_sided() -> None:
    points = cloud()
    assert inclusivity(points[:, :7], points).item() == pytest.approx(0.0, abs=1e-9)
    away = points[:, :1] + torch.tensor([10.0, 0, 0])
    assert inclusivity(away, points) > 80
