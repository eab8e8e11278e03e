"""Averages over surfaces: what stays, what adds up, known answers, where extrema are."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.diffusion import diffuse, diffusion
from kpstudio.geometry.neighbours import rings
from kpstudio.geometry.scale_space import average, scale_maxima
from kpstudio.geometry.surface import Surface
from tests import shapes

#: A bumpy closed surface, and an open sheet.
TORUS = shapes.torus(40, 20)
SHEET = shapes.grid(41, 41)


def surface_of(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, mesh.faces)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(800, 2))


def irregular() -> Surface:
    """A sheet with points in random places, dense on the left and sparse on the right."""
    from scipy.spatial import Delaunay

    flat = np.random.default_rng(5).random((3000, 2))
    flat[:, 0] **= 1.7
    return Surface(np.column_stack([flat, np.zeros(3000)]), Delaunay(flat).simplices)


def test_constants_stay() -> None:
    surface = surface_of(TORUS)
    same = np.full(len(surface), 3.25)
    assert np.allclose(diffuse(surface, same, [0.0, 0.01, 0.3]), 3.25, rtol=0, atol=1e-12)
    assert np.allclose(average(surface, same, 0.05), 3.25, rtol=0, atol=1e-12)


def test_mean_stays(noise: np.ndarray) -> None:
    surface = surface_of(TORUS)
    measure = diffusion(surface).measure
    for one in diffuse(surface, noise, [0.02, 0.2]):
        assert np.allclose(measure @ one, measure @ noise, atol=1e-12)


def test_no_average_leaves_the_range(noise: np.ndarray) -> None:
    for one in diffuse(surface_of(TORUS), noise, [0.001, 0.02, 0.2]):
        assert one.min() >= noise.min() - 1e-10
        assert one.max() <= noise.max() + 1e-10


def test_sigma_zero_is_identity(noise: np.ndarray) -> None:
    assert np.allclose(diffuse(surface_of(TORUS), noise, [0.0])[0], noise, atol=1e-12)


def test_sigma_adds_in_squares(noise: np.ndarray) -> None:
    surface = surface_of(TORUS)
    first, both = diffuse(surface, noise, [0.03, 0.05])
    assert np.allclose(diffuse(surface, first, [0.04])[0], both, atol=1e-10)


@pytest.mark.parametrize("sigma", [0.03, 0.06])
def test_a_sheet_spreads_a_wave_as_a_gaussian_does(sigma: float) -> None:
    """cos(k x) averaged with sigma is exp(-k^2 sigma^2 / 2) cos(k x)."""
    surface = surface_of(SHEET)
    k = 2.0 * np.pi / 0.4
    wave = np.cos(k * surface.points[:, 0])
    inner = np.linalg.norm(surface.points, axis=1) < 0.2
    expected = np.exp(-0.5 * (k * sigma) ** 2) * wave[inner]
    assert np.allclose(diffuse(surface, wave, [sigma])[0][inner], expected, atol=0.02)
    assert np.allclose(average(surface, wave, sigma, cutoff=4.0)[inner], expected, atol=0.02)


def test_dense_and_sparse_places_spread_alike() -> None:
    surface = irregular()
    k = 2.0 * np.pi / 0.3
    wave = np.cos(k * surface.points[:, 1])
    averaged = diffuse(surface, wave, [0.04])[0]
    expected = np.exp(-0.5 * (k * 0.04) ** 2)
    for low, high in ((-0.3, -0.1), (0.05, 0.25)):
        x, y, _ = surface.points.T
        there = (x > low) & (x < high) & (np.abs(y) < 0.25)
        measured = (averaged[there] @ wave[there]) / (wave[there] @ wave[there])
        assert measured == pytest.approx(expected, abs=0.06)


def test_a_circle_shrinks_by_the_known_factor() -> None:
    """On a circle of radius r the positions shrink by exp(-sigma^2 / 2 r^2)."""
    around, height = np.meshgrid(np.arange(400), np.arange(41))
    angle = 2.0 * np.pi * around / 400
    points = np.stack([np.cos(angle), np.sin(angle), 0.15 * height - 3.0], -1).reshape(-1, 3)
    here = np.arange(400 * 40)
    beside = here // 400 * 400 + (here + 1) % 400
    faces = [(here, beside, beside + 400), (here, beside + 400, here + 400)]
    surface = Surface(points, np.concatenate([np.stack(three, 1) for three in faces]))
    radius, sigma = 1.0 / surface.scale, 0.05
    middle = np.abs(surface.points[:, 2]) < 0.1
    shrunk = np.linalg.norm(diffuse(surface, surface.points, [sigma])[0][middle, :2], axis=1)
    assert np.allclose(shrunk / radius, np.exp(-0.5 * (sigma / radius) ** 2), rtol=0.01)


def test_averages_do_not_depend_on_motion(noise: np.ndarray) -> None:
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = Surface(7.0 * TORUS.vertices @ turn + (3.0, 1.0, -2.0), TORUS.faces)
    for make in (lambda s: diffuse(s, noise, [0.07])[0], lambda s: average(s, noise, 0.07)):
        assert np.allclose(make(moved), make(surface_of(TORUS)), atol=1e-9)


def test_weights_and_cutoff_are_those_of_the_definition(noise: np.ndarray) -> None:
    surface, sigma = surface_of(TORUS), 0.08
    squared = np.square(surface.points[:, None] - surface.points).sum(axis=2)
    weights = np.exp(-squared / (2.0 * sigma**2)) * (squared <= (1.5 * sigma) ** 2) * surface.areas
    expected = weights @ noise / weights.sum(axis=1, keepdims=True)
    averaged = average(surface, noise, sigma, cutoff=1.5, by_area=True)
    assert np.allclose(averaged, expected, atol=1e-12)


def test_area_counts() -> None:
    surface = irregular()
    x = surface.points[:, 0]
    plain, even = average(surface, x, 0.1), average(surface, x, 0.1, by_area=True)
    inner = np.linalg.norm(surface.points, axis=1) < 0.15
    # Points crowd at the left: without areas every average is drawn there.
    assert (plain - x)[inner].mean() < -0.004
    assert abs((even - x)[inner].mean()) < 0.001


def test_cancelled() -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        diffuse(surface_of(TORUS), np.ones(800), [0.1], ctx)


def test_points_alone_and_slivers() -> None:
    """Two parts, one of them a needle with one point far off: values stay finite."""
    vertices = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [9, 0, 0], [9, 1e-9, 0], [30, 0, 0.0]]
    surface = Surface(np.array(vertices, float), np.array([[0, 1, 2], [3, 4, 5]]))
    for one in diffuse(surface, surface.points, [0.01, 0.5]):
        assert np.isfinite(one).all()


def test_maxima_in_space_and_scale() -> None:
    chain = rings(np.stack([np.arange(4), np.arange(1, 5)], axis=1), 5, 1)
    responses = np.array([[0.0, 1, 0, 0, 2], [0, 3, 0, 0, 1], [0, 1, 0, 5, 0], [0, 0, 0, 4, 0]])
    scales, points = scale_maxima(responses, chain)
    # 2 at the end of the first scale has no larger one beside it in the second.
    assert list(zip(scales, points, strict=True)) == [(0, 4), (1, 1), (2, 3)]
    assert list(scale_maxima(responses, chain, least=2.5)[1]) == [1, 3]


def test_equal_responses_have_one_maximum() -> None:
    chain = rings(np.stack([np.arange(4), np.arange(1, 5)], axis=1), 5, 1)
    scales, points = scale_maxima(np.ones((3, 5)), chain)
    assert (scales.tolist(), points.tolist()) == ([0], [0])
