"""USIP: the loss by hand, proposals that turn with the cloud, collapse that is noticed."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.spatial.transform import Rotation

from kpstudio.nn.usip import (
    Proposals,
    UsipConfig,
    UsipNet,
    degeneracy,
    probabilistic_chamfer,
    to_cloud,
)


def ball(count: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    directions = torch.randn((1, count, 3), generator=torch.Generator().manual_seed(7))
    directions = torch.nn.functional.normalize(directions, dim=2)
    return 0.5 * directions * torch.tensor([1.0, 0.6, 0.4]), directions


def test_the_loss_is_ln_s_plus_d_over_s_both_ways() -> None:
    one, two = torch.zeros(1, 1, 3), torch.tensor([[[0.3, 0.0, 0.4]]])
    value = probabilistic_chamfer(one, torch.tensor([[0.1]]), two, torch.tensor([[0.3]]))
    assert value.item() == pytest.approx(2 * (math.log(0.2) + 0.5 / 0.2))


def test_distance_to_the_cloud() -> None:
    points = torch.tensor([[[0.0, 0, 0], [1.0, 0, 0]]])
    assert to_cloud(torch.tensor([[[1.0, 0, 0.5], [0, 0, 0]]]), points).item() == pytest.approx(
        0.25, abs=1e-5
    )


def test_proposals_turn_with_the_cloud() -> None:
    torch.manual_seed(1)
    net = UsipNet(UsipConfig(32, 6, 16)).eval()
    net.answer.weight.data *= 30.0  # offsets that can be seen
    points, normals = (part.double().float() for part in ball())
    turn = torch.from_numpy(Rotation.random(random_state=8).as_matrix()).float()
    here, there = net(points, normals), net(points @ turn.T, normals @ turn.T)
    assert (here.keypoints - here.nodes).norm(dim=2).mean() > 0.02
    close = (here.keypoints @ turn.T - there.keypoints).norm(dim=2) < 1e-3
    assert close.float().mean() > 0.9  # a place whose frame is a matter of rounding may differ
    assert torch.allclose(here.sigma.sort().values, there.sigma.sort().values, atol=1e-2)


def test_without_frames_as_published_they_do_not() -> None:
    torch.manual_seed(1)
    net = UsipNet(UsipConfig(32, 6, 16, reach=0.0)).eval()
    net.answer.weight.data *= 30.0
    points, normals = ball()
    turn = torch.from_numpy(Rotation.random(random_state=8).as_matrix()).float()
    here, there = net(points, normals), net(points @ turn.T, normals @ turn.T)
    assert (here.keypoints @ turn.T - there.keypoints).norm(dim=2).max() > 0.01


@pytest.mark.parametrize(
    ("keypoints", "collapsed"),
    [
        (lambda nodes: nodes, False),
        (lambda nodes: nodes.mean(dim=1, keepdim=True).expand_as(nodes), True),
        (lambda nodes: nodes * torch.tensor([1.0, 0.0, 0.0]), True),
    ],
    ids=["nodes", "centroid", "axis"],
)
def test_collapse_is_noticed(keypoints, collapsed: bool) -> None:
    nodes = ball()[0]
    found = Proposals(keypoints(nodes), torch.ones(1, 400), nodes)
    assert (degeneracy(found).item() > 0.6) == collapsed
