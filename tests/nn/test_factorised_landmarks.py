"""Factorised embeddings: the linear cost is the double sum, diversity, and a few steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kpstudio.nn.equivariance import equivariance_loss
from kpstudio.nn.factorised_landmarks import diversity, losses, make, map_alignment
from kpstudio.nn.picture_maps import expectation, gaussian_maps, softmax_maps, variance
from kpstudio.nn.picture_warps import random_warp, warp_pictures, warp_table

#: Two pictures with a blob in each channel.
BLOBS = torch.tensor(
    [[[-0.4, 0.2], [0.3, 0.3], [0.1, -0.4]], [[0.4, 0.1], [0.0, 0.4], [0.0, -0.4]]]
)


def brute_force(first: torch.Tensor, second: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    from kpstudio.nn.picture_maps import pixel_places

    places = pixel_places((first.shape[2], first.shape[3]), first).reshape(1, -1, 1, 2)
    squared = (places - table.reshape(len(table), 1, -1, 2)).square().sum(dim=3)
    return torch.einsum("buv,bku,bkv->bk", squared, first.flatten(2), second.flatten(2)).mean()


def test_the_linear_cost_is_the_double_sum(rng: np.random.Generator) -> None:
    first, second = (softmax_maps(3.0 * torch.randn(2, 3, 9, 11)) for _ in range(2))
    table = warp_table(random_warp(2, rng), 2, (9, 11), first)
    expected = brute_force(first, second, table)
    assert map_alignment(first, second, table).item() == pytest.approx(expected.item(), rel=1e-4)


def test_alignment_of_maps_is_that_of_expectations_and_the_variances(
    rng: np.random.Generator,
) -> None:
    first, second = (softmax_maps(3.0 * torch.randn(2, 3, 16, 16)) for _ in range(2))
    # For a warp that is a shift, expectation and warp change places.
    shift = torch.tensor([0.1, -0.2])
    table = warp_table(lambda places: places + shift, 2, (16, 16), first)
    places = equivariance_loss(expectation(first), expectation(second), lambda p: p + shift)
    expected = places + (variance(first) + variance(second)).mean()
    assert map_alignment(first, second, table).item() == pytest.approx(expected.item(), rel=1e-4)


def test_diversity_is_0_apart_and_k_minus_1_together() -> None:
    apart = gaussian_maps(torch.tensor([[[-0.7, -0.7], [0.0, 0.7], [0.7, -0.7]]]), (32, 32), 0.04)
    apart = apart / apart.sum(dim=(2, 3), keepdim=True)
    assert diversity(apart).item() == pytest.approx(0.0, abs=1e-3)
    assert diversity(apart[:, :1].expand(1, 3, 32, 32)).item() == pytest.approx(2.0, abs=1e-4)


def test_pooling_notices_landmarks_in_one_patch() -> None:
    near = torch.zeros(1, 2, 10, 10)
    near[0, 0, 0, 0] = near[0, 1, 1, 1] = 1.0
    assert diversity(near, patch=1).item() == 0.0
    assert diversity(near, patch=4).item() == 1.0
    # The last patches are cut by the edge, and nothing of them is lost.
    assert diversity(near.flip(2, 3), patch=4).item() == 1.0


def test_training_lowers_the_losses(rng: np.random.Generator) -> None:
    torch.manual_seed(1)
    net = make({"backbone": "dilated", "width": 8, "landmarks": 3, "halved": False})
    pictures = gaussian_maps(BLOBS, (24, 24), 0.15)
    warp = random_warp(2, rng)
    warped = warp_pictures(pictures, warp)
    optimiser = torch.optim.SGD(net.parameters(), 0.3, momentum=0.9)
    totals = []
    for _ in range(15):
        first, second = net(pictures), net(warped)
        assert first.maps.shape == (2, 3, 24, 24)
        assert torch.allclose(first.places, expectation(first.maps))
        total = torch.stack(list(losses(first, second, warp).values())).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(total.item())
    assert totals[-1] < 0.8 * totals[0]
