from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.geometry.camera import Camera
from kpstudio.rendering.rasterise import Rasteriser, visible_faces
from kpstudio.rendering.rigs import hemisphere, looking_from, turntable
from kpstudio.rendering.window import close_window
from tests.rendering.analytic import rays_of
from tests.shapes import box, icosphere, torus


def nearest_by_hand(mesh, camera) -> tuple[np.ndarray, np.ndarray]:
    """The nearest face of every pixel by trying them all, and how deep inside it the ray passes."""
    d, eye = rays_of(camera).reshape(-1, 3), camera.position
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    e1, e2 = b - a, c - a
    p = np.cross(d[:, None], e2[None])
    share = 1.0 / np.einsum("fi,qfi->qf", e1, p)
    away = eye - a
    s = np.einsum("fi,qfi->qf", away, p) * share
    q = np.cross(away, e1)
    t = np.einsum("qi,fi->qf", d, q) * share
    z = np.einsum("fi,fi->f", e2, q)[None] * share
    rim = np.minimum(np.minimum(s, t), 1.0 - s - t)
    z = np.where((rim > 0.0) & (z > 0.0), z, np.inf)
    best = z.argmin(axis=1)
    row = np.arange(len(best))
    faces = np.where(np.isfinite(z[row, best]), best, -1)
    return faces.reshape(camera.size[::-1]), np.abs(rim).min(axis=1).reshape(camera.size[::-1])


@pytest.mark.parametrize("shape", [torus(12, 8, 0.35, 0.14), box((0.9, 0.5, 0.3), 2)])
def test_the_face_of_a_pixel_is_the_one_its_ray_meets_first(shape) -> None:
    for camera in hemisphere(5, size=(48, 40)):
        seen = Rasteriser(shape.vertices, shape.faces).seen_from(camera)
        expected, rim = nearest_by_hand(shape, camera)
        # OpenGL rounds corners to parts of a pixel: rays along an edge may fall on either side.
        clear = rim > 0.02
        assert clear.mean() > 0.7
        assert (seen[clear] == expected[clear]).all()
        assert (seen == expected).mean() > 0.98


def test_threads_get_the_same_numbers_whenever_they_ask() -> None:
    mesh, cameras = icosphere(3, 0.5), turntable(6)
    first = visible_faces(mesh.vertices, mesh.faces, cameras)
    with ThreadPoolExecutor(3) as pool:
        others = list(
            pool.map(lambda _: visible_faces(mesh.vertices, mesh.faces, cameras), range(3))
        )
    assert all((other == first).all() for other in others)
    close_window()
    assert (visible_faces(mesh.vertices, mesh.faces, cameras) == first).all()


def test_far_from_zero_and_in_any_unit_the_same_faces_are_seen() -> None:
    mesh, camera = torus(24, 12, 0.35, 0.14), looking_from(np.array([1.0, 0.7, 2.0]))
    here = Rasteriser(mesh.vertices, mesh.faces).seen_from(camera)
    shift, scale = np.array([4e5, -3e5, 1e6]), 1e-3
    moved = camera.moved(np.eye(3), scale, shift)
    there = Rasteriser(scale * mesh.vertices + shift, mesh.faces).seen_from(moved)
    assert (here == there).mean() > 0.999


def test_faces_without_area_do_not_shift_the_numbers() -> None:
    mesh = box((0.6, 0.6, 0.6))
    camera = looking_from(np.array([1.0, 1.0, 1.0]))
    plain = Rasteriser(mesh.vertices, mesh.faces).seen_from(camera)
    flat = np.array([[0, 0, 1], [2, 3, 2]], np.int32)
    mixed = np.concatenate([flat[:1], mesh.faces[:5], flat[1:], mesh.faces[5:]])
    seen = Rasteriser(mesh.vertices, mixed).seen_from(camera)
    back = np.array([-1, 0, 1, 2, 3, 4, -1, *range(5, 12)])
    assert (np.where(seen >= 0, back[seen], -1) == plain).all()


def test_what_is_behind_the_eye_is_not_seen() -> None:
    mesh = icosphere(1, 0.5)
    eye, up = np.array([0.0, 0.0, 3.0]), np.array([0.0, 1.0, 0.0])
    away = Camera.look_at(eye, 3.0 * eye, up, 40.0, (16, 16))
    assert (Rasteriser(mesh.vertices, mesh.faces).seen_from(away) == -1).all()
    inside = Camera.look_at(np.zeros(3), eye, up, 90.0, (16, 16))
    assert (Rasteriser(mesh.vertices, mesh.faces).seen_from(inside) >= 0).all()


def test_what_cannot_be_drawn_is_told() -> None:
    mesh = box()
    with pytest.raises(InputError, match="no faces"):
        Rasteriser(mesh.vertices, np.empty((0, 3), np.int32))
    with pytest.raises(InputError, match="too many"):
        Rasteriser(mesh.vertices, np.broadcast_to(np.int32(0), (2**24, 3)))
    huge = looking_from(np.array([0.0, 0.0, 1.0]), size=(9000, 20))
    with pytest.raises(InputError, match="too large"):
        Rasteriser(mesh.vertices, mesh.faces).seen_from(huge)
    with pytest.raises(InputError, match="one size"):
        visible_faces(mesh.vertices, mesh.faces, [])


def test_a_run_can_be_cancelled_between_two_cameras() -> None:
    mesh, ctx = box(), RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        visible_faces(mesh.vertices, mesh.faces, turntable(3), ctx)
