from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.data.mesh import Mesh
from kpstudio.rendering.rigs import turntable
from kpstudio.rendering.views import render
from kpstudio.training.looks import random_look
from kpstudio.training.picture_batch import draw_pictures, mirrored
from kpstudio.training.shapes import TrainingShape, procedural
from kpstudio.training.view_pool import ViewPool, build_views
from tests.shapes import box

SIZE = 48


@pytest.fixture(scope="module")
def pool() -> ViewPool:
    return build_views(procedural("airplane", 3, 1), 4, SIZE, seed=2)


def test_a_pool_holds_what_a_training_needs_and_little_more(pool: ViewPool) -> None:
    assert pool.colour.shape == (3, 4, SIZE, SIZE, 3)
    assert pool.views == 4
    assert pool.size == (SIZE, SIZE)
    per_view = (pool.colour.nbytes + pool.depth.nbytes) / 12
    assert per_view * (64 / SIZE) ** 2 * 300 * 24 < 200e6
    assert (pool.colour[~np.isfinite(pool.depth)] == 0).all()


def test_the_same_seed_gives_the_same_pictures() -> None:
    shapes = procedural("chair", 1, 1)
    first, again = build_views(shapes, 2, 32, seed=5), build_views(shapes, 2, 32, seed=5)
    other = build_views(shapes, 2, 32, seed=6)

    np.testing.assert_array_equal(first.colour, again.colour)
    assert not np.array_equal(first.colour, other.colour)


def test_cameras_are_those_of_the_pictures(pool: ViewPool) -> None:
    for view in range(4):
        camera = pool.camera(1, view)
        pixels, _ = camera.project(pool.landmarks[1].astype(float))
        np.testing.assert_allclose(pixels, pool.pixels[1, view], atol=1e-3)


def test_visible_landmarks_lie_on_the_surface_that_is_seen(pool: ViewPool) -> None:
    checked = 0
    for shape, view in np.ndindex(3, 4):
        camera = pool.camera(shape, view)
        pixels, depth = camera.project(pool.landmarks[shape].astype(float))
        for (column, row), z in zip(
            np.floor(pixels[pool.visible[shape, view]]).astype(int),
            depth[pool.visible[shape, view]],
            strict=True,
        ):
            around = pool.depth[shape, view, row - 1 : row + 2, column - 1 : column + 2]
            near = around[np.isfinite(around)].astype(float)
            if len(near):
                assert near.max() > z - 0.04
                checked += 1
    assert checked > 20


def test_what_is_behind_the_shape_is_not_visible() -> None:
    shape = TrainingShape(
        "box", "box", box(), "procedural", keypoints=np.array([[0, 0, 0.5], [0, 0, -0.5]]),
        keypoint_names=("front", "back"),
    )  # fmt: skip
    pool = build_views([shape], 8, SIZE)
    towards = np.stack([pool.camera(0, view).position[2] for view in range(8)])

    front = towards > 1.0
    back = towards < -1.0
    assert front.any()
    assert back.any()
    assert pool.visible[0, front].tolist() == [[True, False]] * int(front.sum())
    assert pool.visible[0, back].tolist() == [[False, True]] * int(back.sum())


def test_a_landmark_that_is_not_known_is_not_visible() -> None:
    shape = TrainingShape(
        "box", "box", box(), "procedural", keypoints=np.array([[0, 0.5, 0], [0, 0.5, 0]]),
        present=np.array([True, False]), keypoint_names=("top", "nothing"),
    )  # fmt: skip
    pool = build_views([shape], 6, SIZE)

    assert pool.visible[0, :, 0].any()
    assert not pool.visible[0, :, 1].any()


def test_preparing_can_be_stopped_and_needs_shapes() -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        build_views(procedural("chair", 2, 1), 2, 32, ctx=ctx)
    with pytest.raises(InputError, match="no shapes"):
        build_views([], 2, 32)


def test_looks_differ_and_leave_the_background_alone() -> None:
    (view,) = render(Mesh(box().vertices, box().faces), turntable(1, size=(32, 32)))
    looks = [random_look(view, np.random.default_rng(seed)) for seed in range(6)]

    assert len({look.tobytes() for look in looks}) >= 4
    assert all((look[~view.mask] == 0).all() for look in looks)
    assert all(look[view.mask].std() > 1.0 for look in looks)


def test_a_batch_keeps_together_what_belongs_together(pool: ViewPool) -> None:
    rows = np.array([2, 0])
    batch = draw_pictures(pool, rows, 3, np.random.default_rng(0))

    assert batch.pictures.shape == (2, 3, SIZE, SIZE, 3)
    for shape, view in np.ndindex(2, 3):
        rotation, translation = batch.rotations[shape, view], batch.translations[shape, view]
        seen = batch.landmarks[shape] @ rotation.T + translation
        places = 2.0 * pool.focal / SIZE * seen[:, :2] / seen[:, 2:]
        known = batch.known[shape]
        np.testing.assert_allclose(places[known], batch.places[shape, view][known], atol=1e-4)
        assert np.linalg.det(rotation) == pytest.approx(1.0, abs=1e-5)


def test_views_of_a_shape_in_a_batch_are_different_ones(pool: ViewPool) -> None:
    batch = draw_pictures(pool, np.array([0, 0, 0]), 4, np.random.default_rng(0), mirror=False)

    for shape in range(3):
        assert len({rotation.tobytes() for rotation in batch.rotations[shape]}) == 4


def test_without_chance_pictures_are_those_detectors_see(pool: ViewPool) -> None:
    batch = draw_pictures(
        pool, np.array([1]), 2, np.random.default_rng(0), backgrounds=False, mirror=False
    )

    assert (batch.pictures[~batch.mask] == 255).all()
    assert (batch.pictures[batch.mask].mean(axis=1) < 255).any()


def test_backgrounds_are_behind_the_shape_and_differ(pool: ViewPool) -> None:
    rows = np.zeros(8, int)
    batch = draw_pictures(pool, rows, 2, np.random.default_rng(0), mirror=False)

    corners = batch.pictures[:, :, 0, 0].reshape(-1, 3)
    assert len(np.unique(corners, axis=0)) > 6


def test_mirroring_twice_changes_nothing(pool: ViewPool) -> None:
    batch = draw_pictures(pool, np.array([0, 1]), 2, np.random.default_rng(0), mirror=False)
    both = np.arange(2)

    once = mirrored(batch, both, pool.landmark_names)
    again = mirrored(once, both, pool.landmark_names)

    assert not np.array_equal(once.pictures, batch.pictures)
    for name, values in vars(batch).items():
        np.testing.assert_array_equal(vars(again)[name], values)


def test_a_mirrored_wing_is_the_other_one(pool: ViewPool) -> None:
    names = pool.landmark_names
    left, right = names.index("left wing tip"), names.index("right wing tip")
    batch = draw_pictures(pool, np.array([0]), 2, np.random.default_rng(0), mirror=False)

    once = mirrored(batch, np.arange(1), names)

    assert once.landmarks[0, left, 0] > 0.0  # +x is the shape's left, mirrored or not
    np.testing.assert_array_equal(once.landmarks[0, left], batch.landmarks[0, right] * [-1, 1, 1])
    np.testing.assert_allclose(
        once.places[0, 0, left], batch.places[0, 0, right] * [-1, 1], atol=1e-6
    )
