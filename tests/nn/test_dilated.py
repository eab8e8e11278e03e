"""The dilated network: how far it sees, and that it moves with the picture."""

from __future__ import annotations

import torch

from kpstudio.nn.dilated import DILATIONS, DilatedFeatures


def test_every_place_sees_64_pixels_to_every_side() -> None:
    assert sum(DILATIONS) == 64
    net = DilatedFeatures(4, False).eval()
    pictures = torch.rand(1, 3, 3, 161, requires_grad=True)
    (slope,) = torch.autograd.grad(net(pictures)[0, :, 1, 80].sum(), pictures)
    seen = slope.abs().sum(dim=(0, 1, 2)).nonzero()[:, 0]
    assert (seen.min().item(), seen.max().item()) == (16, 144)


def test_pictures_may_have_more_channels() -> None:
    assert DilatedFeatures(4, True, channels=5)(torch.rand(2, 5, 32, 48)).shape == (2, 4, 16, 24)


def test_features_move_with_the_picture() -> None:
    net = DilatedFeatures(4, True).eval()
    pictures = torch.zeros(1, 3, 16, 320)
    pictures[..., 150:170] = torch.rand(1, 3, 16, 20)
    # Two pixels of the picture are one of the maps.
    moved = net(pictures.roll(2, dims=3))
    assert torch.allclose(moved[..., 70:90], net(pictures).roll(1, dims=3)[..., 70:90], atol=1e-6)
