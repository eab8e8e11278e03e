"""Structural landmarks: shares, pooled descriptors, constraints by hand, drawing again."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kpstudio.nn.picture_maps import gaussian_maps, pixel_places
from kpstudio.nn.picture_warps import random_warp, warp_pictures
from kpstudio.nn.structural_landmarks import (
    concentration,
    landmark_shares,
    losses,
    make,
    separation,
)

#: Two pictures with a blob in each channel.
BLOBS = torch.tensor(
    [[[-0.4, 0.2], [0.3, 0.3], [0.1, -0.4]], [[0.4, 0.1], [0.0, 0.4], [0.0, -0.4]]]
)
SMALL = {"backbone": "dilated", "width": 8, "landmarks": 3, "descriptor": 4}


@pytest.mark.parametrize("halved", [True, False])
def test_pictures_are_drawn_in_their_own_size(halved: bool) -> None:
    net = make({**SMALL, "halved": halved})
    pictures = torch.rand(2, 3, 32, 32)
    found = net(pictures)
    size = 16 if halved else 32
    assert found.maps.shape == (2, 3, size, size)
    assert found.places.shape == (2, 3, 2)
    assert found.descriptors.shape == (2, 4, 4)
    assert torch.allclose(found.maps.sum(dim=(2, 3)), torch.ones(2, 3), atol=1e-5)
    drawn = net.decode(found)
    assert drawn.shape == pictures.shape
    assert drawn.min() >= 0.0
    assert drawn.max() <= 1.0


def test_the_drawing_follows_the_places_and_nothing_else_of_the_maps() -> None:
    net = make(SMALL).eval()
    found = net(torch.rand(1, 3, 32, 32))
    assert torch.equal(net.decode(found), net.decode(found._replace(maps=found.maps.flip(2))))
    moved = found._replace(places=found.places + 0.3)
    assert not torch.allclose(net.decode(found), net.decode(moved), atol=1e-5)


def test_shares_belong_to_the_landmark_near_it_and_to_the_background_far_away() -> None:
    places = pixel_places((32, 32), torch.ones(1))[[8, 24], [8, 20]][None]
    shares = landmark_shares(places, (32, 32), 0.05)
    assert torch.allclose(shares.sum(dim=1), torch.ones(1, 32, 32))
    assert shares[0, 0, 8, 8] > 0.95
    assert shares[0, 1, 24, 20] > 0.95
    assert shares[0, 2, 2, 30] > 0.99


def test_concentration_is_the_area_a_gaussian_covers() -> None:
    maps = gaussian_maps(torch.tensor([[[0.1, 0.0], [-0.2, 0.2]]]), (64, 64), 0.1)
    maps = maps / maps.sum(dim=(2, 3), keepdim=True)
    expected = 2 * (2.0 * math.pi * math.e * 0.01)
    assert concentration(maps).item() == pytest.approx(expected, rel=0.01)


def test_separation_by_hand() -> None:
    places = torch.tensor([[[0.0, 0.0], [0.15, 0.0], [5.0, 5.0]]])
    assert separation(places, 0.15).item() == pytest.approx(2.0 * math.exp(-0.5), abs=1e-5)
    assert separation(places[:, :1]).item() == 0.0


def test_training_lowers_the_losses(rng: np.random.Generator) -> None:
    torch.manual_seed(1)
    net = make({**SMALL, "halved": False})
    pictures = gaussian_maps(BLOBS, (24, 24), 0.2)
    warp = random_warp(2, rng)
    warped = warp_pictures(pictures, warp)
    optimiser = torch.optim.SGD(net.parameters(), 0.02, momentum=0.9)
    history = []
    for _ in range(15):
        found = losses(net, pictures, warped, warp)
        total = 10.0 * found["reconstruction"] + 0.1 * found["concentration"]
        total = total + 0.1 * found["separation"] + found["equivariance"]
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        history.append((total.item(), found["reconstruction"].item()))
    assert history[-1][0] < 0.8 * history[0][0]
    assert history[-1][1] < history[0][1]
