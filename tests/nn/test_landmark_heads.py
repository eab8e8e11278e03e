"""Heads: probabilities either way, and who competes with whom."""

from __future__ import annotations

import pytest
import torch

from kpstudio.base.errors import ParameterError
from kpstudio.nn.landmark_heads import LANDMARK_HEADS, StructuralHead, make_landmark_head
from kpstudio.nn.picture_maps import expectation


@pytest.mark.parametrize("name", LANDMARK_HEADS)
def test_maps_are_probabilities_and_places_their_expectations(name: str) -> None:
    places, maps = make_landmark_head(name, 6, 4)(torch.randn(2, 6, 10, 12))
    assert maps.shape == (2, 4, 10, 12)
    assert torch.allclose(maps.sum(dim=(2, 3)), torch.ones(2, 4), atol=1e-5)
    assert torch.equal(places, expectation(maps))


@pytest.mark.parametrize(("name", "compete"), [("factorised", False), ("structural", True)])
def test_landmarks_compete_for_pixels_in_one_of_the_heads(name: str, compete: bool) -> None:
    head, features = make_landmark_head(name, 6, 4), torch.randn(1, 6, 10, 12)
    before = head(features).maps
    with torch.no_grad():
        head.scores.weight[0] += 1.0
    assert torch.equal(head(features).maps[:, 1:], before[:, 1:]) != compete


def test_shares_of_structural_maps_have_a_background() -> None:
    assert StructuralHead(6, 4).maps(torch.randn(1, 6, 10, 12)).shape == (1, 5, 10, 12)


def test_names_are_checked() -> None:
    with pytest.raises(ParameterError, match="structural"):
        make_landmark_head("softmax", 6, 4)
