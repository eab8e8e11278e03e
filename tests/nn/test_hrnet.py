"""HRNet: sizes, and that all resolutions reach the answer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from kpstudio.nn.hrnet import Exchange, HRNetFeatures


@pytest.mark.parametrize(("halved", "size"), [(True, (16, 24)), (False, (32, 48))])
def test_the_finest_branch_answers(halved: bool, size: tuple[int, int]) -> None:
    assert HRNetFeatures(8, halved)(torch.rand(2, 3, 32, 48)).shape == (2, 8, *size)


@pytest.mark.parametrize("size", [30, 34, 50])
def test_sizes_need_not_be_powers_of_two(size: int) -> None:
    assert HRNetFeatures(8, True)(torch.rand(1, 3, size, size)).shape[2] == size // 2


def test_exchanges_make_one_branch_more() -> None:
    maps = [torch.rand(1, 4, 16, 16), torch.rand(1, 8, 8, 8)]
    found = Exchange((4, 8), (4, 8, 16))(maps)
    assert [tuple(each.shape) for each in found] == [(1, 4, 16, 16), (1, 8, 8, 8), (1, 16, 4, 4)]


def test_every_branch_reaches_the_answer() -> None:
    net = HRNetFeatures(8, True)
    net(torch.rand(2, 3, 64, 64)).square().mean().backward()
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert all(layer.weight.grad is not None for layer in layers)
    assert sum(bool((layer.weight.grad != 0.0).any()) for layer in layers) == len(layers)


def test_features_move_with_the_picture_by_whole_cells() -> None:
    net, cell = HRNetFeatures(8, True).eval(), 16
    pictures = torch.zeros(1, 3, 16, 60 * cell)
    pictures[..., 29 * cell : 30 * cell] = torch.rand(1, 3, 16, cell)
    middle = slice(13 * cell, 17 * cell)
    moved = net(pictures.roll(cell, dims=3))[..., middle]
    still = net(pictures).roll(cell // 2, dims=3)[..., middle]
    assert torch.allclose(moved, still, atol=1e-5)
