"""Kernel point convolution on neighbourhoods that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import torch

from kpstudio.nn.kpconv import KernelPointConvolution, kernel_points, neighbourhood
from kpstudio.training.clouds import random_rotations


def test_kernel_points_are_evenly_spread() -> None:
    points = kernel_points()
    assert points.shape == (15, 3)
    assert torch.allclose(points.mean(dim=0), torch.zeros(3), atol=1e-6)
    scatter = points.T @ points
    assert torch.allclose(scatter, scatter[0, 0] * torch.eye(3), atol=1e-5)
    apart = torch.cdist(points, points) + 9.0 * torch.eye(15)
    assert apart.min() > 0.5


def test_influence_is_linear_and_ends_at_the_radius() -> None:
    places = torch.zeros(1, 1, 3)
    points = torch.tensor([[[0.0, 0.0, 0.0], [0.24, 0.0, 0.0], [1.2, 0.0, 0.0]]])
    found = neighbourhood(places, points, 1.0, 3)
    assert found.present.tolist() == [[[1.0, 1.0, 0.0]]]
    # At the centre's kernel point, and half of the extent away from it.
    assert torch.allclose(found.influence[0, 0, 0], torch.tensor([1.0, 0.5, 0.0]), atol=1e-5)
    # The second is 0.66 - 0.24 from the kernel point on the x axis, of an extent of 0.48.
    assert torch.allclose(found.influence[0, 0, 1, 1], torch.tensor(1.0 - 0.42 / 0.48), atol=1e-5)


def test_density_does_not_matter() -> None:
    """Every neighbour twice is the same sum over twice as many."""
    torch.manual_seed(0)
    points, features = 0.3 * torch.randn(1, 40, 3), torch.randn(1, 40, 4)
    layer = KernelPointConvolution(4, 8)
    places = points[:, :5]
    once = layer(features, neighbourhood(places, points, 0.4, 40))
    twice, both = torch.cat([points, points], dim=1), torch.cat([features, features], dim=1)
    assert torch.allclose(layer(both, neighbourhood(places, twice, 0.4, 80)), once, atol=1e-5)


def test_points_that_fill_up_a_row_do_not_count() -> None:
    """A port that divides by the length of the row gives another answer for larger rows."""
    torch.manual_seed(1)
    points, features = torch.randn(1, 30, 3), torch.randn(1, 30, 4)
    layer = KernelPointConvolution(4, 8)
    alone = neighbourhood(points, points, 1e-3, 1)
    among = neighbourhood(points, points, 1e-3, 20)
    assert torch.allclose(layer(features, alone), layer(features, among), atol=1e-6)


def test_frames_turn_the_kernel(rng: np.random.Generator) -> None:

    turn = torch.from_numpy(random_rotations(1, rng))
    points = torch.from_numpy(rng.normal(size=(1, 50, 3))).float()
    eye = torch.eye(3).expand(1, 50, 3, 3)
    still = neighbourhood(points, points, 1.0, 12, eye)
    moved = points @ turn.transpose(1, 2)
    turned = neighbourhood(moved, moved, 1.0, 12, eye @ turn[:, None].transpose(2, 3))
    assert torch.allclose(still.influence, turned.influence, atol=1e-4)
