"""Losses: known answers, gradients, and the two ways of finding neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kpstudio.geometry.chamfer import chamfer_distance
from kpstudio.nn import losses


def cloud(rng: np.random.Generator, count: int, batch: int = 2) -> torch.Tensor:
    return torch.from_numpy(rng.normal(size=(batch, count, 3)))


def test_chamfer_is_the_numpy_one(rng: np.random.Generator) -> None:
    a, b = cloud(rng, 300), cloud(rng, 200)
    expected = [chamfer_distance(x, y) for x, y in zip(a.numpy(), b.numpy(), strict=True)]
    assert losses.chamfer(a, b).numpy() == pytest.approx(np.array(expected), rel=1e-12)


def test_chamfer_known_answer_is_squared_and_two_sided() -> None:
    a = torch.tensor([[[0.0, 0.0, 0.0]]])
    b = torch.tensor([[[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]]])
    # From a: 0. From b: (25 + 0) / 2.
    assert losses.chamfer(a, b).item() == pytest.approx(12.5)


def test_trees_and_matrices_find_the_same(rng: np.random.Generator) -> None:
    a, b = cloud(rng, 150), cloud(rng, 140)
    assert torch.equal(losses._nearest_by_trees(a, b), torch.cdist(a, b).argmin(dim=2))
    assert torch.equal(losses.nearest(a, b), torch.cdist(a, b).argmin(dim=2))


def test_chunks_change_nothing(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = cloud(rng, 90), cloud(rng, 80)
    whole = losses.nearest(a, b)
    monkeypatch.setattr(losses, "_CHUNK", 1000)
    assert torch.equal(losses.nearest(a, b), whole)


def test_chamfer_gradient_is_that_of_its_definition(rng: np.random.Generator) -> None:
    a, b = cloud(rng, 12, 1).requires_grad_(), cloud(rng, 9, 1)
    assert torch.autograd.gradcheck(lambda x: losses.chamfer(x, b), (a,))


def test_coverage_is_zero_where_keypoints_are_the_farthest_points() -> None:
    corners = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]])
    starts = torch.zeros(1, dtype=torch.long)
    # Twice two farthest points are all four corners; two keypoints cover half of them.
    half = losses.coverage_loss(corners[:, :2], corners, starts)
    assert half.item() == pytest.approx((0 + 0 + 1 + 1) / 4)


def test_spread_is_the_variance(rng: np.random.Generator) -> None:
    points = cloud(rng, 40)
    weights = torch.from_numpy(rng.random((2, 40, 3))).softmax(dim=1)
    keypoints = weights.transpose(1, 2) @ points
    offsets = points[:, :, None] - keypoints[:, None]
    expected = (weights * offsets.square().sum(dim=3)).sum(dim=1).mean()
    assert losses.spread_loss(weights, points, keypoints).item() == pytest.approx(expected.item())


def test_response_of_an_ideal_handle_is_zero() -> None:
    assert losses.response_loss(torch.eye(4)[None]).item() == 0.0
    assert losses.response_loss(torch.zeros(1, 4, 4)).item() == pytest.approx(1.0)


def test_landmarks_that_are_not_known_do_not_count() -> None:
    keypoints = torch.zeros(1, 2, 3)
    landmarks = torch.tensor([[[1.0, 0, 0], [torch.nan] * 3]])
    known = torch.tensor([[True, False]])
    assert losses.landmark_loss(keypoints, landmarks, known).item() == pytest.approx(1.0)
    assert losses.landmark_loss(keypoints, landmarks, ~known & known).item() == 0.0
