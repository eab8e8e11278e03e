import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.deformation import mean_value
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.deformation.mean_value_careful import careful_coordinates
from kpstudio.geometry.icosphere import icosphere
from tests.shapes import torus

SEEDS = st.integers(0, 2**32 - 1)


def bumpy_cage(seed: int = 0, subdivisions: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A star-shaped cage that is not convex."""
    directions, faces = icosphere(subdivisions)
    radii = np.random.default_rng(seed).uniform(0.5, 1.0, (len(directions), 1))
    return directions * radii, faces


def by_the_paper(x: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Ju, Schaefer, Warren 2005, figure 4, one triangle after the other."""
    weights = np.zeros(len(vertices))
    for face in faces:
        v = vertices[face] - x
        d = np.linalg.norm(v, axis=1)
        u = v / d[:, None]
        chord = [float(np.linalg.norm(u[(i + 1) % 3] - u[(i + 2) % 3])) for i in range(3)]
        theta = [2 * math.asin(length / 2) for length in chord]
        h = sum(theta) / 2
        c = [
            2
            * math.sin(h)
            * math.sin(h - theta[i])
            / (math.sin(theta[(i + 1) % 3]) * math.sin(theta[(i + 2) % 3]))
            - 1
            for i in range(3)
        ]
        sign = math.copysign(1.0, float(np.linalg.det(u)))
        s = [sign * math.sqrt(max(0.0, 1 - value**2)) for value in c]
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            top = theta[i] - c[j] * theta[k] - c[k] * theta[j]
            weights[face[i]] += top / (d[i] * math.sin(theta[j]) * s[k])
    return weights / weights.sum()


@given(SEEDS)
def test_agrees_with_the_paper(seed: int) -> None:
    vertices, faces = bumpy_cage(seed)
    points = np.random.default_rng(seed).uniform(-1.2, 1.2, (5, 3))
    expected = np.array([by_the_paper(x, vertices, faces) for x in points])
    found = mean_value_coordinates(points, vertices, faces)
    # The paper's square roots keep half the digits near the plane of a face.
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.median(np.abs(found - expected)) < 1e-13


@given(SEEDS, st.sampled_from([0, 1, 2]))
def test_linear_precision_inside_and_outside(seed: int, subdivisions: int) -> None:
    vertices, faces = bumpy_cage(seed, subdivisions)
    points = np.random.default_rng(seed).normal(size=(200, 3))
    coordinates = mean_value_coordinates(points, vertices, faces)
    np.testing.assert_allclose(coordinates.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(coordinates @ vertices, points, atol=1e-11)


@given(SEEDS, st.floats(1e-3, 1e3))
def test_turning_scaling_and_moving_change_nothing(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    vertices, faces = bumpy_cage(seed)
    points = rng.uniform(-0.4, 0.4, (20, 3))
    rotation, shift = Rotation.random(rng=rng).as_matrix(), rng.normal(size=3) * scale
    before = mean_value_coordinates(points, vertices, faces)
    after = mean_value_coordinates(
        scale * points @ rotation.T + shift, scale * vertices @ rotation.T + shift, faces
    )
    np.testing.assert_allclose(after, before, atol=1e-9)


def test_inside_a_convex_cage_all_coordinates_are_positive() -> None:
    vertices, faces = icosphere(1)
    points = np.random.default_rng(0).normal(size=(500, 3))
    points *= np.random.default_rng(1).uniform(0, 0.85, (500, 1)) / np.linalg.norm(
        points, axis=1, keepdims=True
    )
    assert mean_value_coordinates(points, vertices, faces).min() > 0.0


def test_far_from_the_origin_and_tiny() -> None:
    vertices, faces = bumpy_cage()
    points = np.random.default_rng(0).uniform(-0.3, 0.3, (50, 3))
    scale, shift = 1e-3, np.array([1e3, -2e3, 5e2])
    coordinates = mean_value_coordinates(points * scale + shift, vertices * scale + shift, faces)
    expected = mean_value_coordinates(points, vertices, faces)
    # Positions there are only known to 1e-10 of the cage.
    np.testing.assert_allclose(coordinates, expected, atol=1e-8)


def test_a_cage_with_a_hole_through_it() -> None:
    ring = torus(12, 6)
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (300, 3))
    coordinates = mean_value_coordinates(points, ring.vertices, ring.faces)
    np.testing.assert_allclose(coordinates @ ring.vertices, points, atol=1e-11)


# --- on the cage ---------------------------------------------------------------------------------


def test_on_a_corner() -> None:
    vertices, faces = bumpy_cage()
    np.testing.assert_array_equal(mean_value_coordinates(vertices, vertices, faces), np.eye(42))


@given(st.integers(0, 79), st.floats(0.01, 0.99))
def test_on_a_side(face: int, t: float) -> None:
    vertices, faces = bumpy_cage()
    i, j, _ = faces[face]
    found = mean_value_coordinates((t * vertices[[i]] + (1 - t) * vertices[[j]]), vertices, faces)
    expected = np.zeros(42)
    expected[i], expected[j] = t, 1 - t
    np.testing.assert_allclose(found[0], expected, atol=1e-9)


@given(st.integers(0, 79), SEEDS)
def test_on_a_face(face: int, seed: int) -> None:
    vertices, faces = bumpy_cage()
    barycentric = np.random.default_rng(seed).dirichlet([1, 1, 1])
    found = mean_value_coordinates(barycentric[None] @ vertices[faces[face]], vertices, faces)
    expected = np.zeros(42)
    expected[faces[face]] = barycentric
    np.testing.assert_allclose(found[0], expected, atol=1e-9)


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13, 1e-15])
@pytest.mark.parametrize("place", ["corner", "side", "face", "plane", "line"])
def test_coming_near_is_continuous(place: str, distance: float) -> None:
    # Corner, side and face of the cage; plane of a face beyond it; line of a side beyond it.
    vertices, faces = bumpy_cage()
    a, b, c = vertices[faces[3]]
    target = {
        "corner": a,
        "side": 0.3 * a + 0.7 * b,
        "face": 0.2 * a + 0.3 * b + 0.5 * c,
        "plane": a + 3 * (b - a) + 2 * (c - a),
        "line": a + 2.5 * (b - a),
    }[place]
    away = np.random.default_rng(5).normal(size=(20, 3))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    near = target + distance * away
    limit = mean_value_coordinates(target[None], vertices, faces)
    found = mean_value_coordinates(near, vertices, faces)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, np.repeat(limit, 20, axis=0), atol=20 * distance + 1e-7)
    np.testing.assert_allclose(found @ vertices, near, atol=1e-11)


@pytest.mark.parametrize("height", [0.0, 1e-12, 1e-9, 1e-6, -1e-6])
def test_in_the_plane_of_a_face(height: float) -> None:
    # The cage is not convex: the plane goes through its inside, too.
    vertices, faces = bumpy_cage(4, 0)
    plane = vertices[faces[0]]
    normal = np.cross(plane[1] - plane[0], plane[2] - plane[0])
    normal /= np.linalg.norm(normal)
    points = np.random.default_rng(2).uniform(-2, 3, (100, 2))
    x = plane[0] + points @ (plane[1:] - plane[0]) + height * normal
    coordinates = mean_value_coordinates(x, vertices, faces)
    np.testing.assert_allclose(coordinates @ vertices, x, atol=1e-11)
    np.testing.assert_allclose(coordinates.sum(axis=1), 1.0, atol=1e-12)


def test_a_cage_that_has_faces_without_area() -> None:
    vertices, faces = icosphere(0)
    # Split one face at the middle of a side, and the side's other face not at all.
    a, b, c = faces[0]
    middle = len(vertices)
    vertices = np.vstack([vertices, (vertices[a] + vertices[b]) / 2])
    parts = np.array([[a, middle, c], [middle, b, c], [a, b, middle]], np.int32)
    faces = np.vstack([faces[1:], parts])
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (20, 3))
    coordinates = mean_value_coordinates(points, vertices, faces)
    np.testing.assert_allclose(coordinates @ vertices, points, atol=1e-11)


def test_the_careful_road_leads_to_the_same_place() -> None:
    vertices, faces = bumpy_cage()
    points = np.random.default_rng(0).uniform(-0.9, 0.9, (300, 3))
    fast = mean_value_coordinates(points, vertices, faces)
    np.testing.assert_allclose(careful_coordinates(points, vertices, faces), fast, atol=1e-9)


# --- running ------------------------------------------------------------------------------------


def test_the_product_with_a_matrix_needs_no_coordinates() -> None:
    vertices, faces = bumpy_cage()
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (2500, 3))
    matrix = np.random.default_rng(1).normal(size=(42, 7))
    product = mean_value_coordinates(points, vertices, faces, times=matrix)
    expected = mean_value_coordinates(points, vertices, faces) @ matrix
    np.testing.assert_allclose(product, expected, atol=1e-13)


def test_the_same_points_give_the_same_bits() -> None:
    vertices, faces = bumpy_cage()
    points = np.random.default_rng(0).uniform(-0.9, 0.9, (5000, 3))
    first, again = (mean_value_coordinates(points, vertices, faces) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_no_points() -> None:
    vertices, faces = bumpy_cage()
    assert mean_value_coordinates(np.empty((0, 3)), vertices, faces).shape == (0, 42)


def test_progress_reaches_the_end_and_cancelling_stops() -> None:
    vertices, faces = bumpy_cage()
    points = np.zeros((5 * mean_value._CHUNK, 3))
    heard: list[float] = []
    mean_value_coordinates(
        points, vertices, faces, RunContext(on_progress=lambda f, _: heard.append(f))
    )
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) == 5
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        mean_value_coordinates(points, vertices, faces, ctx)
