from dataclasses import replace

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.views import Sight
from kpstudio.detectors.picture_fusion import ellipsoids, fuse, geometric_median, rays
from kpstudio.geometry.camera import Camera
from kpstudio.rendering import rigs

POINTS = np.array([[0.3, 0.2, -0.1], [-0.4, 0.0, 0.2], [0.0, -0.3, 0.45]])


def sight(camera: Camera, points: np.ndarray = POINTS, *, depth: bool = False) -> Sight:
    pixels, depths = camera.project(points)
    picture = np.zeros((*camera.size[::-1], 3), np.uint8)
    confidence = np.full(len(points), 0.8)
    return Sight(picture, pixels, confidence, camera, depth=depths if depth else None)


@pytest.mark.parametrize("depth", [True, False])
def test_views_that_agree_give_the_points_themselves(depth: bool) -> None:
    found = fuse([sight(camera, depth=depth) for camera in rigs.turntable(6)])
    assert np.allclose(found.positions, POINTS, atol=1e-6)
    assert np.allclose(found.confidence, 0.8, atol=1e-6)
    assert found.notes == ()
    assert found.covariance is not None
    assert np.abs(found.covariance).max() < 1e-10


@pytest.mark.parametrize("depth", [True, False])
def test_a_view_that_takes_left_for_right_moves_nothing(depth: bool) -> None:
    first, *others = rigs.turntable(7)
    flipped = sight(first, POINTS * (-1, 1, 1), depth=depth)
    found = fuse([flipped, *(sight(camera, depth=depth) for camera in others)])
    assert np.allclose(found.positions, POINTS, atol=2e-3)
    assert (found.confidence > 0.75).all()
    assert found.notes == ()


@pytest.mark.parametrize("depth", [True, False])
def test_views_that_disagree_are_told_of_and_make_unsure(depth: bool) -> None:
    rng = np.random.default_rng(0)
    cameras = rigs.turntable(6)
    astray = [POINTS + (0, 0, 0) if i == 0 else rng.uniform(-0.5, 0.5, (3, 3)) for i in range(6)]
    found = fuse([sight(c, p, depth=depth) for c, p in zip(cameras, astray, strict=True)])
    assert "disagree about" in found.notes[0]
    assert found.confidence.min() < 0.6
    assert np.isfinite(found.positions).all()


def test_what_few_views_tell() -> None:
    camera = rigs.turntable(1)[0]
    alone = fuse([sight(camera)])
    # One view without depths: the direction is known, and the shape is about in the middle.
    assert np.allclose(camera.project(alone.positions)[0], sight(camera).pixels)
    assert np.allclose(camera.project(alone.positions)[1], rigs.DISTANCE)
    assert alone.covariance is None
    assert np.allclose(fuse([sight(camera, depth=True)]).positions, POINTS)
    twice = fuse([sight(camera), sight(camera)])
    assert np.isfinite(twice.positions).all()
    with pytest.raises(InputError, match="cameras are known"):
        fuse([])
    with pytest.raises(InputError, match="cameras are known"):
        fuse([replace(sight(camera), camera=None)])


def test_geometric_median_minimises_the_sum_of_distances() -> None:
    rng = np.random.default_rng(1)
    points, weights = rng.normal(size=(7, 4, 3)), rng.uniform(0.1, 1.0, (7, 4))

    def total(x: np.ndarray) -> np.ndarray:
        return (weights * np.linalg.norm(points - x, axis=2)).sum(axis=0)

    found = geometric_median(points, weights)
    for _ in range(20):
        step = 0.05 * rng.normal(size=(4, 3))
        assert (total(found) <= total(found + step) + 1e-4).all()


@pytest.mark.parametrize("depth", [True, False])
def test_rays_are_seen_as_their_pixels_and_end_where_the_views_show_keypoints(depth: bool) -> None:
    sights = [sight(camera, depth=depth) for camera in rigs.hemisphere(4)]
    overlay = rays(sights, POINTS + 0.05)
    assert overlay.lines is not None
    lines = overlay.points[overlay.lines].reshape(4, 3, 2, 3)
    for view, seen in enumerate(sights):
        assert seen.camera is not None
        (starts, start_depths), (ends, end_depths) = map(
            seen.camera.project, (lines[view, :, 0], lines[view, :, 1])
        )
        assert np.allclose(starts, seen.pixels)
        assert np.allclose(ends, seen.pixels)
        assert (start_depths < end_depths).all()
    assert np.allclose(np.linalg.norm(lines[:, :, 1] - lines[:, :, 0], axis=2), 0.25)
    assert overlay.values is not None
    assert np.allclose(overlay.values, 0.3 * 0.8)


def test_ellipsoids_lie_two_deviations_away() -> None:
    rng = np.random.default_rng(2)
    root = 0.05 * rng.normal(size=(3, 3, 3))
    covariance = root @ root.transpose(0, 2, 1)
    overlay = ellipsoids(POINTS, covariance)
    offsets = overlay.points.reshape(3, -1, 3) - POINTS[:, None]
    away = np.einsum("kpi,kij,kpj->kp", offsets, np.linalg.inv(covariance), offsets)
    assert np.allclose(away, 4.0)
    # Nothing unbounded is drawn.
    huge = ellipsoids(POINTS, np.tile(100 * np.eye(3), (3, 1, 1))).points.reshape(3, -1, 3)
    assert np.linalg.norm(huge - POINTS[:, None], axis=2).max() < 0.51
