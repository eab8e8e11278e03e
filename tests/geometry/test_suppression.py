"""The strongest places that keep a distance from each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from kpstudio.geometry.geodesics import surface_graph
from kpstudio.geometry.suppression import strongest_first, suppress, suppress_geodesic
from kpstudio.geometry.surface import Surface
from tests import shapes

SEEDS, RADII = st.integers(0, 1000), st.floats(0.001, 2.0)


def places(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random((count, 3)), rng.random(count)


def check(distances: np.ndarray, response: np.ndarray, radius: float, kept: np.ndarray) -> None:
    """None too near another, the strongest first, and everything else near a stronger one."""
    assert (np.diff(response[kept]) <= 1e-6 * response.max()).all()
    among = distances[np.ix_(kept, kept)] + np.where(np.eye(len(kept)), np.inf, 0.0)
    assert (among > radius).all()
    for lost in np.setdiff1d(np.arange(len(response)), kept):
        near = kept[distances[lost, kept] <= radius]
        assert response[near].max() >= response[lost] - 1e-6 * response.max()


@given(SEEDS, RADII)
def test_kept_places_keep_their_distance_and_the_others_had_to_go(seed: int, radius: float) -> None:
    positions, response = places(seed)
    kept = suppress(positions, response, radius, 1000)
    check(cdist(positions, positions), response, radius, kept)
    assert kept[0] == response.argmax()


@given(SEEDS, RADII, st.integers(1, 20))
def test_a_cap_keeps_the_strongest(seed: int, radius: float, most: int) -> None:
    positions, response = places(seed)
    everything = suppress(positions, response, radius, 1000)
    np.testing.assert_array_equal(suppress(positions, response, radius, most), everything[:most])


@given(SEEDS)
def test_the_order_of_the_places_does_not_matter(seed: int) -> None:
    positions, response = places(seed)
    order = np.random.default_rng(seed).permutation(len(positions))
    kept = suppress(positions[order], response[order], 0.3, 1000)
    np.testing.assert_array_equal(order[kept], suppress(positions, response, 0.3, 1000))


@pytest.mark.parametrize("radius", [0.0, -1.0])
def test_no_radius_no_suppression(radius: float) -> None:
    response = np.array([1.0, 3.0, 2.0])
    assert suppress(np.zeros((3, 3)), response, radius, 2).tolist() == [1, 2]
    nothing = np.zeros(3, np.int32)
    assert suppress_geodesic(nothing, response, None, radius, 9).tolist() == [1, 2, 0]


def test_nothing_to_keep() -> None:
    graph = surface_graph(Surface(shapes.box().vertices, shapes.box().faces))
    assert len(suppress(np.zeros((0, 3)), np.zeros(0), 1.0, 5)) == 0
    assert len(suppress_geodesic(np.zeros(0, np.int32), np.zeros(0), graph, 1.0, 5)) == 0


@given(SEEDS, st.floats(0.01, 1.0))
def test_along_the_surface(seed: int, radius: float) -> None:
    torus = shapes.torus(16, 8)
    surface = Surface(torus.vertices, torus.faces)
    graph = surface_graph(surface)
    rng = np.random.default_rng(seed)
    vertices = rng.choice(len(surface), 30, replace=False).astype(np.int32)
    response = rng.random(30)
    kept = suppress_geodesic(vertices, response, graph, radius, 1000)
    distances = dijkstra(graph, directed=False, indices=vertices)[:, vertices]
    check(distances, response, radius, kept)


def test_two_sides_of_a_thin_plate_are_far_apart_along_the_surface() -> None:
    plate = shapes.box((4.0, 0.02, 4.0), 5)
    surface = Surface(plate.vertices, plate.faces)
    here = np.linalg.norm(plate.vertices - (0.0, 0.01, 0.0), axis=1).argmin()
    there = np.linalg.norm(plate.vertices + (0.0, 0.01, 0.0), axis=1).argmin()
    vertices, response = np.array([here, there], np.int32), np.array([2.0, 1.0])
    assert len(suppress(surface.points[vertices], response, 0.1, 9)) == 1
    assert len(suppress_geodesic(vertices, response, surface_graph(surface), 0.1, 9)) == 2


def test_components_do_not_suppress_each_other() -> None:
    box = shapes.box()
    both = np.vstack([box.vertices, box.vertices + (1.001, 0, 0)])
    surface = Surface(both, np.vstack([box.faces, box.faces + 8]))
    vertices, response = np.arange(16, dtype=np.int32), np.arange(16.0, 0.0, -1.0)
    kept = suppress_geodesic(vertices, response, surface_graph(surface), 100.0, 99)
    assert kept.tolist() == [0, 8]


def test_equals_keep_their_order_when_the_shape_is_turned() -> None:
    corners = np.vstack([shapes.box().vertices, 1.001 * shapes.box().vertices])
    expected = suppress(corners, np.ones(16), 0.1, 99)
    rng = np.random.default_rng(0)
    for seed in range(10):
        turned = Rotation.random(random_state=seed).apply(corners)
        response = 1.0 + 1e-12 * rng.normal(size=16)
        np.testing.assert_array_equal(suppress(turned, response, 0.1, 99), expected)


def test_order_by_response() -> None:
    assert strongest_first(np.array([1.0, 2.0, 2.0 + 1e-9, 0.5])).tolist() == [1, 2, 0, 3]
    assert strongest_first(np.zeros(3)).tolist() == [0, 1, 2]
