from __future__ import annotations

import numpy as np
import pytest
import torch

from kpstudio.nn.keypoint3d import Keypoint3DConfig, Keypoint3DNet, in_space, joined, make
from kpstudio.nn.keypoint3d_losses import (
    MARGIN,
    depth_loss,
    multiview_loss,
    separation_loss,
    sparsity_loss,
)
from kpstudio.nn.keypointnet_losses import Eyes
from kpstudio.rendering.rigs import band

SMALL = Keypoint3DConfig(width=8, keypoints=5, size=32)
POINTS = torch.rand(4, 5, 3, generator=torch.Generator().manual_seed(0)) - 0.5


def eyes() -> Eyes:
    cameras = band(4, np.random.default_rng(0), size=(32, 32))
    rotation = np.stack([camera.rotation for camera in cameras])
    translation = np.stack([camera.translation for camera in cameras])
    return Eyes(
        torch.from_numpy(rotation).float(),
        torch.from_numpy(translation).float(),
        cameras[0].focal / 16.0,
    )


def test_keypoints_are_in_the_picture_and_about_as_far_as_the_camera() -> None:
    torch.manual_seed(0)
    found = Keypoint3DNet(SMALL).eval()(torch.rand(3, 3, 32, 32))

    assert found.maps.shape == found.depth_maps.shape == (3, 5, 16, 16)
    torch.testing.assert_close(found.maps.sum(dim=(2, 3)), torch.ones(3, 5))
    torch.testing.assert_close(found.depths, (found.maps * found.depth_maps).sum(dim=(2, 3)))
    assert found.places.abs().max() < 1.0
    assert (found.depths - SMALL.distance).abs().max() < 1.0


def test_what_pictures_show_right_is_in_its_place_in_space() -> None:
    found = Keypoint3DNet(SMALL).eval()(torch.rand(4, 3, 32, 32))
    seen = eyes().to_camera(POINTS)
    right = found._replace(places=eyes().project(seen), depths=seen[..., 2])

    torch.testing.assert_close(in_space(right, eyes()), POINTS, atol=1e-5, rtol=1e-5)


def test_the_picture_that_is_sure_counts() -> None:
    points = torch.stack([POINTS[:2], POINTS[2:]], dim=1)
    sure = torch.tensor([50.0, 0.0])[:, None].expand(2, 2, 5)

    torch.testing.assert_close(joined(points, sure), POINTS[:2])
    torch.testing.assert_close(joined(points, 0.0 * sure), (POINTS[:2] + POINTS[2:]) / 2.0)


def test_pictures_that_agree_cost_nothing() -> None:
    same = POINTS[:2, None].expand(2, 3, 5, 3)

    assert multiview_loss(same, POINTS[:2]) == 0.0
    moved = same + torch.tensor([MARGIN, 0.0, 0.0])
    assert multiview_loss(moved, POINTS[:2]).item() == pytest.approx(1.0, rel=1e-4)
    assert depth_loss(POINTS[..., 0] + MARGIN, POINTS[..., 0]).item() == pytest.approx(1.0, 1e-4)


def test_separation_counts_keypoints_that_are_near() -> None:
    pair = torch.tensor([[[0.0, 0.0, 0.0], [MARGIN, 0.0, 0.0], [100.0, 0.0, 0.0]]])

    assert separation_loss(pair).item() == pytest.approx(1.0, abs=1e-4)  # both orders, a half each
    assert separation_loss(torch.zeros(1, 3, 3)).item() == pytest.approx(6.0)


def test_sparsity_counts_keypoints_that_are_drawn() -> None:
    assert sparsity_loss(torch.tensor([[50.0, 50.0, -50.0]])).item() == pytest.approx(2.0)


def test_a_keypoint_without_attention_is_not_drawn() -> None:
    torch.manual_seed(0)
    net = Keypoint3DNet(SMALL).eval()
    places, look = torch.rand(1, 5, 2) - 0.5, torch.zeros(1, 8)
    some = torch.tensor([[5.0, 5.0, 5.0, 5.0, -50.0]])

    drawn = net.decode(places, some, look, (16, 16))
    places = places.clone()
    places[:, 4] += 0.3

    assert drawn.shape == (1, 3, 16, 16)
    torch.testing.assert_close(net.decode(places, some, look, (16, 16)), drawn)
    assert not torch.equal(net.decode(places, some + 60.0, look, (16, 16)), drawn)


def test_a_configuration_makes_the_network() -> None:
    assert make({"keypoints": 7, "width": 8}).config.keypoints == 7
