"""D3Feat: descriptors and scores that turn with the shape, and its losses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from kpstudio.base.errors import ModelError
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import save_model
from kpstudio.nn.d3feat import (
    KIND,
    NETWORK,
    contrastive,
    detect,
    detector_loss,
    hardest_negatives,
    make,
)
from kpstudio.training.clouds import random_rotations

#: Balls of a cloud of some hundred points hold as many as those of the default on thousands.
SMALL = {"width": 8, "radius": 0.15, "reach": 0.25}


def bumpy(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """A ball with bumps, diameter about 1, and roughly its normals."""
    normals = torch.from_numpy(np.random.default_rng(seed).normal(size=(1, count, 3))).float()
    normals = torch.nn.functional.normalize(normals, dim=2)
    reach = 0.4 + 0.1 * torch.sin(7.0 * normals[..., :1]) * torch.cos(5.0 * normals[..., 1:2])
    return reach * normals, normals


def test_shapes_and_lengths() -> None:
    points, normals = bumpy(300)
    found = make(SMALL)(points.expand(2, -1, -1), normals.expand(2, -1, -1))
    assert found.descriptors.shape == (2, 300, 32)
    assert torch.allclose(found.descriptors.norm(dim=2), torch.ones(2, 300), atol=1e-5)
    assert found.scores.shape == found.peaks.shape == (2, 300)
    assert (found.scores >= 0.0).all()
    assert found.peaks.any()


def test_turning_a_shape_turns_its_scores(rng: np.random.Generator) -> None:
    points, normals = bumpy(400)
    turn = torch.from_numpy(random_rotations(1, rng))[0]
    net = make(SMALL)
    still = net(points, normals)
    moved = net(points @ turn.T + torch.tensor([0.3, -0.2, 0.1]), normals @ turn.T)
    # A frame may turn over where two axes are as good as each other: not more than a few points.
    same = (still.scores - moved.scores).abs() < 1e-4
    assert same.float().mean() > 0.97


def test_without_frames_it_does_depend_on_the_pose(rng: np.random.Generator) -> None:
    """What the frames are for."""
    points, normals = bumpy(400)
    turn = torch.from_numpy(random_rotations(1, rng))[0]
    net = make({**SMALL, "reach": 0.0})
    still, moved = net(points, normals), net(points @ turn.T, normals @ turn.T)
    assert ((still.scores - moved.scores).abs() < 1e-4).float().mean() < 0.5


def test_the_order_of_points_does_not_matter() -> None:
    points, normals = bumpy(300)
    order = torch.randperm(300)
    net = make(SMALL)
    still, mixed = net(points, normals), net(points[:, order], normals[:, order])
    assert torch.allclose(still.scores[:, order], mixed.scores, atol=1e-4)
    assert torch.allclose(still.descriptors[:, order], mixed.descriptors, atol=1e-3)


def test_a_cloud_needs_no_partner() -> None:
    """The source must be given a pair; here what comes along in a batch changes nothing."""
    one, other = bumpy(300), bumpy(300, seed=1)
    net = make(SMALL)
    alone = net(*one)
    both = net(torch.cat([one[0], other[0]]), torch.cat([one[1], other[1]]))
    assert torch.allclose(alone.scores[0], both.scores[0], atol=1e-5)


def test_a_score_by_hand() -> None:
    # Three points that are each other's neighbours, two channels; the largest feature is 2.
    features = torch.tensor([[[2.0, 1.0], [0.0, 1.0], [1.0, 1.0]]])
    indices = torch.tensor([[[0, 1, 2], [1, 0, 2], [2, 0, 1]]])
    scores, peaks = detect(features, indices)
    softplus = torch.nn.functional.softplus
    first = softplus(torch.tensor(0.5))  # D = 1, mean around 0.5, beta 1
    second = softplus(torch.tensor(0.0))  # second channel: D = 0.5 as around, beta 1
    third = softplus(torch.tensor(0.0))  # both channels alike
    assert torch.allclose(scores[0], torch.stack([first, second, third]), atol=1e-6)
    # The third's strongest channel is the first, which is stronger at the first point.
    assert peaks.tolist() == [[True, True, False]]


def test_repeated_neighbours_do_not_count() -> None:
    features = torch.tensor([[[2.0], [1.0]]])
    short = detect(features, torch.tensor([[[0, 1], [1, 0]]]))[0]
    filled = detect(features, torch.tensor([[[0, 1, 0, 0], [1, 0, 1, 1]]]))[0]
    assert torch.allclose(short, filled)


def test_scores_of_nothing_but_negative_channels_are_zero() -> None:
    """Dividing by a negative maximum would make the weakest channel the strongest."""
    features = -torch.rand(1, 5, 4) - 0.1
    scores, _ = detect(features, torch.arange(5).view(1, 5, 1))
    assert (scores == 0.0).all()


def test_the_largest_feature_does_not_set_the_score() -> None:
    features, indices = torch.rand(1, 6, 4), torch.arange(6).repeat(1, 6, 1)
    indices[0] = torch.stack([torch.roll(torch.arange(6), -shift) for shift in range(6)])
    assert torch.allclose(detect(features, indices)[0], detect(9.0 * features, indices)[0])


def test_the_hardest_negative_is_outside_the_safe_radius() -> None:
    axes = torch.eye(4)
    first = axes[None, :3]
    second = torch.stack([axes[0], axes[0], axes[2]])[None]
    places = torch.tensor([[[0.0, 0.0, 0.0], [0.05, 0.0, 0.0], [1.0, 0.0, 0.0]]])
    positive, negative = hardest_negatives(first, second, places, places, 0.1)
    assert torch.allclose(positive, torch.tensor([[0.0, 2.0**0.5, 0.0]]), atol=1e-5)
    # The first looks just like the second, which is too near to count.
    assert torch.allclose(negative, torch.full((1, 3), 2.0**0.5), atol=1e-5)
    alone = hardest_negatives(first, second, places, places, 5.0)[1]
    assert (alone == 2.0).all()


def test_losses_by_hand() -> None:
    positive, negative = torch.tensor([0.05, 0.6]), torch.tensor([1.5, 0.4])
    assert contrastive(positive, negative).item() == pytest.approx((0.5 + 1.0) / 2)
    scores = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 0.5])
    expected = ((0.05 - 1.5) * 1.5 + (0.6 - 0.4) * 2.5) / 2
    assert detector_loss(positive, negative, *scores).item() == pytest.approx(expected)


def test_the_detector_loss_raises_scores_of_what_is_told_apart() -> None:
    scores = torch.ones(2, requires_grad=True)
    detector_loss(torch.tensor([0.1, 0.9]), torch.tensor([1.4, 0.2]), scores, scores).backward()
    assert scores.grad is not None
    assert scores.grad[0] < 0.0 < scores.grad[1]


def test_files(tmp_path: Path) -> None:
    points, normals = bumpy(200)
    net, path = make(SMALL).eval(), tmp_path / "m.safetensors"
    sha256 = NETWORK.save(path, net, {"category": ""})
    loaded = NETWORK.load(Model("m", KIND, "", "m", path, sha256))
    assert torch.equal(loaded.net(points, normals).scores, net(points, normals).scores)
    for config in ({"width": 10**6}, {"depth": 3}, {"radius": "wide"}):
        save_model(path, {"net.x": torch.zeros(1)}, {"kind": KIND, "config": config})
        with pytest.raises(ModelError):
            NETWORK.load(Model("m", KIND, "", "m", path))
