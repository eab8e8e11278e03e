"""Maps and places: expectations, Gaussians, peaks, and the coordinates of the camera."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kpstudio.geometry.camera import Camera
from kpstudio.nn.picture_maps import (
    argmax_places,
    expectation,
    gaussian_maps,
    in_units,
    normalised,
    pixel_places,
    refined_places,
    sample_maps,
    soft_argmax,
    softmax_maps,
    variance,
)

PLACES = torch.tensor([[[0.1, -0.25], [-0.4, 0.33]]])


@pytest.mark.parametrize("size", [(48, 64), (64, 48), (64, 64)])
def test_places_are_the_camera_s_unit_coordinates(size: tuple[int, int]) -> None:
    height, width = size
    camera = Camera(np.eye(3), np.zeros(3), 100.0, (width, height))
    expected = camera.to_unit(camera.pixel_centres())
    assert np.allclose(pixel_places(size, torch.ones(1)).numpy(), expected, atol=1e-6)


def test_a_gaussian_s_expectation_is_its_centre_and_its_variance_2_sigma_squared() -> None:
    maps = normalised(gaussian_maps(PLACES, (64, 64), 0.1))
    assert torch.allclose(expectation(maps), PLACES, atol=1e-3)
    assert torch.allclose(variance(maps), torch.full((1, 2), 0.02), rtol=1e-2)


def test_a_gaussian_is_one_at_its_place_and_falls_as_told() -> None:
    places = pixel_places((32, 48), torch.ones(1))
    sigma = in_units(2.0, (32, 48))
    maps = gaussian_maps(places[10, 20].view(1, 1, 2), (32, 48), sigma)
    assert maps[0, 0, 10, 20].item() == pytest.approx(1.0)
    assert maps[0, 0, 10, 22].item() == pytest.approx(np.exp(-0.5), abs=1e-5)
    assert maps[0, 0, 13, 20].item() == pytest.approx(np.exp(-9.0 / 8.0), abs=1e-5)


def test_softmax_is_over_pixels_of_each_map() -> None:
    logits = torch.randn(2, 3, 5, 7)
    maps = softmax_maps(logits)
    assert torch.allclose(maps.sum(dim=(2, 3)), torch.ones(2, 3))
    assert torch.allclose(maps[1, 2].log().diff(), logits[1, 2].diff(), atol=1e-5)


def test_normalised_maps_do_not_depend_on_the_mass() -> None:
    maps = gaussian_maps(PLACES, (64, 64), 0.08)
    assert torch.allclose(normalised(7.0 * maps), normalised(maps))
    assert torch.allclose(normalised(maps).sum(dim=(2, 3)), torch.ones(1, 2))
    assert not normalised(torch.zeros(1, 1, 8, 8)).any()


def test_soft_argmax_of_two_peaks_lands_between_them_and_the_refined_peak_does_not() -> None:
    both = pixel_places((64, 64), torch.ones(1))[[32, 32], [16, 47]][None]
    maps = gaussian_maps(both, (64, 64), 0.05).sum(dim=1, keepdim=True)
    maps = maps * torch.linspace(0.99, 1.0, 64)
    assert soft_argmax(30.0 * maps)[0, 0, 0].abs() < 0.1
    place, value = refined_places(maps)
    assert place[0, 0, 0].item() == pytest.approx(both[0, 1, 0].item(), abs=0.01)
    assert value.item() == pytest.approx(1.0, abs=0.02)


def test_a_sharper_soft_argmax_comes_nearer_to_the_peak() -> None:
    places = pixel_places((32, 32), torch.ones(1))[[9, 20], [14, 11]][None]
    maps = gaussian_maps(places, (32, 32), 0.1)
    errors = [(soft_argmax(maps, sharpness) - places).norm() for sharpness in (1.0, 10.0, 100.0)]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("width", [0.8, 1.0, 2.0, 4.0])
def test_refined_peaks_are_those_of_gaussians_of_any_width(width: float) -> None:
    pixel = in_units(1.0, (64, 64))
    maps = gaussian_maps(PLACES, (64, 64), width * pixel)
    coarse, values = argmax_places(maps)
    fine, same = refined_places(maps)
    assert torch.equal(values, same)
    assert ((coarse - PLACES).abs() <= 0.5 * pixel + 1e-6).all()
    assert torch.allclose(fine, PLACES, atol=0.01 * pixel)


def test_peaks_that_are_not_positive_or_at_the_edge_stay_in_their_pixel() -> None:
    maps = -1.0 - gaussian_maps(PLACES, (16, 16), 0.1)
    assert torch.equal(refined_places(maps)[0], argmax_places(maps)[0])
    corner = gaussian_maps(torch.tensor([[[-1.2, 1.2]]]), (16, 16), 0.3)
    assert torch.allclose(refined_places(corner)[0], torch.tensor([-1.0, 1.0]), atol=1e-6)


@pytest.mark.parametrize("size", [(20, 30), (30, 20)])
def test_samples_of_a_linear_map_are_exact(size: tuple[int, int]) -> None:
    maps = pixel_places(size, torch.ones(1)).permute(2, 0, 1)[None]
    places = 0.5 * (torch.rand(1, 40, 2) - 0.5)
    assert torch.allclose(sample_maps(maps, places), places, atol=1e-5)
