"""Shortest paths and heat distances along surfaces."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.geodesics import components, distances_from, surface_graph
from kpstudio.geometry.surface import Surface
from tests import shapes

NO_FACES = np.empty((0, 3), int)


def great_circles(surface: Surface, point: int) -> np.ndarray:
    cosine = surface.points @ surface.points[point] * 4.0
    return 0.5 * np.arccos(np.clip(cosine, -1.0, 1.0))


def two(faces: bool = True) -> Surface:
    ball = shapes.icosphere(2)
    both = np.concatenate([ball.faces, ball.faces + len(ball.vertices)])
    return Surface(
        np.concatenate([ball.vertices, ball.vertices + 5.0]), both if faces else NO_FACES
    )


@pytest.mark.parametrize("cloud", [False, True])
def test_great_circles_of_a_sphere(cloud: bool) -> None:
    ball = shapes.icosphere(4)
    surface = Surface(ball.vertices, NO_FACES if cloud else ball.faces)
    found = distances_from(surface, np.array([7]))
    assert np.abs(found - great_circles(surface, 7)).max() < 0.03
    assert found[7] == 0.0


def test_distance_to_the_nearest_of_several() -> None:
    ball = shapes.icosphere(4)
    surface = Surface(ball.vertices, ball.faces)
    found = distances_from(surface, np.array([3, 90, 200]))
    nearest = np.min([great_circles(surface, point) for point in (3, 90, 200)], axis=0)
    assert np.abs(found - nearest).max() < 0.04
    assert not found[[3, 90, 200]].any()


def test_around_a_corner() -> None:
    """Through the slit of a sheet there is no way: one leads around its end."""
    sheet = shapes.grid(21, 21)
    middle = sheet.vertices[sheet.faces].mean(axis=1)
    cut = (np.abs(middle[:, 0] - 0.5) < 0.05) & (middle[:, 2] < 0.8)
    surface = Surface(sheet.vertices, sheet.faces[~cut])

    def at(x: float, z: float) -> int:
        place = (np.array([x, 0.0, z]) - surface.centre) / surface.scale
        return int(np.square(surface.points - place).sum(axis=1).argmin())

    found = distances_from(surface, np.array([at(0.25, 0.0)]))[at(0.75, 0.0)] * surface.scale
    assert found == pytest.approx(2.0 * np.hypot(0.2, 0.8) + 0.1, rel=0.05)


@pytest.mark.parametrize("faces", [True, False])
def test_no_way_to_another_component(faces: bool) -> None:
    surface = two(faces)
    parts = components(surface)
    assert len(np.unique(parts)) == 2
    found = distances_from(surface, np.array([0]))
    assert np.array_equal(np.isinf(found), parts != parts[0])
    assert np.isfinite(distances_from(surface, np.array([0, len(surface) - 1]))).all()


def bad_shapes() -> dict[str, Surface]:
    sheet = shapes.grid(12, 12)
    fan = [*sheet.faces, [60, 61, len(sheet.vertices)]]
    rng = np.random.default_rng(0)
    return {
        "non-manifold": Surface(np.array([*sheet.vertices, (0.5, 0.5, 0.5)]), np.array(fan)),
        "slivers": Surface(sheet.vertices * (1.0, 1.0, 1e-4), sheet.faces),
        "soup": Surface(rng.normal(size=(150, 3)), rng.integers(0, 150, (400, 3))),
        "triangle": Surface(np.eye(3), np.array([[0, 1, 2]])),
        "few points": Surface(rng.normal(size=(5, 3)), NO_FACES),
        "line": Surface(np.outer(np.arange(60.0), (1.0, 2.0, 3.0)), NO_FACES),
    }


@pytest.mark.parametrize("name", bad_shapes())
def test_bad_shapes(name: str) -> None:
    surface = bad_shapes()[name]
    found = distances_from(surface, np.array([0]))
    reached = components(surface) == components(surface)[0]
    assert np.array_equal(np.isfinite(found), reached)
    straight = np.linalg.norm(surface.points - surface.points[0], axis=1)
    paths = dijkstra(surface_graph(surface), indices=0)
    # The way along the surface is no shorter than the straight one, and no longer than a path.
    assert (found[reached] >= straight[reached] - 1e-9).all()
    assert (found[reached] <= paths[reached] + 1e-9).all()


def test_same_after_motion_and_scale() -> None:
    mesh = shapes.torus()
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    moved = Mesh(7.0 * mesh.vertices @ rotation + (1.0, -2.0, 3.0), mesh.faces)
    before, after = (
        distances_from(Surface(one.vertices, one.faces), np.array([5])) for one in (mesh, moved)
    )
    assert np.allclose(before, after, atol=1e-6)


def test_paths_are_hardly_longer_than_great_circles() -> None:
    ball = shapes.icosphere(4)
    surface = Surface(ball.vertices, ball.faces)
    found, true = dijkstra(surface_graph(surface), indices=7), great_circles(surface, 7)
    assert (found >= 0.99 * true).all()
    assert found.sum() < 1.05 * true.sum()
