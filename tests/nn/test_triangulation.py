from __future__ import annotations

import numpy as np
import torch

from kpstudio.geometry import triangulation as exact
from kpstudio.nn.keypointnet_losses import Eyes
from kpstudio.nn.triangulation import triangulate
from kpstudio.rendering.rigs import band

CAMERAS = band(8, np.random.default_rng(0), size=(64, 64))
POINTS = np.random.default_rng(1).uniform(-0.4, 0.4, (5, 3))


def eyes() -> Eyes:
    rotations = np.stack([camera.rotation for camera in CAMERAS])
    translations = np.stack([camera.translation for camera in CAMERAS])
    return Eyes(
        torch.from_numpy(rotations), torch.from_numpy(translations), CAMERAS[0].focal / 32.0
    )


def seen(noise: float = 0.0) -> torch.Tensor:
    """Two shapes, four pictures of each, the same points."""
    places = np.stack([camera.to_unit(camera.project(POINTS)[0]) for camera in CAMERAS])
    noisy = places + np.random.default_rng(2).normal(0.0, noise, places.shape)
    return torch.from_numpy(noisy.reshape(2, 4, 5, 2))


def test_points_that_all_pictures_agree_on_are_found() -> None:
    found = triangulate(seen(), torch.ones(2, 4, 5).double(), eyes())

    np.testing.assert_allclose(found.numpy(), np.stack([POINTS, POINTS]), atol=1e-4)


def test_it_comes_near_the_least_error_in_the_pictures() -> None:
    places = seen(noise=0.03)  # a pixel
    weights = torch.from_numpy(np.random.default_rng(3).uniform(0.1, 1.0, (2, 4, 5)))

    found = triangulate(places, weights, eyes()).numpy()

    for shape, cameras in enumerate((CAMERAS[:4], CAMERAS[4:])):
        pixels = np.stack([
            camera.from_unit(place)
            for camera, place in zip(cameras, places[shape].numpy(), strict=True)
        ])  # fmt: skip
        best = exact.triangulate(cameras, pixels, weights[shape].numpy()).points
        assert np.linalg.norm(found[shape] - best, axis=1).max() < 3e-3
        assert np.linalg.norm(best - POINTS, axis=1).max() > 5e-3


def test_a_picture_of_no_weight_counts_for_nothing() -> None:
    places, weights = seen(), torch.ones(2, 4, 5).double()
    places[:, 0] += 0.5
    weights[:, 0] = 1e-9

    found = triangulate(places, weights, eyes())

    np.testing.assert_allclose(found.numpy(), np.stack([POINTS, POINTS]), atol=1e-4)


def test_it_has_gradients_also_of_pictures_from_one_place() -> None:
    places = seen(noise=0.03).requires_grad_()
    same = eyes().of(torch.zeros(8, dtype=torch.long))

    triangulate(places, torch.ones(2, 4, 5).double(), same).sum().backward()

    assert places.grad is not None
    assert places.grad.isfinite().all()


def test_its_gradient_is_the_slope() -> None:
    places, weights = seen(noise=0.03)[:, :3, :2], torch.ones(2, 3, 2).double()
    few = eyes().of(torch.tensor([0, 1, 2, 4, 5, 6]))

    def middle(given: torch.Tensor) -> torch.Tensor:
        return triangulate(given, weights, few)

    # The depths that weigh the equations are taken as known: the slope differs by a little.
    assert torch.autograd.gradcheck(middle, places.requires_grad_(), atol=2e-2, rtol=2e-2, eps=1e-4)
