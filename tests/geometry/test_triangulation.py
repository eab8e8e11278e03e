from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.rotations import random_rotations
from kpstudio.geometry.triangulation import Triangulated, triangulate, triangulate_ransac
from tests.geometry.rigs import ring, seen_by

SEEDS = st.integers(0, 2**32 - 1)


def points_of(seed: int, count: int = 10) -> FloatArray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (count, 3))


@given(SEEDS, st.integers(2, 9))
def test_exact_without_noise(seed: int, views: int) -> None:
    points, cameras = points_of(seed), ring(views)
    pixels = seen_by(cameras, points)
    weights = np.random.default_rng(seed).uniform(0.1, 1.0, pixels.shape[:2])
    for found in (triangulate(cameras, pixels, weights), triangulate_ransac(cameras, pixels)):
        np.testing.assert_allclose(found.points, points, atol=1e-8)
        assert found.found.all()
        assert found.used.all()
        assert found.errors.max() < 1e-7


@settings(max_examples=20)
@given(SEEDS, st.floats(0.01, 1000.0))
def test_moves_with_the_world(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    points, cameras = points_of(seed), ring(5)
    pixels = seen_by(cameras, points) + rng.normal(size=(5, 10, 2))
    rotation, shift = random_rotations(1, rng)[0], rng.normal(size=3)
    moved = [camera.moved(rotation, scale, shift) for camera in cameras]
    here, there = triangulate(cameras, pixels), triangulate(moved, pixels)
    expected = scale * here.points @ rotation.T + shift
    np.testing.assert_allclose(there.points, expected, atol=1e-6 * scale)
    turned = scale**2 * rotation @ here.covariance @ rotation.T
    np.testing.assert_allclose(there.covariance, turned, rtol=1e-4, atol=1e-9 * scale**2)
    np.testing.assert_allclose(there.errors, here.errors, atol=1e-5)


def cost_of(
    cameras: list[Camera], pixels: FloatArray, weights: FloatArray, at: FloatArray
) -> float:
    return float((weights[..., None] * (seen_by(cameras, at) - pixels) ** 2).sum())


def test_no_point_nearby_is_better() -> None:
    rng = np.random.default_rng(3)
    points, cameras = points_of(3), ring(4)
    pixels = seen_by(cameras, points) + rng.normal(size=(4, 10, 2)) * 3.0
    weights = rng.random((4, 10))
    found = triangulate(cameras, pixels, weights).points
    best = cost_of(cameras, pixels, weights, found)
    for _ in range(50):
        nearby = found.copy()
        row = rng.integers(10)
        nearby[row] += rng.normal(size=3) * 1e-3
        assert cost_of(cameras, pixels, weights, nearby) > best


def test_the_covariance_is_that_of_repeated_trials() -> None:
    rng = np.random.default_rng(4)
    cameras, place = ring(3)[:2], np.array([[0.1, 0.2, -0.1]])
    weights = np.array([[1.0], [0.25]])
    # 2000 trials as 2000 points.
    exact = np.repeat(seen_by(cameras, place), 2000, axis=1)
    noisy = exact + 0.3 * rng.normal(size=exact.shape) / np.sqrt(weights)[..., None]
    found = triangulate(cameras, noisy, np.repeat(weights, 2000, axis=1), noise=0.3)
    measured = np.cov(found.points.T)
    told = triangulate(cameras, exact[:, :1], weights, noise=0.3).covariance[0]
    np.testing.assert_allclose(measured, told, rtol=0.15, atol=0.05 * np.trace(told))
    assert np.linalg.norm(found.points.mean(axis=0) - place) < 0.05 * np.sqrt(np.trace(told))


def test_more_views_tell_it_better() -> None:
    points = points_of(5)
    sizes = []
    for count in (2, 4, 8, 16):
        cameras = ring(count, height=0.3)
        covariance = triangulate(cameras, seen_by(cameras, points)).covariance
        sizes.append(np.trace(covariance, axis1=1, axis2=2).mean())
    assert (np.diff(sizes) < 0).all()


def test_what_cannot_be_told_is_nan() -> None:
    cameras = ring(3)
    points = points_of(6, 4)
    pixels = seen_by(cameras, points)
    weights = np.ones((3, 4))
    weights[:, 0] = 0.0  # in no view
    pixels[1:, 1] = np.nan  # in one view
    weights[0, 2] = 0.0  # in two
    for found in (
        triangulate(cameras, pixels, weights),
        triangulate_ransac(cameras, pixels, weights),
    ):
        np.testing.assert_array_equal(found.found, [False, False, True, True])
        np.testing.assert_array_equal(np.isfinite(found.covariance).all(axis=(1, 2)), found.found)
        np.testing.assert_array_equal(found.used.sum(axis=0), [0, 0, 2, 3])
        np.testing.assert_allclose(found.points[2:], points[2:], atol=1e-8)
        assert found.errors[0, 2] < 1e-7  # a view that does not count is still compared


def parallel() -> tuple[list[Camera], FloatArray]:
    cameras = [Camera(np.eye(3), np.array([x, 0.0, 0.0]), 100.0, (128, 128)) for x in (0, 1)]
    return cameras, np.full((2, 1, 2), 70.0)


def one_eye() -> tuple[list[Camera], FloatArray]:
    turned = Camera.look_at(
        np.zeros(3), np.array([0.1, 0, 1]), np.array([0, -1.0, 0]), 60, (128, 128)
    )
    cameras = [Camera(np.eye(3), np.zeros(3), 100.0, (128, 128)), turned]
    return cameras, np.array([[[64.0, 64.0]], [[60.0, 66.0]]])


def behind() -> tuple[list[Camera], FloatArray]:
    """The second camera is on the left of the first and sees what is farther left."""
    cameras, pixels = parallel()
    pixels[1] = 50.0, 70.0
    return cameras, pixels


@pytest.mark.parametrize("case", [parallel(), one_eye(), behind()])
def test_rays_that_do_not_meet(case: tuple[list[Camera], FloatArray]) -> None:
    cameras, pixels = case
    for found in (triangulate(cameras, pixels), triangulate_ransac(cameras, pixels)):
        assert not found.found.any()
        assert np.isnan(found.errors).all()
        assert not found.used.any()


def wrong_views(seed: int, views: int, wrong: int) -> tuple[Triangulated, FloatArray, FloatArray]:
    """Half a pixel of noise, and some views of each point somewhere else in the picture."""
    rng = np.random.default_rng(seed)
    points, cameras = points_of(seed, 12), ring(views)
    pixels = seen_by(cameras, points) + 0.5 * rng.normal(size=(views, 12, 2))
    bad = np.argsort(rng.random((views, 12)), axis=0) < wrong
    places = rng.uniform(0, 128, pixels.shape)
    bad &= np.linalg.norm(places - pixels, axis=2) > 15.0
    pixels[bad] = places[bad]
    return triangulate_ransac(cameras, pixels, least=3), points, bad


@pytest.mark.parametrize(("views", "wrong"), [(8, 3), (12, 6), (24, 12)])
def test_wrong_views_do_not_count(views: int, wrong: int) -> None:
    errors = []
    for seed in range(5):
        found, points, bad = wrong_views(seed, views, wrong)
        assert not (found.used & bad).any()
        errors.extend(np.linalg.norm(found.points - points, axis=1))
    # Half a pixel is 0.008 at the origin.
    assert np.max(errors) < 0.03
    assert np.mean(errors) < 0.01


def test_confidence_decides_between_two_places() -> None:
    cameras = ring(6)
    right, wrong = np.array([[0.1, 0.0, 0.2]]), np.array([[-0.3, 0.2, 0.0]])
    pixels = seen_by(cameras, right)
    pixels[:3] = seen_by(cameras, wrong)[:3]
    weights = np.where(np.arange(6) < 3, 0.2, 1.0)[:, None]
    found = triangulate_ransac(cameras, pixels, weights)
    np.testing.assert_allclose(found.points, right, atol=1e-8)
    np.testing.assert_array_equal(found.used[:, 0], np.arange(6) >= 3)
    other = triangulate_ransac(cameras, pixels, 1.2 - weights)
    np.testing.assert_allclose(other.points, wrong, atol=1e-8)


def test_the_same_every_time_and_with_few_pairs() -> None:
    rng = np.random.default_rng(8)
    points, cameras = points_of(8), ring(16)
    pixels = seen_by(cameras, points) + rng.normal(size=(16, 10, 2)) * 0.5
    pixels[:4] += 40.0
    first = triangulate_ransac(cameras, pixels, pairs=25)
    np.testing.assert_array_equal(
        first.points, triangulate_ransac(cameras, pixels, pairs=25).points
    )
    whole = triangulate_ransac(cameras, pixels)
    np.testing.assert_allclose(first.points, whole.points, atol=0.02)


def test_too_few_that_agree() -> None:
    rng = np.random.default_rng(9)
    cameras = ring(5)
    nowhere = rng.uniform(0, 128, (5, 20, 2))
    found = triangulate_ransac(cameras, nowhere, threshold=0.5, least=4)
    assert not found.found.any()


def test_no_points_and_one_camera() -> None:
    assert triangulate(ring(3), np.zeros((3, 0, 2))).points.shape == (0, 3)
    assert triangulate_ransac(ring(3), np.zeros((3, 0, 2))).points.shape == (0, 3)
    alone = triangulate_ransac(ring(1), np.full((1, 2, 2), 64.0))
    assert not alone.found.any()


def test_refuses_what_does_not_fit() -> None:
    cameras, pixels = ring(3), np.zeros((3, 4, 2))
    with pytest.raises(InputError):
        triangulate([], pixels)
    with pytest.raises(InputError, match="cameras"):
        triangulate(cameras, pixels[:2])
    with pytest.raises(InputError, match="weights"):
        triangulate(cameras, pixels, np.full((3, 4), -1.0))
    with pytest.raises(ParameterError):
        triangulate_ransac(cameras, pixels, threshold=0.0)
    with pytest.raises(ParameterError):
        triangulate_ransac(cameras, pixels, least=1)
