import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.geometry.reflect import reflect_points, reflect_vectors

SEEDS = st.integers(0, 2**32 - 1)


def random_plane(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    normal = rng.normal(size=3)
    return normal / np.linalg.norm(normal), float(rng.normal())


@given(SEEDS)
def test_twice_is_nothing_and_the_plane_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal, offset = random_plane(rng)
    points = rng.normal(size=(20, 3))
    image = reflect_points(points, normal, offset)
    np.testing.assert_allclose(reflect_points(image, normal, offset), points, atol=1e-13)
    middle = (points + image) / 2
    np.testing.assert_allclose(middle @ normal, offset, atol=1e-13)
    np.testing.assert_allclose(np.cross(image - points, normal), 0.0, atol=1e-13)


@given(SEEDS)
def test_vectors_go_with_their_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal, offset = random_plane(rng)
    start, stop = rng.normal(size=(2, 10, 3))
    there = reflect_points(stop, normal, offset) - reflect_points(start, normal, offset)
    np.testing.assert_allclose(reflect_vectors(stop - start, normal), there, atol=1e-13)
