"""D2-Net: hard and soft detection agree, pyramids find nothing twice, the triplet loss."""

from __future__ import annotations

import pytest
import torch

from kpstudio.nn.d2net import (
    D2Net,
    D2NetConfig,
    describe,
    detect,
    hard_detections,
    make,
    responses,
    soft_scores,
    triplet_loss,
)
from kpstudio.nn.picture_maps import gaussian_maps, pixel_places


def features() -> torch.Tensor:
    """One strong channel at one place, a weaker one at another, little elsewhere."""
    values = 0.05 * torch.rand((1, 6, 12, 14), generator=torch.Generator().manual_seed(3))
    values[0, 2, 4, 5] = 5.0
    values[0, 4, 9, 10] = 2.0
    return values


def test_hard_detections_are_peaks_of_the_strongest_channel() -> None:
    values = torch.zeros(1, 3, 9, 9)
    values[0, 0, 2, 2] = 1.0
    values[0, 1, 6, 6] = 1.0
    values[0, 2, 6, 6] = 2.0
    # The strongest channel here has its peak next door.
    values[0, 2, 6, 7] = 1.5
    values[0, 0, 6, 7] = 1.0
    assert hard_detections(values)[0].nonzero().tolist() == [[2, 2], [6, 6]]
    assert not hard_detections(torch.zeros(1, 3, 9, 9)).any()


def test_the_highest_soft_score_is_a_hard_detection() -> None:
    scores = soft_scores(features())
    assert scores.sum().item() == pytest.approx(1.0, abs=1e-5)
    best = divmod(int(scores[0].argmax()), scores.shape[2])
    assert best == (4, 5)
    assert hard_detections(features())[0][best]


def test_scores_by_hand() -> None:
    values = torch.zeros(1, 2, 5, 5)
    values[0, 0, 2, 2] = 3.0
    values[0, 1, 2, 2] = 1.5
    e = torch.e
    # Divided by the largest: 1 in the middle, 0 around.
    assert responses(values)[0, 2, 2].item() == pytest.approx(e / (e + 8.0))
    assert torch.allclose(responses(7.0 * values), responses(values))


def test_descriptors_have_unit_length() -> None:
    assert torch.allclose(describe(features()).norm(dim=1), torch.ones(1, 12, 14))


def test_a_pyramid_finds_each_blob_once_and_the_coarse_scale_first() -> None:
    places = torch.tensor([[[-0.41, 0.2], [0.47, -0.3]]])
    picture = gaussian_maps(places, (32, 32), 0.12)[0]
    found = detect(lambda seen: seen, picture)
    assert len(found.places) == 2
    assert set(found.scales.tolist()) == {0.5}
    order = found.places[:, 0].argsort()
    assert torch.allclose(found.places[order], places[0], atol=2.0 / 16.0)
    assert (found.scores[:-1] >= found.scores[1:]).all()


def test_finer_scales_find_what_coarse_ones_cannot_see() -> None:
    def blind(seen: torch.Tensor) -> torch.Tensor:
        return seen if seen.shape[2] > 16 else torch.zeros_like(seen)

    picture = gaussian_maps(torch.tensor([[[0.4, 0.4]]]), (32, 32), 0.1)[0]
    assert set(detect(blind, picture).scales.tolist()) == {1.0}


def test_features_of_coarse_scales_are_added_to_finer_ones() -> None:
    """A finer scale that sees nothing by itself has the coarse features, and their cells marked."""

    def only_coarse(seen: torch.Tensor) -> torch.Tensor:
        return seen if seen.shape[2] == 16 else torch.zeros_like(seen)

    picture = gaussian_maps(torch.tensor([[[0.4, 0.4]]]), (32, 32), 0.15)[0]
    assert set(detect(only_coarse, picture).scales.tolist()) == {0.5}


def test_the_triplet_loss_by_hand() -> None:
    grid = pixel_places((8, 8), torch.ones(1))
    places = torch.stack([grid[1, 1], grid[6, 6], grid[1, 6]])[None]
    apart = torch.zeros(1, 3, 8, 8)
    apart[0, 0, 1, 1] = apart[0, 1, 6, 6] = apart[0, 2, 1, 6] = 1.0
    # p = 0 and n^2 = 2 for every point: nothing to learn at a margin of 1, 1 at a margin of 3.
    assert triplet_loss(apart, apart, places, places).item() == pytest.approx(0.0, abs=1e-5)
    assert triplet_loss(apart, apart, places, places, 3.0).item() == pytest.approx(1.0, abs=1e-4)
    alike = torch.zeros(1, 3, 8, 8)
    alike[0, 0, 1, 1] = alike[0, 0, 6, 6] = alike[0, 0, 1, 6] = 1.0
    assert triplet_loss(alike, alike, places, places).item() == pytest.approx(1.0, abs=1e-4)
    # Whatever is too near is not wrong: then n is that of opposite descriptors.
    assert triplet_loss(alike, alike, places, places, safe=9.0).item() == 0.0


def test_points_that_are_told_apart_weigh_more_when_they_score_more() -> None:
    grid = pixel_places((8, 8), torch.ones(1))
    places = torch.stack([grid[1, 1], grid[6, 6], grid[1, 6]])[None]
    values = torch.full((1, 3, 8, 8), 0.0)
    values[0, 0, 1, 1] = values[0, 1, 6, 6] = values[0, 1, 1, 6] = 1.0
    even = triplet_loss(values, values, places, places)
    values[0, 0, 1, 1] = 3.0
    assert triplet_loss(values, values, places, places) < even


def test_features_are_never_negative_and_sizes_fit() -> None:
    net = D2Net(D2NetConfig("hrnet", 8, True, 10))
    found = net(torch.rand(2, 3, 32, 32))
    assert found.shape == (2, 10, 16, 16)
    assert found.min() >= 0.0


def test_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    net = make({"backbone": "dilated", "width": 8, "descriptor": 8, "halved": False})
    pictures = torch.rand(2, 3, 24, 24)
    shifted = pictures.roll(2, dims=3)
    places = 1.2 * torch.rand(2, 12, 2) - 0.6
    others = places + torch.tensor([2.0 * 2.0 / 24.0, 0.0])
    optimiser = torch.optim.SGD(net.parameters(), 0.05, momentum=0.9)
    values = []
    for _ in range(12):
        loss = triplet_loss(net(pictures), net(shifted), places, others)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        values.append(loss.item())
    assert values[-1] < 0.8 * values[0]
