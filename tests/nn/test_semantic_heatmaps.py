"""Heatmaps of named keypoints: sizes, supervision of every stack, reading out, files."""

from __future__ import annotations

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
    assert [tuple(maps.shape) for maps in found.heatmaps] == [(2, 3, 16, 16)] * stacks
    assert [tuple(maps.shape) for maps in found.fields] == [(2, 2, 2, 16, 16)] * stacks


def test_networks_without_edges_have_no_fields() -> None:
    found = make({**SMALL, "edges": 0})(torch.rand(2, 3, 32, 32))
    assert found.fields[0].shape == (2, 0, 2, 16, 16)


def perfect() -> SemanticMaps:
    maps = gaussian_maps(PLACES, (64, 64), in_units(SIGMA, (64, 64)))
    fields = field_maps(PLACES[:, None], KNOWN[:, None], EDGES, (64, 64), in_units(1.5, (64, 64)))
    return SemanticMaps((0.0 * maps, maps), (0.0 * fields, fields))


def test_each_stack_counts_alike() -> None:
    found = perfect()
    only_last = SemanticMaps(found.heatmaps[1:], found.fields[1:])
    assert heatmap_loss(only_last, PLACES, KNOWN).item() == 0.0
    assert field_loss(only_last, PLACES, KNOWN, EDGES).item() == 0.0
    half = found.heatmaps[1].square().mean().item() / 2.0
    assert heatmap_loss(found, PLACES, KNOWN).item() == pytest.approx(half, rel=1e-5)
    half = found.fields[1].square().mean().item() / 2.0
    assert field_loss(found, PLACES, KNOWN, EDGES).item() == pytest.approx(half, rel=1e-5)


def test_unknown_keypoints_are_not_asked_about() -> None:
    found = perfect()
    places, known = PLACES.clone(), torch.tensor([[True, False, True]])
    places[0, 1] = torch.nan
    heatmaps = tuple(maps.clone() for maps in found.heatmaps[1:])
    heatmaps[0][:, 1] = 9.0
    assert heatmap_loss(SemanticMaps(heatmaps, ()), places, known).item() == 0.0
    assert field_loss(found, places, known, EDGES).item() == 0.0


def test_read_out_gives_places_confidence_and_edges() -> None:
    found = perfect()
    places, confidence = read_out(found)
    assert torch.allclose(places, PLACES, atol=0.1 * 2.0 / 64.0)
    assert ((confidence > 0.75) & (confidence <= 1.0)).all()
    assert edge_scores(found.fields[-1], places, EDGES).min() > 0.8


@pytest.mark.parametrize("backbone", ["hourglass", "hrnet"])
def test_training_lowers_the_losses_of_all_stacks(backbone: str) -> None:
    torch.manual_seed(0)
    net = make({**SMALL, "backbone": backbone, "halved": False})
    pictures = gaussian_maps(PLACES, (32, 32), 0.2).expand(2, -1, -1, -1)
    places, known = PLACES.expand(2, -1, -1), KNOWN.expand(2, -1)

    def of_each(found: SemanticMaps) -> list[float]:
        return [
            heatmap_loss(SemanticMaps((maps,), ()), places, known).item() for maps in found.heatmaps
        ]

    optimiser = torch.optim.SGD(net.parameters(), 0.3, momentum=0.9)
    history = []
    for _ in range(15):
        found = net(pictures)
        history.append((*of_each(found), field_loss(found, places, known, EDGES).item()))
        loss = heatmap_loss(found, places, known) + field_loss(found, places, known, EDGES)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert all(last < 0.8 * first for first, last in zip(history[0], history[-1], strict=True))


def test_files(tmp_path: Path) -> None:
    net, path = make(SMALL).eval(), tmp_path / "m.safetensors"
    pictures = torch.rand(1, 3, 32, 32)
    sha256 = NETWORK.save(path, net, {"category": "car"})
    loaded = NETWORK.load(Model("m", KIND, "car", "m", path, sha256)).net
    assert torch.equal(loaded(pictures).heatmaps[-1], net(pictures).heatmaps[-1])
    for config in ({"keypoints": 10**6}, {"width": 10**5}, {"stacks": 99}, {"backbone": "x"}):
        save_model(path, {"net.x": torch.zeros(1)}, {"kind": KIND, "config": config})
        with pytest.raises(ModelError):
            NETWORK.load(Model("m", KIND, "car", "m", path))
