"""Warps: splines through their places, tables, and the convention second(u) = first(g(u))."""

from __future__ import annotations

import numpy as np
import torch

from kpstudio.nn.picture_maps import expectation, gaussian_maps, normalised
from kpstudio.nn.picture_warps import (
    TableWarp,
    ThinPlate,
    random_warp,
    warp_pictures,
    warp_table,
)


def test_splines_pass_through_their_places(rng: np.random.Generator) -> None:
    places = torch.from_numpy(rng.uniform(-1, 1, (2, 9, 2))).float()
    images = torch.from_numpy(rng.uniform(-1, 1, (2, 9, 2))).float()
    assert torch.allclose(ThinPlate(places, images)(places), images, atol=1e-4)


def test_splines_of_an_affine_map_are_that_map(rng: np.random.Generator) -> None:
    places = torch.from_numpy(rng.uniform(-1, 1, (1, 12, 2))).float()
    linear, shift = torch.tensor([[0.9, 0.2], [-0.3, 1.1]]), torch.tensor([0.05, -0.1])
    warp = ThinPlate(places, places @ linear + shift)
    others = torch.from_numpy(rng.uniform(-2, 2, (1, 30, 2))).float()
    assert torch.allclose(warp(others), others @ linear + shift, atol=1e-4)


def test_random_warps_repeat_with_their_seed_and_differ_within_a_batch() -> None:
    places = 2.0 * torch.rand(3, 5, 2) - 1.0
    same = [random_warp(3, np.random.default_rng(4))(places) for _ in range(2)]
    assert torch.equal(*same)
    moved = random_warp(3, np.random.default_rng(4))(places[:1].expand(3, -1, -1))
    assert (moved[0] - moved[1]).abs().max() > 0.01


def test_what_is_seen_in_the_second_picture_is_where_the_warp_says(
    rng: np.random.Generator,
) -> None:
    warp = random_warp(2, rng)
    second_places = torch.tensor([[[0.3, -0.2]], [[-0.25, 0.1]]])
    first = gaussian_maps(warp(second_places), (96, 96), 0.06)
    second = warp_pictures(first, warp)
    assert torch.allclose(expectation(normalised(second)), second_places, atol=0.02)


def test_a_table_stands_for_the_warp(rng: np.random.Generator) -> None:
    warp = random_warp(2, rng, bend=0.02)
    table = warp_table(warp, 2, (64, 64), torch.ones(1))
    places = 1.4 * torch.rand(2, 50, 2) - 0.7
    assert torch.allclose(TableWarp(table)(places), warp(places), atol=2e-3)
