import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.io.polygons import EARS_LIMIT, clip_ears, triangulate


def star(radii: list[float], seed: int = 0) -> np.ndarray:
    """A simple polygon around the origin, counter-clockwise, turned at random in space."""
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    flat = np.array(radii)[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return flat @ rotation[:2]


def crosses(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a)


radii = st.lists(st.floats(0.2, 1.0), min_size=5, max_size=12)


@given(radii, st.integers(0, 5))
def test_concave_polygons_are_covered_without_folds(lengths: list[float], seed: int) -> None:
    points = star(lengths, seed)
    corners, polygons = triangulate(points, np.arange(len(points)), np.array([len(points)]))
    assert len(corners) == len(points) - 2
    assert set(polygons) == {0}
    normals = crosses(points, corners)
    whole = normals.sum(axis=0)
    assert (normals @ whole >= -1e-12).all()
    # Without folds the areas of the triangles add up to that of the polygon.
    expected = np.linalg.norm(np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0))
    assert np.linalg.norm(normals, axis=1).sum() == pytest.approx(expected)


def test_convex_polygons_are_fans_in_their_order() -> None:
    points = np.concatenate([star([1.0] * 5), star([1.0] * 3), star([1.0] * 4)])
    corners, polygons = triangulate(points, np.arange(12), np.array([5, 3, 4]))
    np.testing.assert_array_equal(polygons, [0, 0, 0, 1, 2, 2])
    expected = [[0, 1, 2], [0, 2, 3], [0, 3, 4], [5, 6, 7], [8, 9, 10], [8, 10, 11]]
    np.testing.assert_array_equal(corners, expected)


@pytest.mark.parametrize("turn", range(4))
def test_concave_quadrilaterals_take_the_inner_diagonal(turn: int) -> None:
    points = np.roll([[0.0, 0, 0], [2, -1, 0], [1, 0, 0], [2, 1, 0]], turn, axis=0)
    corners, _ = triangulate(points, np.arange(4), np.array([4]))
    assert (crosses(points, corners)[:, 2] > 0).all()
    assert np.linalg.norm(crosses(points, corners), axis=1).sum() == pytest.approx(2.0)


def test_triangles_pass_untouched() -> None:
    vertices = np.array([7, 3, 5, 1, 1, 2])
    corners, polygons = triangulate(np.zeros((8, 3)), vertices, np.array([3, 3]))
    np.testing.assert_array_equal(corners, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(polygons, [0, 1])


def test_a_bridged_hole_is_left_open() -> None:
    outer = [[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]]
    inner = [[1, 1, 0], [1, 3, 0], [3, 3, 0], [3, 1, 0]]
    points = np.array([*outer, outer[0], inner[0], *inner[1:], inner[0]], float)
    faces = clip_ears(points)
    normals = crosses(points, faces)
    assert (normals[:, 2] >= 0).all()
    assert np.linalg.norm(normals, axis=1).sum() / 2 == pytest.approx(16 - 4)


@pytest.mark.parametrize("count", [4, 6])
def test_a_polygon_without_extent_gives_as_many_triangles(count: int) -> None:
    corners, _ = triangulate(np.zeros((count, 3)), np.arange(count), np.array([count]))
    assert corners.shape == (count - 2, 3)


def test_huge_concave_polygons_stay_fans() -> None:
    points = star([1.0, 0.5] * EARS_LIMIT)
    count = len(points)
    corners, _ = triangulate(points, np.arange(count), np.array([count]))
    np.testing.assert_array_equal(corners[:, 0], 0)
