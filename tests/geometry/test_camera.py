"""The camera: all conventions of pictures, against what is known of them otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.geometry.camera import OPENGL_AXES, Camera
from kpstudio.geometry.rotations import random_rotations

SEEDS = st.integers(0, 2**32 - 1)
EYE, UP = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0])


def camera_of(rng: np.random.Generator, size: tuple[int, int] = (128, 96)) -> Camera:
    return Camera(random_rotations(1, rng)[0], rng.normal(size=3), rng.uniform(50, 300), size)


def ahead_of(camera: Camera, count: int, rng: np.random.Generator) -> FloatArray:
    """Points in front of a camera, world."""
    seen = rng.normal(size=(count, 3))
    seen[:, 2] = rng.uniform(0.5, 5.0, count)
    return camera.to_world(seen)


@given(SEEDS)
def test_unprojecting_undoes_projecting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera = camera_of(rng)
    points = ahead_of(camera, 20, rng)
    pixels, depth = camera.project(points)
    np.testing.assert_allclose(camera.unproject(pixels, depth), points, atol=1e-9)
    along = (points - camera.position) / np.linalg.norm(points - camera.position, axis=1)[:, None]
    np.testing.assert_allclose(camera.directions(pixels), along, atol=1e-9)
    np.testing.assert_allclose(camera.from_unit(camera.to_unit(pixels)), pixels, atol=1e-9)
    np.testing.assert_allclose(camera.to_camera(points)[:, 2], depth, atol=1e-12)


@given(SEEDS)
def test_the_matrix_projects_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera = camera_of(rng)
    points = ahead_of(camera, 10, rng)
    homogeneous = np.column_stack([points, np.ones(10)]) @ camera.matrix.T
    pixels, depth = camera.project(points)
    np.testing.assert_allclose(homogeneous[:, 2], depth, atol=1e-10)
    np.testing.assert_allclose(homogeneous[:, :2] / homogeneous[:, 2:], pixels, atol=1e-8)


def test_axes_are_right_down_and_forward() -> None:
    camera = Camera(np.eye(3), np.zeros(3), 100.0, (200, 100))
    pixels, depth = camera.project(np.array([[0, 0, 2], [0.2, 0, 2], [0, 0.2, 2], [0, 0, -2.0]]))
    np.testing.assert_allclose(pixels[:3], [[100, 50], [110, 50], [100, 60]])
    assert np.isnan(pixels[3]).all()
    np.testing.assert_allclose(depth, [2, 2, 2, -2])


def test_looks_at_the_target_with_up_upwards() -> None:
    camera = Camera.look_at(EYE, np.array([0.5, 0.0, -1.0]), UP, 40.0, (128, 64))
    np.testing.assert_allclose(camera.position, EYE, atol=1e-12)
    pixel, depth = camera.project(np.array([0.5, 0.0, -1.0]))
    np.testing.assert_allclose(pixel, [64, 32], atol=1e-9)
    assert depth == pytest.approx(np.linalg.norm(EYE - [0.5, 0.0, -1.0]))
    above, _ = camera.project(np.array([0.5, 0.1, -1.0]))
    assert above[1] < 32
    assert above[0] == pytest.approx(64)
    np.testing.assert_allclose(camera.forward, camera.directions(pixel), atol=1e-12)


def test_the_angle_is_that_of_the_longer_side() -> None:
    for size in ((128, 64), (64, 128)):
        camera = Camera.look_at(EYE, np.zeros(3), UP, 40.0, size)
        middle = camera.centre
        longer = int(np.argmax(size))
        ends = np.stack([middle, middle])
        ends[:, longer] = 0.0, size[longer]
        first, last = camera.directions(ends)
        assert np.rad2deg(np.arccos(first @ last)) == pytest.approx(40.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_looking_along_up_takes_another_up(sign: float) -> None:
    camera = Camera.look_at(np.array([0.0, sign * 3.0, 0.0]), np.zeros(3), UP, 40.0, (64, 64))
    np.testing.assert_allclose(camera.project(np.zeros(3))[0], [32, 32], atol=1e-9)


def test_pixel_centres_lie_in_the_middle_of_pixels() -> None:
    camera = Camera(np.eye(3), np.zeros(3), 10.0, (4, 3))
    centres = camera.pixel_centres()
    assert centres.shape == (3, 4, 2)
    np.testing.assert_array_equal(centres[0, 0], [0.5, 0.5])
    np.testing.assert_array_equal(centres[2, 1], [1.5, 2.5])
    np.testing.assert_allclose(centres.reshape(-1, 2).mean(axis=0), camera.centre)


def test_unit_coordinates_reach_one_at_the_ends_of_the_longer_side() -> None:
    camera = Camera(np.eye(3), np.zeros(3), 10.0, (8, 4))
    corners = camera.to_unit(np.array([[0, 0], [8, 4], [4, 2.0]]))
    np.testing.assert_allclose(corners, [[-1, -0.5], [1, 0.5], [0, 0]])


@given(SEEDS)
def test_agrees_with_opengl(seed: int) -> None:
    """Window coordinates of a projection matrix as OpenGL's own glFrustum defines it."""
    rng = np.random.default_rng(seed)
    camera = camera_of(rng)
    width, height = camera.size
    points = ahead_of(camera, 10, rng)
    near, far = 0.1, 50.0
    right, top = near * width / (2 * camera.focal), near * height / (2 * camera.focal)
    frustum = np.array(
        [
            [near / right, 0, 0, 0],
            [0, near / top, 0, 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1, 0],
        ]
    )
    eye = np.column_stack([camera.to_camera(points) @ OPENGL_AXES.T, np.ones(10)])
    clip = eye @ frustum.T
    device = clip[:, :3] / clip[:, 3:]
    window = (device[:, :2] + 1.0) / 2.0 * [width, height]  # from the lower left corner
    pixels, depth = camera.project(points)
    np.testing.assert_allclose(window[:, 0], pixels[:, 0], atol=1e-8)
    np.testing.assert_allclose(height - window[:, 1], pixels[:, 1], atol=1e-8)
    np.testing.assert_allclose(clip[:, 3], depth, atol=1e-12)


@given(SEEDS, st.floats(0.1, 10.0))
def test_a_moved_world_gives_the_same_picture(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    camera = camera_of(rng)
    points = ahead_of(camera, 10, rng)
    rotation, shift = random_rotations(1, rng)[0], rng.normal(size=3)
    moved = camera.moved(rotation, scale, shift)
    pixels, depth = camera.project(points)
    again, deeper = moved.project(scale * points @ rotation.T + shift)
    np.testing.assert_allclose(again, pixels, atol=1e-6)
    np.testing.assert_allclose(deeper, scale * depth, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        moved.position, scale * rotation @ camera.position + shift, atol=1e-8
    )


def test_resized_shows_the_same_picture() -> None:
    rng = np.random.default_rng(0)
    camera = camera_of(rng)
    larger = camera.resized((256, 192))
    points = ahead_of(camera, 10, rng)
    pixels, _ = camera.project(points)
    np.testing.assert_allclose(larger.project(points)[0], 2.0 * pixels)
    np.testing.assert_allclose(larger.to_unit(2.0 * pixels), camera.to_unit(pixels))
    with pytest.raises(InputError, match="stretching"):
        camera.resized((256, 128))


def test_arrays_of_any_shape() -> None:
    rng = np.random.default_rng(0)
    camera = camera_of(rng)
    points = ahead_of(camera, 12, rng)
    flat, _ = camera.project(points)
    grid, depth = camera.project(points.reshape(3, 4, 3))
    np.testing.assert_array_equal(grid.reshape(-1, 2), flat)
    np.testing.assert_allclose(camera.unproject(grid, depth).reshape(-1, 3), points, atol=1e-9)


@pytest.mark.parametrize(
    ("rotation", "focal", "size"),
    [
        (np.diag([1.0, 1.0, -1.0]), 10.0, (4, 4)),
        (2.0 * np.eye(3), 10.0, (4, 4)),
        (np.eye(3), 0.0, (4, 4)),
        (np.eye(3), float("nan"), (4, 4)),
        (np.eye(3), float("inf"), (4, 4)),
        (np.eye(3), 10.0, (0, 4)),
    ],
)
def test_refuses_what_is_no_camera(
    rotation: FloatArray, focal: float, size: tuple[int, int]
) -> None:
    with pytest.raises(InputError):
        Camera(rotation, np.zeros(3), focal, size)


@pytest.mark.parametrize(("eye", "angle"), [(np.zeros(3), 40.0), (EYE, 0.0), (EYE, 180.0)])
def test_refuses_to_look_at_nothing(eye: FloatArray, angle: float) -> None:
    with pytest.raises(InputError, match="no camera looks"):
        Camera.look_at(eye, np.zeros(3), UP, angle, (64, 64))


def test_its_arrays_cannot_be_written() -> None:
    rotation = np.eye(3)
    camera = Camera(rotation, np.zeros(3), 10.0, (4, 4))
    rotation[0, 0] = 5.0
    np.testing.assert_array_equal(camera.rotation, np.eye(3))
    with pytest.raises(ValueError, match="read-only"):
        camera.translation[0] = 1.0
