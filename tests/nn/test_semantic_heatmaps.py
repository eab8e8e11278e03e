"""Heatmaps of named keypoints: sizes, supervision of every stack, reading out, files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from kpstudio.base.errors import ModelError
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import save_model
from kpstudio.nn.part_fields import edge_scores, field_maps
from kpstudio.nn.picture_maps import gaussian_maps, in_units
from kpstudio.nn.semantic_heatmaps import (
    KIND,
    LIMB,
    NETWORK,
    SIGMA,
    SemanticMaps,
    field_loss,
    heatmap_loss,
    make,
    read_out,
)

SMALL = {"width": 8, "keypoints": 3, "edges": 2}
EDGES = [(0, 1), (1, 2)]
PLACES = torch.tensor([[[-0.5, 0.4], [0.1, 0.0], [0.6, 0.3]]])
KNOWN = torch.ones(1, 3, dtype=torch.bool)


@pytest.mark.parametrize(("backbone", "stacks"), [("hourglass", 2), ("hrnet", 1), ("dilated", 1)])
def test_every_stack_has_heatmaps_and_fields(backbone: str, stacks: int) -> None:
    found = make({**SMALL, "backbone": backbone})(torch.rand(2, 3, 32, 32))
    assert [tuple(maps.shape) for maps in found.scores] == [(2, 3, 16, 16)] * stacks
    assert [tuple(maps.shape) for maps in found.fields] == [(2, 2, 2, 16, 16)] * stacks


def test_networks_without_edges_have_no_fields() -> None:
    found = make({**SMALL, "edges": 0})(torch.rand(2, 3, 32, 32))
    assert found.fields[0].shape == (2, 0, 2, 16, 16)


def perfect(sigma: float = SIGMA) -> SemanticMaps:
    """A first stack that knows nothing, and a second one that could not be better."""
    maps = gaussian_maps(PLACES, (64, 64), in_units(sigma, (64, 64))).clamp(min=1e-30).log()
    fields = field_maps(PLACES[:, None], KNOWN[:, None], EDGES, (64, 64), in_units(LIMB, (64, 64)))
    return SemanticMaps((0.0 * maps, maps), (0.0 * fields, fields))


def test_the_loss_is_the_divergence_from_gaussians_and_each_stack_counts_alike() -> None:
    found, weights = perfect(), KNOWN.float()
    first, last = (SemanticMaps((scores,), ()) for scores in found.scores)
    assert heatmap_loss(last, PLACES, weights).item() == pytest.approx(0.0, abs=1e-5)
    # From a flat map: log(64 * 64) less the entropy of the Gaussian.
    entropy = math.log(2.0 * math.pi * math.e * SIGMA**2)
    knows_nothing = heatmap_loss(first, PLACES, weights).item()
    assert knows_nothing == pytest.approx(math.log(64 * 64) - entropy, abs=0.01)
    assert heatmap_loss(found, PLACES, weights).item() == pytest.approx(knows_nothing / 2.0)


def test_on_limbs_and_elsewhere_fields_count_alike() -> None:
    found = perfect()
    last = SemanticMaps(found.scores, found.fields[1:])
    assert field_loss(last, PLACES, KNOWN, EDGES).item() == 0.0
    # Of the stack without fields every pixel of a limb misses a vector of length 1.
    assert field_loss(found, PLACES, KNOWN, EDGES).item() == pytest.approx(0.5)
    elsewhere = SemanticMaps(found.scores, (found.fields[1] + (found.fields[1] == 0.0),))
    assert field_loss(elsewhere, PLACES, KNOWN, EDGES).item() == pytest.approx(2.0, rel=0.1)


def test_unknown_keypoints_are_not_asked_about() -> None:
    found = perfect()
    places, known = PLACES.clone(), torch.tensor([[True, False, True]])
    places[0, 1] = torch.nan
    found.scores[1][:, 1] = 0.0
    last = SemanticMaps(found.scores[1:], found.fields[:1])
    assert heatmap_loss(last, places, known.float()).item() == pytest.approx(0.0, abs=1e-5)
    assert field_loss(last, places, known, EDGES).item() == 0.0


def test_weights_say_which_keypoints_count_more() -> None:
    found = perfect()
    found.scores[1][:, 1] = 0.0
    last = SemanticMaps(found.scores[1:], ())
    even = heatmap_loss(last, PLACES, KNOWN.float()).item()
    rather_not = heatmap_loss(last, PLACES, torch.tensor([[1.0, 0.5, 1.0]])).item()
    assert rather_not == pytest.approx(even * 3.0 * 0.5 / 2.5)


def test_read_out_gives_places_confidence_and_edges() -> None:
    found = perfect()
    read = read_out(found)
    assert torch.allclose(read.places, PLACES, atol=0.1 * 2.0 / 64.0)
    assert ((read.confidence > 0.75) & (read.confidence <= 1.0)).all()
    assert read.heatmaps.amax(dim=(2, 3)).allclose(read.confidence)
    assert edge_scores(found.fields[-1], read.places, EDGES).min() > 0.8


def test_confidence_falls_as_the_inverse_of_the_variance() -> None:
    sure, unsure = read_out(perfect(2.0)), read_out(perfect(4.0))
    assert torch.allclose(unsure.confidence, sure.confidence / 4.0, rtol=0.1)
    assert torch.allclose(unsure.places, PLACES, atol=0.2 * 2.0 / 64.0)


@pytest.mark.parametrize("backbone", ["hourglass", "hrnet"])
def test_training_lowers_the_losses_of_all_stacks(backbone: str) -> None:
    torch.manual_seed(0)
    net = make({**SMALL, "backbone": backbone, "halved": False})
    pictures = gaussian_maps(PLACES, (32, 32), 0.2).expand(2, -1, -1, -1)
    places, known = PLACES.expand(2, -1, -1), KNOWN.expand(2, -1)

    def of_each(found: SemanticMaps) -> list[float]:
        return [
            heatmap_loss(SemanticMaps((scores,), ()), places, known.float()).item()
            for scores in found.scores
        ]

    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    history = []
    for _ in range(15):
        found = net(pictures)
        history.append((*of_each(found), field_loss(found, places, known, EDGES).item()))
        loss = heatmap_loss(found, places, known.float())
        loss = loss + field_loss(found, places, known, EDGES)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert all(last < 0.8 * first for first, last in zip(history[0], history[-1], strict=True))


def test_files(tmp_path: Path) -> None:
    net, path = make(SMALL).eval(), tmp_path / "m.safetensors"
    pictures = torch.rand(1, 3, 32, 32)
    sha256 = NETWORK.save(path, net, {"category": "car"})
    loaded = NETWORK.load(Model("m", KIND, "car", "m", path, sha256)).net
    assert torch.equal(loaded(pictures).scores[-1], net(pictures).scores[-1])
    for config in ({"keypoints": 10**6}, {"width": 10**5}, {"stacks": 99}, {"backbone": "x"}):
        save_model(path, {"net.x": torch.zeros(1)}, {"kind": KIND, "config": config})
        with pytest.raises(ModelError):
            NETWORK.load(Model("m", KIND, "car", "m", path))
