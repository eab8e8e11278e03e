import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.geometry.chamfer import chamfer_distance, nearest


def test_known_distance() -> None:
    a = np.array([[0.0, 0, 0], [2, 0, 0]])
    b = np.array([[0.0, 1, 0]])
    # There: 1 and 5, mean 3; back: 1.
    assert chamfer_distance(a, b) == pytest.approx(4.0)


def test_zero_for_the_same_points_in_any_order() -> None:
    points = np.random.default_rng(0).random((50, 3))
    assert chamfer_distance(points, points[::-1]) == 0.0


def test_symmetric_and_quadratic_in_scale() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random((40, 3)), rng.random((60, 3))
    assert chamfer_distance(a, b) == pytest.approx(chamfer_distance(b, a))
    assert chamfer_distance(3 * a, 3 * b) == pytest.approx(9 * chamfer_distance(a, b))


def test_nearest_agrees_with_all_distances() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random((40, 3)), rng.random((30, 3))
    table = np.linalg.norm(a[:, None] - b[None], axis=2)
    indices, distances = nearest(a, b)
    np.testing.assert_array_equal(indices, table.argmin(axis=1))
    np.testing.assert_allclose(distances, table.min(axis=1))


def test_empty_clouds_are_refused() -> None:
    with pytest.raises(InputError, match="no points"):
        chamfer_distance(np.zeros((1, 3)), np.empty((0, 3)))
    with pytest.raises(InputError, match="no points"):
        chamfer_distance(np.empty((0, 3)), np.zeros((1, 3)))
