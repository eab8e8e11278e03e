import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.sampling import farthest_points, sample_surface
from tests.shapes import Mesh, grid, icosphere

NO_FACES = np.empty((0, 3), np.int32)


def test_same_seed_same_samples(torus: Mesh) -> None:
    first, again, other = (sample_surface(torus.vertices, torus.faces, 50, s) for s in (7, 7, 8))
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.faces, again.faces)
    assert not np.array_equal(first.points, other.points)


def test_samples_lie_on_their_faces(torus: Mesh) -> None:
    samples = sample_surface(torus.vertices, torus.faces, 500, 1)
    assert (samples.barycentric >= 0).all()
    np.testing.assert_allclose(samples.barycentric.sum(axis=1), 1.0, atol=1e-15)
    corners = torus.vertices[torus.faces[samples.faces]]
    points = np.einsum("sc,scd->sd", samples.barycentric, corners)
    np.testing.assert_allclose(samples.points, points, atol=1e-15)
    along = np.einsum("sd,sd->s", samples.normals, samples.points - corners[:, 0])
    np.testing.assert_allclose(along, 0.0, atol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(samples.normals, axis=1), 1.0, atol=1e-14)


def test_normals_look_outward(sphere: Mesh) -> None:
    samples = sample_surface(sphere.vertices, sphere.faces, 100)
    assert (np.einsum("sd,sd->s", samples.normals, samples.points) > 0.9).all()


def test_samples_are_uniform_by_area() -> None:
    # A small and a large square: 1 to 9 by area, though they have as many faces.
    small, large = grid(5, 5), grid(5, 5)
    vertices = np.concatenate([small.vertices, large.vertices * 3 + [10, 0, 0]])
    faces = np.concatenate([small.faces, large.faces + len(small.vertices)])
    points = sample_surface(vertices, faces, 20_000, 3).points
    assert abs((points[:, 0] < 5).mean() - 0.1) < 0.01
    inside = points[points[:, 0] > 5] - [10, 0, 0]
    # Uniform in the square: mean 1/2 and variance 1/12 of the side.
    np.testing.assert_allclose(inside[:, [0, 2]].mean(axis=0), 1.5, atol=0.03)
    np.testing.assert_allclose(inside[:, [0, 2]].var(axis=0), 9 / 12, atol=0.03)


def test_a_cloud_gives_its_points_each_once_if_it_can() -> None:
    cloud = np.random.default_rng(0).random((40, 3))
    samples = sample_surface(cloud, NO_FACES, 40, 2)
    np.testing.assert_array_equal(np.sort(samples.points, axis=0), np.sort(cloud, axis=0))
    assert (samples.faces == -1).all()
    assert (samples.normals == 0).all()
    many = sample_surface(cloud, NO_FACES, 100, 2).points
    assert many.shape == (100, 3)
    assert {tuple(p) for p in many} <= {tuple(p) for p in cloud}


def test_faces_without_area_are_as_good_as_none() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    samples = sample_surface(vertices, np.array([[0, 1, 2]], np.int32), 5, 0)
    assert {tuple(p) for p in samples.points} <= {tuple(p) for p in vertices}


def test_a_face_without_area_is_never_chosen() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0]])
    faces = np.array([[0, 1, 3], [0, 1, 2], [1, 1, 1]], np.int32)
    assert set(sample_surface(vertices, faces, 200, 0).faces) == {1}


def test_sampling_needs_points() -> None:
    with pytest.raises(InputError, match="no points"):
        sample_surface(np.empty((0, 3)), NO_FACES, 3)


def plain_farthest_points(points: np.ndarray, count: int, start: int) -> list[int]:
    """The definition: always the point farthest from those chosen."""
    chosen = [start]
    while len(chosen) < count:
        distances = np.linalg.norm(points[:, None] - points[chosen], axis=2).min(axis=1)
        chosen.append(int(distances.argmax()))
    return chosen


@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.data())
def test_farthest_points_are_farthest(total: int, seed: int, data: st.DataObject) -> None:
    points = np.random.default_rng(seed).normal(size=(total, 3)) * [0.1, 3.0, 1.0]
    count, start = data.draw(st.integers(1, total)), data.draw(st.integers(0, total - 1))
    chosen = farthest_points(points, count, start)
    assert list(chosen) == plain_farthest_points(points, count, start)


def test_farthest_points_of_all_points_is_a_permutation() -> None:
    points = icosphere(2).vertices
    assert sorted(farthest_points(points, len(points), 5)) == list(range(len(points)))


def test_farthest_points_with_fewer_places_than_asked_for() -> None:
    points = np.repeat(np.eye(3), 4, axis=0)
    chosen = farthest_points(points, 8)
    assert len({tuple(points[i]) for i in chosen[:3]}) == 3
    assert len(chosen) == 8


@pytest.mark.parametrize(("count", "start"), [(0, 0), (5, 0), (2, 4), (2, -1)])
def test_farthest_points_refuses_what_it_cannot_do(count: int, start: int) -> None:
    with pytest.raises(ParameterError):
        farthest_points(np.zeros((4, 3)), count, start)
