"""Lifting: what its shapes and poses are whatever its weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from kpstudio.base.errors import KPStudioError
from kpstudio.nn.catalogue import Model
from kpstudio.nn.lifting import (
    KIND,
    NETWORK,
    Lifted,
    LiftingConfig,
    LiftingNet,
    axes,
    make,
)
from kpstudio.nn.lifting_losses import consistency_loss, place, reprojection_loss, supervision_loss

CONFIG = LiftingConfig((5, 7), basis=4, width=16, blocks=2)
CATEGORY = torch.tensor([0, 1, 1])
SLOTS = torch.tensor([[True] * 5 + [False] * 7, *[[False] * 5 + [True] * 7] * 2])


@pytest.fixture
def net() -> LiftingNet:
    torch.manual_seed(1)
    return LiftingNet(CONFIG).eval().requires_grad_(False)


def pictures() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(3, 12, 2, generator=generator), SLOTS.clone()


def some_lifted() -> Lifted:
    generator = torch.Generator().manual_seed(3)
    shape = torch.randn(3, 12, 3, generator=generator) * SLOTS[..., None]
    return Lifted(torch.zeros(3, 4), axes(torch.randn(3, 6, generator=generator)), shape)


def test_axes_are_rotations() -> None:
    found = axes(torch.randn(20, 6, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(found @ found.transpose(1, 2), torch.eye(3).expand(20, 3, 3), atol=1e-5)
    assert torch.allclose(torch.linalg.det(found), torch.ones(20), atol=1e-5)
    assert torch.allclose(axes(torch.tensor([[2.0, 0, 0, 5, 3, 0]])), torch.eye(3))


def test_neither_place_nor_size_of_a_picture_matters(net: LiftingNet) -> None:
    places, visible = pictures()
    first, other = net(places, visible, CATEGORY), net(0.3 * places + 0.7, visible, CATEGORY)
    for one, two in zip(first, other, strict=True):
        assert torch.allclose(one, two, atol=1e-4)


def test_what_is_not_seen_does_not_matter(net: LiftingNet) -> None:
    places, visible = pictures()
    visible[:, 2::4] = False
    changed = places.clone()
    changed[~visible] = 1000.0
    changed[0, 11] = float("nan")
    every = visible | ~SLOTS  # keypoints of other categories cannot be seen
    for one, two in zip(
        net(places, visible, CATEGORY), net(changed, every & ~changed.isnan().any(2), CATEGORY),
        strict=True,
    ):  # fmt: skip
        assert torch.allclose(one, two, atol=1e-5)


def test_shapes_have_one_size_and_their_own_slots(net: LiftingNet) -> None:
    shapes = net(*pictures(), CATEGORY).shape
    assert (shapes[~SLOTS] == 0.0).all()
    assert torch.allclose(shapes.sum(dim=1), torch.zeros(3, 3), atol=1e-4)
    sizes = shapes.square().sum(dim=(1, 2)) / SLOTS.sum(dim=1)
    assert torch.allclose(sizes, torch.ones(3), atol=1e-5)


def test_coefficients_beyond_the_cut_off_are_zero(net: LiftingNet) -> None:
    net.cut_off.copy_(torch.tensor([0.0, 2.5]))
    assert torch.equal(net.gates, torch.tensor([[0.0, 0, 0, 0], [1, 1, 0.5, 0]]))
    lifted = net(*pictures(), CATEGORY)
    assert (lifted.coefficients[0] == 0.0).all()
    assert (lifted.coefficients[1:, :3] != 0.0).all()
    assert (lifted.coefficients[1:, 3] == 0.0).all()
    # Without coefficients all shapes of the category are its mean.
    places, visible = pictures()
    assert torch.equal(net(-places, visible, CATEGORY).shape[0], lifted.shape[0])


def test_a_cut_off_is_learned() -> None:
    net = LiftingNet(CONFIG)
    net.cut_off.data.copy_(torch.tensor([1.5, 2.5]))
    places, visible = pictures()
    reprojection_loss(net(places, visible, CATEGORY), places, visible, 0.0).backward()
    assert net.cut_off.grad is not None
    assert (net.cut_off.grad != 0.0).all()


@pytest.mark.parametrize("tangent", [0.0, 0.33])
def test_scale_and_shift_are_exact(tangent: float) -> None:
    lifted = some_lifted()
    turned = lifted.turned
    scale = torch.tensor([0.4, 0.3, 0.2])[:, None, None]
    shift = torch.tensor([[0.1, -0.2], [0.0, 0.3], [0.2, 0.2]])[:, None]
    places = (scale * turned[..., :2] + shift) / (1.0 + tangent * scale * turned[..., 2:])
    placed = place(lifted, places, SLOTS, tangent)
    assert torch.allclose(placed.scale, scale, atol=1e-5)
    assert torch.allclose(placed.shift, shift, atol=1e-5)
    assert placed.misses.abs().max() < 1e-5
    assert reprojection_loss(lifted, places, SLOTS, tangent) < 1e-4
    assert reprojection_loss(lifted, -places, SLOTS, tangent) > 0.1


def test_a_mirrored_category_looks_the_same_from_far_away(net: LiftingNet) -> None:
    places, visible = pictures()
    before = net(places, visible, CATEGORY)
    turn = axes(torch.randn(1, 6, generator=torch.Generator().manual_seed(4)))[0]
    net.gauge[1] = 0.25 * turn @ torch.diag(torch.tensor([1.0, 1.0, -1.0]))
    net.origin[1] = torch.tensor([0.1, 0.2, 0.3])
    after = net(places, visible, CATEGORY)
    assert torch.allclose(torch.linalg.det(after.rotation), torch.ones(3), atol=1e-5)
    assert torch.allclose(after.shape[0], before.shape[0])
    misses = place(before, places, visible).misses
    assert torch.allclose(misses, place(after, places, visible).misses, atol=1e-4)
    near = 4.0 * (after.turned - after.turned[:, 5:].mean(dim=1, keepdim=True))[1:, 5:, 2]
    assert torch.allclose(near, -before.turned[1:, 5:, 2], atol=1e-4)


@pytest.mark.parametrize("count", [0, 1])
def test_next_to_nothing_seen_teaches_nothing(count: int) -> None:
    net = LiftingNet(CONFIG)
    places, visible = pictures()
    visible[0, count:] = False
    lifted = net(places, visible, CATEGORY)
    turns = lifted.rotation.detach()
    loss = reprojection_loss(lifted, places, visible, 0.3)
    loss = loss + consistency_loss(net, lifted, CATEGORY, turns, visible)
    (loss + supervision_loss(lifted, torch.ones(3, 12, 3), turns, visible)).backward()
    assert all(torch.isfinite(part.grad).all() for part in net.parameters())


def test_lifting_again_teaches_the_second_time_only() -> None:
    net = LiftingNet(CONFIG)
    _, visible = pictures()
    example = some_lifted()
    example.shape.requires_grad_()
    turns = example.rotation
    loss = consistency_loss(net, example, CATEGORY, turns, visible)
    loss.backward()
    assert loss > 0.1
    assert example.shape.grad is None
    assert net.last.weight.grad is not None
    assert net.mean.grad is not None
    assert (net.mean.grad != 0.0).any()


def test_the_truth_costs_nothing_whatever_its_size_and_place() -> None:
    lifted = some_lifted()
    own = SLOTS[..., None]
    mean = lifted.shape.sum(dim=1, keepdim=True) / own.sum(dim=1, keepdim=True)
    shape = (lifted.shape - mean) * own
    size = shape.square().sum(dim=(1, 2), keepdim=True) / own.sum(dim=1, keepdim=True)
    lifted = lifted._replace(shape=shape / size.sqrt())
    truth = 0.2 * lifted.shape + 0.5
    truth[~SLOTS] = 7.0
    assert supervision_loss(lifted, truth, lifted.rotation, SLOTS) < 1e-4
    assert supervision_loss(lifted, -truth, lifted.rotation, SLOTS) > 0.5
    turned = lifted.rotation.flip(0)
    assert supervision_loss(lifted, truth, turned, SLOTS) > 0.1


def test_it_comes_back_from_its_file(net: LiftingNet, tmp_path: Path) -> None:
    net.gauge[0] *= 2.0
    path = tmp_path / "lifting.safetensors"
    NETWORK.save(path, net, {"category": ""})
    again = NETWORK.load(Model("l", KIND, "", "Lifting", path)).net
    assert again.config == CONFIG
    for one, two in zip(net(*pictures(), CATEGORY), again(*pictures(), CATEGORY), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize(
    "config", [{"counts": []}, {"counts": [0]}, {"counts": [10**9]}, {"width": 10**6}]
)
def test_refuses_configurations_that_make_no_sense(config: dict[str, object]) -> None:
    with pytest.raises((ValueError, KPStudioError)):
        make(config)
