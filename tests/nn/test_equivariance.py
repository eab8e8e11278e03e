"""Residuals under known warps: zero for what moves with the picture, and a figure for all else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kpstudio.nn.equivariance import equivariance_loss, residual, stability
from kpstudio.nn.picture_maps import expectation, gaussian_maps, normalised
from kpstudio.nn.picture_warps import random_warp


def shifted(places: torch.Tensor) -> torch.Tensor:
    return places + torch.tensor([0.3, -0.4])


def test_residuals_by_hand() -> None:
    second = torch.tensor([[[0.1, 0.2], [0.0, 0.0]]])
    first = shifted(second)
    assert torch.allclose(residual(first, second, shifted), torch.zeros(1, 2))
    # The inverse warp, a common slip, is not the same.
    assert residual(second, first, shifted)[0, 0].item() == pytest.approx(1.0)
    moved = first + torch.tensor([[[0.3, 0.4], [0.0, 0.0]]])
    assert residual(moved, second, shifted)[0].tolist() == pytest.approx([0.5, 0.0])
    assert equivariance_loss(moved, second, shifted).item() == pytest.approx(0.125)
    seen = torch.tensor([[0.0, 1.0]])
    assert equivariance_loss(moved, second, shifted, seen).item() == pytest.approx(0.0)


def test_stability_tells_a_detector_that_follows_from_one_that_does_not(
    rng: np.random.Generator,
) -> None:
    pictures = gaussian_maps(torch.tensor([[[-0.3, 0.2], [0.2, 0.3], [0.1, -0.3]]]), (64, 64), 0.08)
    warps = [random_warp(1, rng) for _ in range(4)]
    follows = stability(lambda seen: expectation(normalised(seen)), pictures, warps)
    stays = stability(lambda seen: seen.new_full((1, 3, 2), 0.3), pictures, warps)
    assert follows.shape == (1, 3)
    assert follows.max() < 0.03
    assert stays.min() > 3.0 * follows.max()
