from __future__ import annotations

import torch

from kpstudio.nn.dilated import DilatedFeatures


def test_the_stride_is_that_of_the_features() -> None:
    pictures = torch.rand(2, 3, 32, 48)

    assert DilatedFeatures(width=8)(pictures).shape == (2, 8, 16, 24)
    assert DilatedFeatures(width=8, stride=1)(pictures).shape == (2, 8, 32, 48)


def test_every_place_knows_of_the_whole_picture() -> None:
    net = DilatedFeatures(width=8).eval()
    pictures = torch.rand(1, 3, 64, 64, requires_grad=True)

    net(pictures)[0, :, 16, 16].sum().backward()

    reached = pictures.grad.abs().sum(dim=1)[0] > 0.0
    assert reached[0, 0]
    assert reached[-1, -1]


def test_moving_the_picture_moves_the_features() -> None:
    net = DilatedFeatures(width=8).eval()
    picture = torch.zeros(1, 3, 256, 256)
    picture[:, :, 120:136, 116:140] = torch.rand(1, 3, 16, 24)

    still, moved = net(picture), net(picture.roll((4, 2), (2, 3)))

    inner = (slice(None), slice(None), slice(50, 78), slice(50, 78))
    assert torch.allclose(still.roll((2, 1), (2, 3))[inner], moved[inner], atol=1e-5)
