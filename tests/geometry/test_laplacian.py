"""The Laplacian of good meshes, of bad ones, and of clouds."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.laplacian import STEEPEST, Laplacian, corner_cotangents, laplacian
from kpstudio.geometry.surface import Surface
from tests import shapes


def surface_of(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, mesh.faces)


def cloud_of(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, np.empty((0, 3), int))


def fan() -> Mesh:
    """A sheet with a third face at one of its edges."""
    sheet = shapes.grid(12, 12)
    faces = [*sheet.faces, [60, 61, len(sheet.vertices)]]
    return Mesh([*sheet.vertices, (0.5, 0.5, 0.5)], faces)


def slivers() -> Mesh:
    sheet = shapes.grid(9, 9)
    return Mesh(sheet.vertices * (1.0, 1.0, 1e-3), sheet.faces)


def two() -> Mesh:
    ball = shapes.icosphere(2)
    return Mesh(
        [*ball.vertices, *(0.5 * ball.vertices + 3.0)],
        [*ball.faces, *(ball.faces + len(ball.vertices))],
    )


def doubled() -> Mesh:
    """Every face with vertices of its own."""
    ball = shapes.icosphere(2)
    return Mesh(ball.vertices[ball.faces].reshape(-1, 3), np.arange(ball.faces.size).reshape(-1, 3))


SHAPES = {
    "sphere": shapes.icosphere(2),
    "border": shapes.grid(8, 8),
    "non-manifold": fan(),
    "slivers": slivers(),
    "two": two(),
    "duplicates": doubled(),
}


def check(found: Laplacian) -> None:
    dense = found.stiffness.toarray()
    scale = np.abs(dense).max()
    assert np.isfinite(dense).all()
    assert np.abs(dense.sum(axis=1)).max() < 1e-12 * scale
    assert np.array_equal(dense, dense.T)
    assert np.linalg.eigvalsh(dense).min() > -1e-10 * scale
    assert (found.mass > 0.0).all()


@pytest.mark.parametrize("name", SHAPES)
def test_definite_with_rows_that_sum_to_zero(name: str) -> None:
    surface = surface_of(SHAPES[name])
    found = laplacian(surface)
    check(found)
    assert found.mass.sum() == pytest.approx(surface.areas.sum(), rel=1e-4)


@pytest.mark.parametrize("name", ["sphere", "border", "two"])
def test_clouds(name: str) -> None:
    check(laplacian(cloud_of(SHAPES[name])))


def test_area_of_a_closed_cloud() -> None:
    ball = shapes.icosphere(3)
    assert laplacian(cloud_of(ball)).mass.sum() == pytest.approx(np.pi, rel=0.02)


def test_of_a_linear_function_is_zero_inside() -> None:
    sheet = shapes.grid(7, 9)
    surface = surface_of(sheet)
    inside = (sheet.vertices[:, [0, 2]] > 0.01).all(axis=1)
    inside &= (sheet.vertices[:, [0, 2]] < 0.99).all(axis=1)
    values = surface.points @ (2.0, 0.0, -3.0)
    assert np.abs(laplacian(surface).stiffness @ values)[inside].max() < 1e-12


def test_energy_of_a_linear_function_is_its_slope_times_the_area() -> None:
    for mesh in (shapes.grid(7, 9), slivers()):
        surface = surface_of(mesh)
        values = surface.points[:, 0]
        energy = values @ laplacian(surface).stiffness @ values
        assert energy == pytest.approx(surface.areas.sum(), rel=1e-3)


def test_published_entries() -> None:
    found = laplacian(Surface(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]])))
    expected = [[1.0, -0.5, -0.5], [-0.5, 0.5, 0.0], [-0.5, 0.0, 0.5]]
    assert np.allclose(found.stiffness.toarray(), expected)


def test_slivers_are_flipped_away() -> None:
    surface = surface_of(slivers())
    assert np.abs(corner_cotangents(surface.points, surface.faces)).max() > STEEPEST
    entries = laplacian(surface).stiffness.tocoo()
    off = entries.row != entries.col
    # Cotangents of a Delaunay triangulation: none of them negative.
    assert (entries.data[off] <= 1e-9).all()


def test_components_do_not_feel_each_other() -> None:
    found = laplacian(surface_of(two())).stiffness.toarray()
    half = len(found) // 2
    assert not found[:half, half:].any()


def test_same_after_motion_and_scale() -> None:
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    for mesh in SHAPES.values():
        moved = Mesh(7.0 * mesh.vertices @ rotation + (1.0, -2.0, 3.0), mesh.faces)
        before, after = laplacian(surface_of(mesh)), laplacian(surface_of(moved))
        assert np.allclose(before.mass, after.mass)
        scale = np.abs(before.stiffness).max()
        assert np.abs(before.stiffness - after.stiffness).max() < 1e-6 * scale


def test_a_line_is_no_surface() -> None:
    with pytest.raises(InputError) as caught:
        laplacian(Surface(np.outer(np.arange(40.0), (1, 2, 3)), np.empty((0, 3), int)))
    assert caught.value.remedy
