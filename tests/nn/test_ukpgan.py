"""UKPGAN: invariance, the code and the losses by hand."""

from __future__ import annotations

import pytest
import torch
from scipy.spatial.transform import Rotation

from kpstudio.nn.ukpgan import (
    QUANTILES,
    Critic,
    Embedded,
    TreeDecoder,
    UkpganConfig,
    UkpganNet,
    critic_loss,
    shape_code,
    sorted_quantiles,
)
from tests.nn.test_frames import surface


def test_saliency_and_embedding_stay_when_the_shape_is_moved() -> None:
    torch.manual_seed(4)
    net = UkpganNet(UkpganConfig(0.15, 4, 8)).eval()
    points, normals = (part.float() for part in surface())
    turn = torch.from_numpy(Rotation.random(random_state=11).as_matrix()).float()
    here = net(points[:, :60], points, normals)
    moved = points @ turn.T + 2.0
    there = net(moved[:, :60], moved, normals @ turn.T)
    assert torch.allclose(here.saliency, there.saliency, atol=1e-3)
    assert torch.allclose(here.embedding, there.embedding, atol=1e-2)
    assert torch.allclose(here.embedding.norm(dim=2), torch.ones(1, 60), atol=1e-5)
    assert ((here.saliency > 0) & (here.saliency < 1)).all()


def test_only_salient_points_are_in_the_code() -> None:
    embedding = torch.tensor([[[0.6, -0.8], [1.0, 0.0]]])
    code = shape_code(Embedded(torch.tensor([[1.0, 0.0]]), embedding))
    assert torch.allclose(code, torch.tensor([[0.6, 0.0, 0.0, 0.8]]))


def test_a_tree_has_as_many_leaves_as_its_growth_says() -> None:
    decoder = TreeDecoder(6, (2, 3, 4))
    cloud = decoder(torch.rand(5, 6))
    assert cloud.shape == (5, 24, 3)
    assert cloud.abs().max() <= 1.0


def test_quantiles_are_sorted_and_span_the_values() -> None:
    values = torch.rand(2, 1000)
    found = sorted_quantiles(values)
    assert found.shape == (2, QUANTILES)
    assert (found.diff(dim=1) >= 0).all()
    assert torch.equal(found[:, 0], values.amin(dim=1))
    assert torch.equal(found[:, -1], values.amax(dim=1))


def test_a_critic_learns_to_tell_two_distributions_apart() -> None:
    torch.manual_seed(5)
    critic = Critic()
    optimiser = torch.optim.Adam(critic.parameters(), 1e-3)
    fake, real = torch.full((16, QUANTILES), 0.5), torch.rand(16, QUANTILES).sort(dim=1).values
    for _ in range(60):
        optimiser.zero_grad()
        critic_loss(critic, fake, real, torch.rand(16, 1)).backward()
        optimiser.step()
    assert critic(real).mean() > critic(fake).mean() + 0.1


def test_the_critics_loss_does_not_move_the_detector() -> None:
    fake = torch.rand(4, QUANTILES, requires_grad=True)
    critic_loss(Critic(), fake, torch.rand(4, QUANTILES), torch.rand(4, 1)).backward()
    assert fake.grad is None


@pytest.mark.parametrize("radius", [0.0, 0.6])
def test_a_file_cannot_ask_for_nonsense(radius: float) -> None:
    from kpstudio.base.errors import ParameterError
    from kpstudio.nn.ukpgan import make

    with pytest.raises(ParameterError):
        make({"radius": radius})
