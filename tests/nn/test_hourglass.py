"""Stacked hourglasses: sizes, translations, and that every stack is heard."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from kpstudio.nn.hourglass import DEPTH, Hourglass, StackedHourglass


@pytest.mark.parametrize("size", [(64, 64), (32, 32), (30, 22), (16, 16)])
def test_hourglasses_keep_any_size(size: tuple[int, int]) -> None:
    assert Hourglass(8)(torch.rand(2, 8, *size)).shape == (2, 8, *size)


def test_down_to_4_x_4() -> None:
    seen: list[torch.Size] = []
    net = Hourglass(4)
    for part in net.modules():
        part.register_forward_hook(lambda *call: seen.append(call[2].shape[2:]))
    net(torch.rand(1, 4, 64, 64))
    assert min(seen) == (4, 4)


def test_features_move_with_the_picture_by_whole_cells() -> None:
    net, cell = Hourglass(4).eval(), 2**DEPTH
    maps = torch.zeros(1, 4, 16, 40 * cell)
    maps[..., 19 * cell : 20 * cell] = torch.rand(1, 4, 16, cell)
    middle = slice(17 * cell, 22 * cell)
    moved = net(maps.roll(cell, dims=3))[..., middle]
    assert torch.allclose(moved, net(maps).roll(cell, dims=3)[..., middle], atol=1e-5)


@pytest.mark.parametrize(("halved", "size"), [(True, 16), (False, 32)])
def test_every_stack_answers_in_the_same_size(halved: bool, size: int) -> None:
    found = StackedHourglass(8, 5, 3, halved)(torch.rand(2, 3, 32, 32))
    assert [tuple(maps.shape) for maps in found.maps] == [(2, 5, size, size)] * 3
    assert found.features.shape == (2, 8, size, size)


def test_the_next_stack_sees_the_maps_of_the_one_before() -> None:
    net, pictures = StackedHourglass(8, 2, 2).eval(), torch.rand(1, 3, 32, 32)
    before = net(pictures).maps
    head = net.heads[0]
    assert isinstance(head, nn.Conv2d)
    with torch.no_grad():
        assert head.bias is not None
        head.bias += 1.0
    after = net(pictures).maps
    assert torch.allclose(after[0], before[0] + 1.0, atol=1e-6)
    assert not torch.allclose(after[1], before[1], atol=1e-4)
