"""Layers: sizes they keep or halve, and residual blocks that start from what they are given."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from kpstudio.nn.picture_layers import BasicBlock, Bottleneck, PictureStem, convolution


@pytest.mark.parametrize(("stride", "dilation", "size"), [(1, 1, 10), (1, 4, 10), (2, 1, 5)])
def test_convolutions_keep_or_halve(stride: int, dilation: int, size: int) -> None:
    layer = convolution(2, 3, stride=stride, dilation=dilation)
    assert layer(torch.rand(1, 2, 10, 10)).shape == (1, 3, size, size)


@pytest.mark.parametrize("kind", [BasicBlock, Bottleneck])
def test_blocks_whose_last_weights_are_zero_change_nothing(kind: type[nn.Module]) -> None:
    block = kind(6).eval()
    last = [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)][-1]
    nn.init.zeros_(last.weight)
    maps = torch.rand(2, 6, 8, 8)
    assert torch.equal(block(maps), maps)


def test_stems_halve_on_request() -> None:
    pictures = torch.rand(2, 3, 32, 24)
    assert PictureStem(8, True)(pictures).shape == (2, 8, 16, 12)
    assert PictureStem(8, False)(pictures).shape == (2, 8, 32, 24)
