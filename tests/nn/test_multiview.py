from __future__ import annotations

import math

import pytest
import torch

from kpstudio.base.errors import ParameterError
from kpstudio.nn.backbones import BACKBONES
from kpstudio.nn.landmark_heads import LANDMARK_HEADS
from kpstudio.nn.multiview import MultiviewConfig, MultiviewNet, make
from kpstudio.nn.multiview_losses import (
    BEHIND,
    agreement_loss,
    centring_loss,
    composed,
    coverage_loss,
    feature_loss,
    image_loss,
    mask_loss,
    start_loss,
    surface_loss,
)
from kpstudio.nn.picture_maps import gaussian_maps, normalised

SMALL = MultiviewConfig(width=8, keypoints=5, size=32)
#: A square in the upper left quarter of a picture.
MASK = torch.zeros(1, 16, 16)
MASK[:, 2:6, 2:6] = 1.0
MIDDLE = torch.tensor([[[-0.5, -0.5]]])


@pytest.mark.parametrize("head", LANDMARK_HEADS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_any_detector_may_find_the_keypoints(backbone: str, head: str) -> None:
    torch.manual_seed(0)
    config = MultiviewConfig(backbone=backbone, head=head, width=8, keypoints=5)
    found = MultiviewNet(config).eval()(torch.rand(2, 3, 32, 32))

    assert found.maps.shape == (2, 5, 16, 16)
    torch.testing.assert_close(found.maps.sum(dim=(2, 3)), torch.ones(2, 5))
    assert found.places.abs().max() < 1.0
    assert 0.0 < found.weights.min()
    assert found.weights.max() <= 1.0


def test_the_mask_is_told_by_places_alone() -> None:
    torch.manual_seed(0)
    net = MultiviewNet(SMALL).eval()
    places = torch.rand(2, 5, 2) - 0.5

    drawn = net.decode(places, torch.randn(2, 5, 8), (16, 16))
    others = net.decode(places, torch.randn(2, 5, 8), (16, 16))

    assert torch.equal(drawn.mask, others.mask)
    assert torch.equal(drawn.mask, net.draw_mask(places, (16, 16)))
    assert not torch.equal(drawn.subject, others.subject)
    assert drawn.subject.shape == (2, 3, 16, 16)


def test_pictures_are_the_subject_over_what_is_behind() -> None:
    subject = torch.ones(1, 3, 16, 16)

    shown = composed(MASK, subject)

    assert shown[0, 0, 3, 3] == 1.0
    assert shown[0, 0, 10, 10] == BEHIND


def test_a_picture_drawn_right_costs_nothing() -> None:
    true = torch.rand(2, 3, 16, 16)

    assert image_loss(true, true) == 0.0
    assert feature_loss(true, true) == 0.0
    assert image_loss(true + 0.1, true).item() == pytest.approx(0.01, rel=1e-4)
    # Slopes do not tell how bright a picture is, and do tell where its edges are.
    assert feature_loss(true + 0.1, true).item() < 1e-10
    assert feature_loss(true.roll(1, dims=3), true) > 0.01
    assert mask_loss(20.0 * (2.0 * MASK - 1.0), MASK) < 1e-6
    assert mask_loss(torch.zeros_like(MASK), MASK).item() == pytest.approx(math.log(2.0))


def test_keypoints_spread_over_the_mask_cover_it() -> None:
    spread = MIDDLE + 0.15 * torch.tensor([[[-1.0, -1], [1, -1], [-1, 1], [1, 1]]])
    together, away = MIDDLE.expand(1, 4, 2), -MIDDLE.expand(1, 4, 2)

    losses = [coverage_loss(places, MASK).item() for places in (spread, together, away)]

    assert losses == sorted(losses)
    assert losses[2] == pytest.approx(2.0, abs=0.1)  # from corner to corner, squared


def test_keypoints_around_the_middle_are_centred() -> None:
    around = MIDDLE + torch.tensor([[[-0.3, 0.0], [0.3, 0.1], [0.0, -0.1]]])

    assert centring_loss(around, MASK).item() == pytest.approx(0.0, abs=1e-6)
    assert centring_loss(around + 0.2, MASK).item() == pytest.approx(0.08, rel=1e-3)


def test_agreement_is_the_squared_distance() -> None:
    places = torch.rand(3, 4, 2)

    assert agreement_loss(places, places) == 0.0
    assert agreement_loss(places + 0.1, places).item() == pytest.approx(0.02, rel=1e-3)


def test_one_picture_that_sees_a_keypoint_on_the_surface_is_enough() -> None:
    surface = torch.full((2, 16, 16), 2.0)
    places = MIDDLE.expand(2, 1, 2)

    assert surface_loss(places, torch.tensor([[2.0], [2.4]]), surface, 1) == 0.0
    inside = surface_loss(places, torch.tensor([[2.1], [2.4]]), surface, 1)
    assert inside.item() == pytest.approx(0.1, rel=1e-4)
    # Of two shapes every one counts.
    both = surface_loss(places, torch.tensor([[2.1], [2.3]]), surface, 2)
    assert both.item() == pytest.approx(0.2, rel=1e-4)


def test_maps_learn_where_to_start_even_from_two_peaks() -> None:
    right = normalised(gaussian_maps(MIDDLE, (16, 16), 0.1))
    wrong = normalised(gaussian_maps(-MIDDLE, (16, 16), 0.1))
    both = ((right + wrong) / 2.0).requires_grad_()

    assert start_loss(right, MIDDLE).item() == pytest.approx(0.0, abs=1e-4)
    loss = start_loss(both, MIDDLE)
    assert loss.item() == pytest.approx(math.log(2.0), rel=0.05)
    loss.backward()
    assert both.grad is not None
    assert both.grad[0, 0, 3, 3] < 0.0


def test_a_configuration_makes_the_network() -> None:
    assert make({"keypoints": 7, "width": 8}).config.keypoints == 7
    with pytest.raises(ParameterError):
        make({"head": "none"})
