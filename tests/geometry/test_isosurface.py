"""Marching tetrahedra on volumes whose surfaces are known."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry.isosurface import isosurface
from kpstudio.geometry.topology import is_manifold, is_oriented, is_watertight, signed_volume


def ball(count: int, radius: float) -> np.ndarray:
    """Radius minus the distance from the middle, in samples."""
    places = np.indices((count, count + 2, count - 2)) - (
        (np.array([count, count + 2, count - 2]) - 1) / 2
    ).reshape(3, 1, 1, 1)
    return radius - np.linalg.norm(places, axis=0)


def test_a_ball_is_closed_and_looks_outwards() -> None:
    vertices, faces = isosurface(ball(24, 8.0), 0.0)
    assert is_watertight(faces)
    assert is_manifold(faces)
    assert is_oriented(faces)
    assert signed_volume(vertices, faces) == pytest.approx(4 / 3 * np.pi * 8.0**3, rel=0.01)
    reach = np.linalg.norm(vertices - (np.array([24, 26, 22]) - 1) / 2, axis=1)
    assert np.abs(reach - 8.0).max() < 0.05


def test_a_plane_is_exact() -> None:
    normal, offset = np.array([1.0, 2.0, -0.5]), 7.3
    volume = offset - np.einsum("i,ixyz->xyz", normal, np.indices((8, 9, 10)))
    vertices, faces = isosurface(volume, 0.0)
    assert np.allclose(vertices @ normal, offset)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a) @ normal >= -1e-12).all()  # from the larger values to the lower


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_a_closed_surface_inside_a_border_of_nothing(seed: int) -> None:
    volume = np.pad(np.random.default_rng(seed).normal(size=(6, 7, 5)), 1, constant_values=-9.0)
    _, faces = isosurface(volume, 0.0)
    assert is_watertight(faces)
    assert is_oriented(faces)


def test_a_volume_that_ends_inside_gives_a_border() -> None:
    _, faces = isosurface(ball(12, 7.0), 0.0)
    assert len(faces)
    assert not is_watertight(faces)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_nothing_cut_gives_nothing(value: float) -> None:
    vertices, faces = isosurface(np.full((4, 4, 4), value), 0.0)
    assert vertices.shape == (0, 3)
    assert faces.shape == (0, 3)
