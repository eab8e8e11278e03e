"""Part affinity fields: targets, and integrals along, against and across a limb."""

from __future__ import annotations

import math

import pytest
import torch

from kpstudio.nn.part_fields import (
    confidence_maps,
    edge_scores,
    field_maps,
    line_integral,
    pair_scores,
    segment_scores,
)
from kpstudio.nn.picture_maps import pixel_places

SIZE = (64, 64)
LIMB = torch.tensor([[[[-0.5, 0.1], [0.5, 0.1]]]])
KNOWN = torch.ones(1, 1, 2, dtype=torch.bool)


def test_confidence_has_sigma_squared_and_not_twice_that() -> None:
    place = pixel_places(SIZE, torch.ones(1))[20, 30].view(1, 1, 1, 2)
    sigma = 2.0 * 3.0 / 64.0  # three pixels
    maps = confidence_maps(place, torch.ones(1, 1, 1, dtype=torch.bool), SIZE, sigma)
    assert maps[0, 0, 20, 33].item() == pytest.approx(math.exp(-1.0), abs=1e-5)


def test_of_several_figures_the_largest_value_counts_and_the_unknown_do_not() -> None:
    places = torch.tensor([[[[0.0, 0.0]], [[0.1, 0.0]], [[torch.nan, 0.5]]]])
    known = torch.tensor([[[True], [True], [False]]])
    both = confidence_maps(places, known, SIZE, 0.1)
    each = [confidence_maps(places[:, i : i + 1], known[:, i : i + 1], SIZE, 0.1) for i in range(2)]
    assert torch.equal(both, torch.maximum(*each))


def test_fields_are_unit_vectors_inside_the_limb_and_nothing_outside() -> None:
    fields = field_maps(LIMB, KNOWN, [(0, 1)], SIZE, 0.05)[0, 0]
    places = pixel_places(SIZE, torch.ones(1))
    inside = (places[..., 0].abs() <= 0.5) & ((places[..., 1] - 0.1).abs() <= 0.05)
    assert torch.equal(fields.norm(dim=0), inside.float())
    assert torch.equal(fields[0], inside.float())
    assert not field_maps(LIMB, ~KNOWN, [(0, 1)], SIZE, 0.05).any()


def test_overlapping_limbs_are_averaged() -> None:
    two = torch.tensor([[[[-0.5, 0.0], [0.5, 0.0]], [[0.0, -0.5], [0.0, 0.5]]]])
    fields = field_maps(two, KNOWN.expand(1, 2, 2), [(0, 1)], SIZE, 0.05)[0, 0]
    assert fields[:, 32, 32].tolist() == pytest.approx([0.5, 0.5])
    assert fields[:, 32, 20].tolist() == pytest.approx([1.0, 0.0])


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 200.0])
def test_the_integral_is_1_along_a_limb_and_0_across(angle: float) -> None:
    turn = math.radians(angle)
    way = torch.tensor([math.cos(turn), math.sin(turn)])
    across = torch.tensor([-way[1], way[0]])
    field = field_maps(torch.stack([-0.6 * way, 0.6 * way]).view(1, 1, 2, 2), KNOWN, [(0, 1)],
                       SIZE, 0.12)[0, 0]  # fmt: skip
    ends = torch.stack([0.55 * way, -0.55 * way])
    scores = pair_scores(field, ends, ends)
    assert scores[1, 0].item() == pytest.approx(1.0, abs=0.03)
    assert scores[0, 1].item() == pytest.approx(-1.0, abs=0.03)
    assert scores[0, 0].item() == 0.0
    sideways = pair_scores(field, -0.5 * across[None], 0.5 * across[None])
    assert sideways.item() == pytest.approx(0.0, abs=1e-5)


def test_edge_scores_look_at_each_edge_s_own_field() -> None:
    places = torch.tensor([[[-0.5, 0.0], [0.5, 0.0], [0.5, 0.6]]])
    known = torch.ones(1, 1, 3, dtype=torch.bool)
    edges = [(0, 1), (1, 2)]
    fields = field_maps(places[:, None], known, edges, SIZE, 0.1)
    assert torch.allclose(edge_scores(fields, places, edges), torch.ones(1, 2), atol=0.06)
    assert edge_scores(fields.flip(1), places, edges).max() < 0.2


def test_the_integral_of_a_linear_map_is_its_value_in_the_middle() -> None:
    maps = pixel_places(SIZE, torch.ones(1)).permute(2, 0, 1)[None]
    starts, ends = 1.6 * torch.rand(1, 7, 2) - 0.8, 1.6 * torch.rand(1, 7, 2) - 0.8
    assert torch.allclose(line_integral(maps, starts, ends), (starts + ends) / 2.0, atol=1e-5)


def test_without_training_the_share_of_an_edge_on_the_shape() -> None:
    mask = (pixel_places(SIZE, torch.ones(1))[..., 0] < 0.0).float()[None]
    places = torch.tensor([[[-0.8, 0.0], [0.8, 0.0], [-0.2, 0.3]]])
    scores = segment_scores(mask, places, [(0, 1), (0, 2)])
    assert scores[0].tolist() == pytest.approx([0.5, 1.0], abs=0.01)
