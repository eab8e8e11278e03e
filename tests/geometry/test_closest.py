import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError
from kpstudio.geometry.closest import SurfaceLocator, closest_on_triangles
from tests.shapes import Mesh, box, icosphere


def brute_force_distances(
    points: np.ndarray, vertices: np.ndarray, faces: np.ndarray
) -> np.ndarray:
    """Dense minimisation over barycentric coordinates by checking every face."""
    rows = np.repeat(points, len(faces), axis=0)
    corners = np.tile(vertices[faces], (len(points), 1, 1))
    squared = closest_on_triangles(rows, corners)[1]
    return np.sqrt(squared.reshape(len(points), len(faces)).min(axis=1))


@given(st.integers(0, 2**32 - 1))
def test_no_sampled_point_of_the_triangle_is_closer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners, point = rng.normal(size=(1, 3, 3)), rng.normal(size=(1, 3)) * 2
    weights, squared = closest_on_triangles(point, corners)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1.0)
    best = weights[0] @ corners[0]
    assert np.sum((best - point) ** 2) == pytest.approx(squared[0], abs=1e-12)
    others = rng.dirichlet(np.ones(3), 2000) @ corners[0]
    # At a minimum over a convex set, the whole set lies beyond the plane through it.
    assert ((others - best) @ (point[0] - best) <= 1e-9).all()


@pytest.mark.parametrize(
    ("point", "weights"),
    [
        ([0.25, 0.25, 3.0], [0.5, 0.25, 0.25]),
        ([-1.0, -1.0, 0.0], [1, 0, 0]),
        ([5.0, -1.0, 1.0], [0, 1, 0]),
        ([0.5, -2.0, 1.0], [0.5, 0.5, 0]),
        ([1.0, 1.0, 0.0], [0, 0.5, 0.5]),
        ([-3.0, 0.75, 0.0], [0.25, 0, 0.75]),
    ],
)
def test_every_region_of_a_triangle(point: list[float], weights: list[float]) -> None:
    corners = np.array([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]])
    found, _ = closest_on_triangles(np.array([point]), corners)
    np.testing.assert_allclose(found[0], weights, atol=1e-15)


@pytest.mark.parametrize(
    "corners",
    [[[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 0, 0], [2, 0, 0], [2, 0, 0]], [[0, 0, 0]] * 3],
)
def test_triangles_without_area(corners: list[list[float]]) -> None:
    triangle = np.array([corners], float)
    weights, squared = closest_on_triangles(np.array([[1.5, 1.0, 0.0]]), triangle)
    nearest = min(max(0.0, 1.5), float(triangle[0, :, 0].max()))
    assert squared[0] == pytest.approx((1.5 - nearest) ** 2 + 1.0)
    assert weights.sum() == pytest.approx(1.0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 80))
def test_agrees_with_looking_at_every_face(seed: int, count: int) -> None:
    # Faces of sizes that differ by a factor of a thousand, so that several trees are needed.
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-3, 0, (count, 1, 1))
    vertices = (rng.normal(size=(count, 1, 3)) + sizes * rng.normal(size=(count, 3, 3))).reshape(
        -1, 3
    )
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    points = rng.normal(size=(20, 3)) * 2
    found = SurfaceLocator(vertices, faces).closest(points)
    expected = brute_force_distances(points, vertices, faces)
    np.testing.assert_allclose(found.distances, expected, atol=1e-14)
    corners = vertices[faces[found.faces]]
    positions = np.einsum("qc,qcd->qd", found.barycentric, corners)
    np.testing.assert_allclose(found.points, positions, atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(found.points - points, axis=1), expected, atol=1e-14)


def test_known_distances_to_a_box() -> None:
    mesh = box(divisions=3)
    points = np.array([[0.0, 0, 0.1], [0, 2, 0], [1.5, 1.5, 1.5], [0.5, 0.5, 0.5]])
    found = SurfaceLocator(mesh.vertices, mesh.faces).closest(points)
    np.testing.assert_allclose(found.distances, [0.4, 1.5, 3**0.5, 0.0], atol=1e-15)


def test_all_faces_equally_far() -> None:
    mesh = icosphere(3)
    found = SurfaceLocator(mesh.vertices, mesh.faces).closest(np.zeros((1, 3)))
    assert found.distances[0] == pytest.approx(
        brute_force_distances(np.zeros((1, 3)), mesh.vertices, mesh.faces)[0], abs=1e-15
    )


def test_points_on_the_surface_are_found_again(torus: Mesh) -> None:
    centres = torus.vertices[torus.faces].mean(axis=1)
    found = SurfaceLocator(torus.vertices, torus.faces).closest(centres)
    np.testing.assert_array_equal(found.faces, np.arange(len(torus.faces)))
    np.testing.assert_allclose(found.barycentric, 1 / 3, atol=1e-12)
    np.testing.assert_allclose(found.distances, 0.0, atol=1e-15)


def test_a_cloud_answers_with_vertices() -> None:
    cloud = np.random.default_rng(0).random((30, 3))
    found = SurfaceLocator(cloud, np.empty((0, 3), np.int32)).closest(cloud + 1e-6)
    np.testing.assert_array_equal(found.faces, np.arange(30))
    np.testing.assert_array_equal(found.points, cloud)


def test_no_questions_no_answers(sphere: Mesh) -> None:
    found = SurfaceLocator(sphere.vertices, sphere.faces).closest(np.empty((0, 3)))
    assert found.points.shape == (0, 3)


def test_needs_a_surface() -> None:
    with pytest.raises(InputError, match="no surface"):
        SurfaceLocator(np.empty((0, 3)), np.empty((0, 3), np.int32))
