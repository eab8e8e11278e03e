"""UKPGAN: invariance, the code and the losses by hand."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from kpstudio.nn.ukpgan import (
    Embedded,
    TreeDecoder,
    UkpganConfig,
    UkpganNet,
    beta_quantiles,
    shape_code,
    sparsity,
    told_apart,
)
from tests.nn.test_frames import surface


def step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    optimiser.step()


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


def test_quantiles_of_distributions_known_by_hand() -> None:
    levels = (torch.arange(50) + 0.5) / 50
    assert torch.allclose(beta_quantiles(1.0, 1.0, 50), levels, atol=1e-6)
    assert torch.allclose(beta_quantiles(2.0, 1.0, 50), levels.sqrt(), atol=1e-6)
    # The source's: nearly all are 0 or 1, and a sixth of them 1.
    sparse = beta_quantiles(0.01, 0.05, 600)
    assert sparse.mean() == pytest.approx(1 / 6, abs=0.005)
    assert ((sparse < 0.01) | (sparse > 0.99)).float().mean() > 0.9


def test_sparsity_looks_at_the_distribution_alone() -> None:
    quantiles = beta_quantiles(0.5, 2.0, 64)
    shuffled = quantiles[torch.randperm(64)][None]
    assert sparsity(shuffled, quantiles) < 1e-12
    assert sparsity(shuffled + 0.1, quantiles).item() == pytest.approx(0.01, rel=1e-4)


def test_a_collapse_is_undone() -> None:
    torch.manual_seed(5)
    net = UkpganNet(UkpganConfig(0.2, 4, 8))
    points, normals = (part.float() for part in surface())
    quantiles = beta_quantiles(0.01, 0.05, 30)

    def saliency() -> Tensor:
        found: Tensor = net(points[:, :30], points, normals).saliency
        return found

    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    while saliency().max() > 1e-2:  # what detections call a collapse
        step(optimiser, saliency().mean())
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(80):
        step(optimiser, sparsity(saliency(), quantiles))
    assert saliency().max() > 0.8
    assert saliency().median() < 0.2


def test_places_are_told_apart_by_their_embeddings() -> None:
    none_alike = torch.eye(8, dtype=torch.bool)[None]
    unlike, same = torch.eye(8)[None], torch.ones(1, 8, 8) / math.sqrt(8)
    # One of eight is right: by far with unlike embeddings, by chance where all are the same.
    sure = math.log(1 + 7 * math.exp(-10))
    assert told_apart(unlike, unlike, none_alike).item() == pytest.approx(sure, rel=1e-2)
    assert told_apart(same, same, none_alike).item() == pytest.approx(math.log(8), rel=1e-4)
    assert told_apart(same, same, torch.ones_like(none_alike)) == 0.0


@pytest.mark.parametrize("radius", [0.0, 0.6])
def test_a_file_cannot_ask_for_nonsense(radius: float) -> None:
    from kpstudio.base.errors import ParameterError
    from kpstudio.nn.ukpgan import make

    with pytest.raises(ParameterError):
        make({"radius": radius})
