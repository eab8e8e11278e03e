"""Surfaces over lattices: known curvatures, and the full system they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry.lattice import NODES, lattice_curvatures


def disc(count: int, seed: int = 0) -> np.ndarray:
    """Points (count,2) of a disc of radius 1."""
    rng = np.random.default_rng(seed)
    angle, reach = 2.0 * np.pi * rng.random(count), np.sqrt(rng.random(count))
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def over(xy: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.column_stack([xy, z])[None]


def all_used(points: np.ndarray) -> np.ndarray:
    return np.ones(points.shape[:2], bool)


def inner(values: np.ndarray) -> np.ndarray:
    return values[:, 6:-6, 6:-6]


def test_a_plane_is_flat_however_it_is_tilted() -> None:
    xy = disc(80)
    points = over(xy, 0.7 * xy[:, 0] - 0.3 * xy[:, 1] + 5.0)
    found = lattice_curvatures(points, all_used(points), 1.0)
    assert np.allclose(found.minimum, 0.0, atol=1e-5)
    assert np.allclose(found.maximum, 0.0, atol=1e-5)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_cap_of_a_sphere(sign: float) -> None:
    xy = disc(300)
    points = over(xy, sign * np.sqrt(9.0 - np.square(xy).sum(axis=1)))
    found = lattice_curvatures(points, all_used(points), 0.1)
    assert np.allclose(inner(found.maximum), sign / 3.0, atol=0.06)
    assert np.allclose(inner(found.minimum), sign / 3.0, atol=0.06)


def test_the_middle_of_a_saddle() -> None:
    xy = disc(300)
    points = over(xy, 0.1 * (xy[:, 0] ** 2 - xy[:, 1] ** 2))
    found = lattice_curvatures(points, all_used(points), 0.1)
    assert inner(found.gaussian).mean() == pytest.approx(-0.04, rel=0.1)


def test_the_smoothest_shapes_stand_for_all_nodes() -> None:
    """400 heights, least squares as the formula says, against the 49 shapes."""
    xy = disc(150, seed=3)
    x, y = xy.T
    z = 0.2 * np.exp(-4.0 * ((x - 0.3) ** 2 + y**2)) - 0.2 * x**2
    points, stiffness = over(xy, z), 2.0
    found = lattice_curvatures(points, all_used(points), stiffness)

    low, high = xy.min(axis=0), xy.max(axis=0)
    spacing = (high - low) / (NODES - 1)
    place = (xy - low) / spacing
    cell = np.minimum(place.astype(int), NODES - 2)
    rows = np.zeros((len(xy), NODES, NODES))
    for i in range(2):
        for j in range(2):
            share = np.abs(1 - i - (place - cell)[:, 0]) * np.abs(1 - j - (place - cell)[:, 1])
            rows[np.arange(len(xy)), cell[:, 0] + i, cell[:, 1] + j] = share
    second = np.diff(np.eye(NODES), 2, axis=0)
    first = np.diff(np.eye(NODES), axis=0)
    bend = [
        np.kron(second, np.eye(NODES)),
        2.0**0.5 * np.kron(first, first),
        np.kron(np.eye(NODES), second),
    ]
    weight = (stiffness / NODES**2) ** 0.5
    system = np.vstack([rows.reshape(len(xy), -1) / len(xy) ** 0.5, *(weight * b for b in bend)])
    right = np.concatenate([z / len(xy) ** 0.5, np.zeros(len(system) - len(xy))])
    heights = np.linalg.lstsq(system, right)[0].reshape(NODES, NODES)
    fx, fy = np.gradient(heights, *spacing)
    fxx, fxy = np.gradient(fx, *spacing)
    fyy = np.gradient(fy, spacing[1], axis=1)
    gaussian = (fxx * fyy - fxy**2) / (1.0 + fx**2 + fy**2) ** 2
    middle = slice(4, -4)
    error = np.abs(found.gaussian[0] - gaussian)[middle, middle].mean()
    assert error < 0.15 * np.abs(gaussian[middle, middle]).mean()
    # What the corners, where no points are, differ in does not show in the sum.
    assert np.abs(found.gaussian).mean() == pytest.approx(np.abs(gaussian).mean(), rel=0.03)


def test_points_that_do_not_count() -> None:
    xy = disc(60)
    points = over(xy, xy[:, 0] ** 2)
    more = np.concatenate([points, np.full((1, 20, 3), 40.0)], axis=1)
    used = np.arange(80)[None] < 60
    alone = lattice_curvatures(points, all_used(points), 1.0)
    among = lattice_curvatures(more, used, 1.0)
    assert np.allclose(alone.maximum, among.maximum, atol=1e-8)


def test_stiffness_smooths_noise() -> None:
    xy = disc(200)
    points = over(xy, 0.02 * np.random.default_rng(0).normal(size=200))
    soft, stiff = (
        np.abs(lattice_curvatures(points, all_used(points), stiffness).maximum).mean()
        for stiffness in (0.1, 100.0)
    )
    assert stiff < 0.2 * soft


def test_few_points_and_lines_stay_finite() -> None:
    for points in (np.zeros((1, 1, 3)), np.linspace(0.0, 1.0, 9)[None, :, None] * np.ones(3)):
        found = lattice_curvatures(points, all_used(points), 1.0)
        assert np.isfinite(found.minimum).all()
        assert np.isfinite(found.maximum).all()
