"""SNAKE: frames, saliency, the climb and the losses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.errors import ModelError
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import save_model
from kpstudio.nn.snake import (
    KIND,
    NETWORK,
    climb,
    make,
    principal_frames,
    repeatability_loss,
    sparsity_loss,
    surface_loss,
)
from kpstudio.training.clouds import random_rotations

SMALL = {"cells": 8, "width": 8, "hidden": 8}


def lopsided(count: int = 500) -> torch.Tensor:
    points = torch.rand(1, count, 3) ** torch.tensor([2.0, 3.0, 1.5]) * torch.tensor(
        [0.8, 0.5, 0.2]
    )
    return points - points.mean(dim=1, keepdim=True)


def test_frames_turn_with_the_cloud(rng: np.random.Generator) -> None:
    points = lopsided()
    turns = torch.from_numpy(random_rotations(6, rng))
    frame, moved = principal_frames(points), principal_frames(points @ turns.transpose(1, 2))
    assert torch.allclose(moved, frame @ turns.transpose(1, 2), atol=1e-5)
    assert torch.allclose(torch.linalg.det(moved), torch.ones(6), atol=1e-5)
    spread = (points @ frame.transpose(1, 2)).std(dim=1)[0]
    assert spread[0] > spread[1] > spread[2]


def test_what_is_found_turns_with_the_cloud(rng: np.random.Generator) -> None:
    net, points = make(SMALL), lopsided()
    turn = torch.from_numpy(random_rotations(1, rng))

    def saliency(cloud: torch.Tensor) -> torch.Tensor:
        seen = cloud @ net.frames(cloud).transpose(1, 2)
        return net.saliency(net.encode(seen), seen)

    assert torch.allclose(saliency(points), saliency(points @ turn.transpose(1, 2)), atol=1e-4)


def test_without_alignment_the_frame_is_that_of_the_cloud() -> None:
    net = make({**SMALL, "aligned": False})
    assert torch.equal(net.frames(lopsided())[0], torch.eye(3))


def test_saliency_and_occupancy_are_shares() -> None:
    net, points = make(SMALL), lopsided()
    volume = net.encode(points)
    for values in (net.saliency(volume, 9.0 * points), net.occupancy(volume, points)):
        assert values.shape == (1, 500)
        assert ((values > 0.0) & (values < 1.0)).all()


def hill(places: torch.Tensor) -> torch.Tensor:
    return torch.exp(-8.0 * (places - torch.tensor([0.1, -0.2, 0.3])).square().sum(dim=1))


def test_seeds_climb() -> None:
    seeds = 0.4 * torch.rand(20, 3) - 0.2
    places, values = climb(hill, seeds, 200, 0.01)
    assert torch.allclose(places, torch.tensor([0.1, -0.2, 0.3]).expand(20, 3), atol=0.01)
    assert (values > 0.99).all()


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_the_best_saliency_comes_with_its_own_place(rate: float) -> None:
    """The source's bug: its best places are the moving tensor itself, so always the last ones.

    Steps of 0.3 overshoot: the best place is on the way, not at the end.
    """
    seeds = torch.tensor([[0.15, -0.2, 0.3], [0.0, 0.0, 0.0], [0.1, -0.2, 0.3]])
    visited: list[torch.Tensor] = []

    def watched(places: torch.Tensor) -> torch.Tensor:
        visited.append(places.detach().clone())
        return hill(places)

    places, values = climb(watched, seeds, 7, rate)
    assert torch.equal(hill(places), values)
    every = torch.stack([hill(each) for each in visited])
    assert len(every) == 8
    assert torch.equal(values, every.amax(dim=0))
    if rate > 0.1:
        assert not torch.equal(places, visited[-1])


def test_no_steps_leave_seeds_where_they_are() -> None:
    seeds = torch.rand(5, 3)
    places, values = climb(hill, seeds, 0, 0.1)
    assert torch.equal(places, seeds)
    assert torch.equal(values, hill(seeds))


def test_losses_by_hand() -> None:
    first = torch.tensor([[[1.0, 0.0], [1.0, 1.0]]])
    second = torch.tensor([[[0.0, 1.0], [2.0, 2.0]]])
    assert repeatability_loss(first, second).item() == pytest.approx(0.5)
    assert repeatability_loss(first, 3.0 * first).item() == pytest.approx(0.0, abs=1e-6)
    patches = torch.tensor([[[0.0, 0.0, 0.9, 0.0], [0.5, 0.5, 0.5, 0.5]]])
    assert sparsity_loss(patches).item() == pytest.approx(1.0 - (0.9 - 0.225) / 2)
    occupied, salient = torch.tensor([1.0, 0.0, 0.5]), torch.tensor([0.9, 0.6, 0.4])
    assert surface_loss(occupied, salient).item() == pytest.approx((0.0 + 0.6 + 0.2) / 3)


def test_files(tmp_path: Path) -> None:
    net, path, points = make(SMALL).eval(), tmp_path / "m.safetensors", lopsided()
    sha256 = NETWORK.save(path, net, {"category": ""})
    loaded = NETWORK.load(Model("m", KIND, "", "m", path, sha256)).net
    assert torch.equal(loaded.encode(points), net.encode(points))
    for config in ({"cells": 10}, {"cells": 10**4}, {"width": 6}, {"blocks": "two"}):
        save_model(path, {"net.x": torch.zeros(1)}, {"kind": KIND, "config": config})
        with pytest.raises(ModelError):
            NETWORK.load(Model("m", KIND, "", "m", path))
