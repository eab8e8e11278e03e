"""Volumes of features: what is where, and what may not change them."""

from __future__ import annotations

import pytest
import torch

from kpstudio.nn.feature_volume import SIDE, FeatureVolume, look_up


def test_places_find_their_own_cells() -> None:
    """A port that mixes up the order of axes finds the transposed cell."""
    volume = torch.arange(4.0**3).view(1, 1, 4, 4, 4)
    line = (torch.arange(4.0) + 0.5) / 4.0 * SIDE - SIDE / 2.0
    places = torch.cartesian_prod(line, line, line)[None]
    assert torch.allclose(look_up(volume, places)[0, :, 0], torch.arange(64.0), atol=1e-3)


def test_features_come_from_the_cell_of_the_point() -> None:
    torch.manual_seed(0)
    volume = FeatureVolume(8, 4)
    points = torch.tensor([[[0.3, -0.2, 0.1]]])
    seen = []
    volume.grid.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    volume(points)
    cell = tuple(((points[0, 0] / SIDE + 0.5) * 8).long().tolist())
    filled = seen[0][0].abs().sum(dim=0)
    assert filled[cell] > 0.0
    filled[cell] = 0.0
    assert (filled == 0.0).all()


def test_order_and_company_do_not_matter() -> None:
    torch.manual_seed(0)
    volume = FeatureVolume(8, 8).eval()
    points, other = torch.rand(1, 200, 3) - 0.5, torch.rand(1, 200, 3) - 0.5
    alone = volume(points)
    assert alone.shape == (1, 8, 8, 8, 8)
    assert torch.allclose(volume(points[:, torch.randperm(200)]), alone, atol=1e-5)
    assert torch.allclose(volume(torch.cat([points, other]))[:1], alone, atol=1e-5)


def test_points_outside_are_put_at_the_border() -> None:
    assert torch.isfinite(FeatureVolume(8, 4)(torch.full((1, 3, 3), 5.0))).all()


def test_a_grid_that_cannot_be_halved_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        FeatureVolume(10, 4)
