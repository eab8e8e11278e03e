from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from kpstudio.geometry.rotations import random_rotations
from kpstudio.nn.rigid import angle_between, fit_rotation


def rotations(count: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(random_rotations(count, np.random.default_rng(seed)))


def clouds(count: int, seed: int = 0, points: int = 6) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, points, 3)))


def test_a_rotation_is_found_again_wherever_the_points_are() -> None:
    r, x = rotations(5), clouds(5)
    y = x @ r.transpose(1, 2) + torch.tensor([1.0, -2.0, 3.0])

    torch.testing.assert_close(fit_rotation(x, y), r)


def test_a_mirror_image_is_no_rotation() -> None:
    x = clouds(4)

    found = fit_rotation(x, x * torch.tensor([-1.0, 1.0, 1.0]))

    torch.testing.assert_close(torch.det(found), torch.ones(4, dtype=torch.float64))


def test_the_gradient_is_that_of_small_differences() -> None:
    x, y = clouds(2, 1), clouds(2, 2)
    weights = clouds(2, 3, 3)

    assert torch.autograd.gradcheck(
        lambda a, b: (fit_rotation(a, b) * weights).sum(), (x.requires_grad_(), y.requires_grad_())
    )


def degenerate(what: str) -> Tensor:
    x = clouds(1)
    if what == "one place":
        return torch.zeros_like(x)
    if what == "a line":
        return x[:, :, :1] * torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    if what == "a plane":
        return x * torch.tensor([1.0, 0.0, 1.0])
    return torch.cat([torch.eye(3), -torch.eye(3)]).double()[None]


@pytest.mark.parametrize("what", ["one place", "a line", "a plane", "equal axes"])
def test_the_gradient_is_finite_where_points_are_degenerate(what: str) -> None:
    x = degenerate(what).requires_grad_()
    y = degenerate(what).requires_grad_()

    angle_between(fit_rotation(x, y), rotations(1)).sum().backward()

    assert x.grad.isfinite().all()
    assert y.grad.isfinite().all()


@pytest.mark.parametrize("degrees", [0.0, 1.0, 90.0, 179.0])
def test_the_angle_is_that_of_the_turn(degrees: float) -> None:
    turn = np.deg2rad(degrees)
    r = torch.tensor(
        [[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]]
    )[None]

    angle = angle_between(rotations(1), rotations(1) @ r)

    assert torch.rad2deg(angle).item() == pytest.approx(degrees, abs=1e-3)
