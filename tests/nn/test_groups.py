"""Neighbours of batches of clouds: trees and tables agree, balls are padded, values interpolate."""

from __future__ import annotations

import pytest
import torch

from kpstudio.nn import groups


@pytest.fixture
def clouds() -> torch.Tensor:
    return torch.rand((2, 300, 3), generator=torch.Generator().manual_seed(1))


def test_trees_find_what_tables_find(clouds: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    table = groups.nearest_points(clouds[:, :50], clouds, 5)
    monkeypatch.setattr(groups, "_TREE", 0)
    tree = groups.nearest_points(clouds[:, :50], clouds, 5)
    assert torch.equal(table[1], tree[1])
    assert torch.allclose(table[0], tree[0], atol=1e-3)  # products of tables round


def test_nearest_is_the_point_itself(clouds: torch.Tensor) -> None:
    distances, indices = groups.nearest_points(clouds, clouds, 1)
    assert torch.equal(indices[0, :, 0], torch.arange(300))
    assert distances.max() < 1e-3  # cdist by products rounds


def test_balls_hold_only_what_is_near(clouds: torch.Tensor) -> None:
    indices = groups.ball_points(clouds[:, :20], clouds, 0.1, 16)
    around = groups.gather_groups(clouds, indices)
    gaps = (around - clouds[:, :20, None]).norm(dim=3)
    assert gaps.max() <= 0.1 + 1e-5
    # Where a ball is not full, its nearest point is repeated.
    alone = groups.ball_points(clouds[:, :20], clouds, 0.0, 4)
    assert torch.equal(alone, alone[:, :, :1].expand_as(alone))


def test_a_ball_does_not_depend_on_the_order_of_points(clouds: torch.Tensor) -> None:
    order = torch.randperm(300, generator=torch.Generator().manual_seed(2))
    first = groups.gather_groups(clouds, groups.ball_points(clouds[:, :20], clouds, 0.2, 8))
    shuffled = clouds[:, order]
    second = groups.gather_groups(shuffled, groups.ball_points(clouds[:, :20], shuffled, 0.2, 8))
    assert torch.allclose(first, second)


def test_interpolation_gives_known_values_back_and_keeps_constants(clouds: torch.Tensor) -> None:
    values = clouds.sum(dim=2, keepdim=True)
    assert torch.allclose(groups.interpolate(clouds, clouds, values), values, atol=0.02)
    constant = torch.full((2, 300, 1), 7.0)
    found = groups.interpolate(torch.rand(2, 40, 3), clouds, constant)
    assert torch.allclose(found, torch.tensor(7.0), atol=1e-4)
