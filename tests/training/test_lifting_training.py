"""Training lifting for real, if only for some steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kpstudio.base.errors import InputError
from kpstudio.evaluation.lifting_errors import LiftingErrors, lifting_errors
from kpstudio.nn.catalogue import Model
from kpstudio.nn.lifting import KIND, NETWORK
from kpstudio.rendering.rigs import ANGLE, DISTANCE, looking_from
from kpstudio.training.lifting import LiftingRecipe, LiftingTrainee, save, settle
from kpstudio.training.lifting_pool import LiftingPool, build_landmarks, look, random_rows
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.shapes import procedural

SMALL = LiftingRecipe(steps=100, batch=24, width=64, blocks=1, basis=2, learning_rate=5e-3)
ALONE = replace(SMALL, supervision_weight=0.0, consistency_weight=1.0)


@pytest.fixture(scope="module")
def pool() -> LiftingPool:
    return build_landmarks([*procedural("car", 6, 1), *procedural("chair", 12, 1)])


def test_slots_of_categories_stand_side_by_side(pool: LiftingPool) -> None:
    assert pool.categories == ("car", "chair")
    assert pool.landmarks.shape == (18, sum(pool.counts), 3)
    assert len(pool.landmark_names) == sum(pool.counts)
    assert pool.landmark_names[pool.counts[0]].startswith("chair ")
    cars = pool.category == 0
    assert pool.known[cars, : pool.counts[0]].all()
    assert not pool.known[cars, pool.counts[0] :].any()
    assert not pool.known[~cars, : pool.counts[0]].any()
    assert np.abs(pool.landmarks).max() < 0.51


def test_every_category_has_the_same_chance(pool: LiftingPool) -> None:
    rows = random_rows(pool, 4000, np.random.default_rng(0))
    assert np.mean(pool.category[rows] == 0) == pytest.approx(0.5, abs=0.03)
    assert len(np.unique(rows)) == 18


def test_pictures_are_those_of_cameras(pool: LiftingPool) -> None:
    """Without a shift and at the usual distance, a rig's camera shows the same."""
    rng = np.random.default_rng(0)
    pictured = look(pool, np.arange(18), rng)
    for row, rotation, places in zip(
        pictured.rows, pictured.rotations, pictured.places, strict=True
    ):
        camera = looking_from(-rotation[2], distance=DISTANCE, angle=ANGLE)
        known = pool.known[row]
        away = camera.to_unit(camera.project(pool.landmarks[row, known])[0])
        # Roll, shift and distance are all that differs.
        first, second = (x - x.mean(axis=0) for x in (away, places[known]))
        turn = np.vdot(*(x[:, 0] + 1j * x[:, 1] for x in (first, second))) / np.vdot(first, first)
        turned = turn * (first[:, 0] + 1j * first[:, 1])
        assert np.abs(turned - (second[:, 0] + 1j * second[:, 1])).max() < 0.05
        assert abs(np.angle(turn)) < np.deg2rad(20.0)
    assert np.array_equal(pictured.visible, pool.known)


def test_some_are_hidden_and_all_are_noisy(pool: LiftingPool) -> None:
    rows = np.arange(18)
    plain = look(pool, rows, np.random.default_rng(3))
    worse = look(pool, rows, np.random.default_rng(3), noise=0.02, hidden=0.8)
    assert not (worse.visible & ~pool.known).any()
    assert 0.3 < worse.visible.sum() / pool.known.sum() < 0.9
    assert np.std(worse.places - plain.places) == pytest.approx(0.02, rel=0.15)


def test_real_shapes_are_not_trained_on() -> None:
    real = [replace(shape, kind="real") for shape in procedural("mug", 2, 1)]
    with pytest.raises(InputError, match="landmarks"):
        build_landmarks(real)
    assert len(build_landmarks([*real, *procedural("mug", 1, 1)])) == 1


def errors(trainee: LiftingTrainee) -> LiftingErrors:
    """Errors on twenty pictures of each category."""
    pool, rng = trainee.pool, np.random.default_rng(9)
    pictured = look(pool, random_rows(pool, 40, rng), rng)
    trainee.module.eval()
    with torch.no_grad():
        lifted, _, _ = trainee.lift(pictured)
    return lifting_errors(
        lifted.shape.double().numpy(),
        lifted.rotation.double().numpy(),
        pool.landmarks[pictured.rows].astype(float),
        pictured.rotations.astype(float),
        pool.known[pictured.rows],
    )


def test_it_learns_from_pictures_alone_and_is_settled(pool: LiftingPool, tmp_path: Path) -> None:
    trainee = LiftingTrainee(pool, ALONE)

    def total() -> float:
        with torch.no_grad():
            return float(trainee.losses(0, np.random.default_rng(5))["reprojection"])

    before, untrained = total(), errors(trainee)
    train(trainee, LoopSettings(steps=100, learning_rate=5e-3), tmp_path)
    assert total() < 0.75 * before
    settle(trainee, np.random.default_rng(0))
    assert errors(trainee).shape.mean() < untrained.shape.mean()
    assert trainee.preview(np.random.default_rng(0)).dtype == np.uint8

    path = tmp_path / "m.safetensors"
    save(path, trainee, "", {"recipe": {}})
    again = NETWORK.load(Model("m", KIND, "", "m", path))
    assert again.metadata["categories"] == ["car", "chair"]
    assert torch.equal(again.net.gauge, trainee.module.gauge)


def test_supervised_it_learns_the_pose_too(pool: LiftingPool, tmp_path: Path) -> None:
    trainee = LiftingTrainee(pool, SMALL)
    train(trainee, LoopSettings(steps=100, learning_rate=5e-3), tmp_path)
    settle(trainee, np.random.default_rng(0))
    learned = errors(trainee)
    assert np.median(learned.rotation) < 30.0
    assert learned.position.mean() < 0.15
    assert learned.position.mean() < learned.mirrored.mean()
    # The axes of shapes were those of the landmarks all along.
    turn = trainee.module.gauge[0] / torch.linalg.det(trainee.module.gauge[0]) ** (1 / 3)
    assert torch.allclose(turn, torch.eye(3), atol=0.2)


def test_settling_gives_shapes_their_size_and_place(pool: LiftingPool) -> None:
    trainee = LiftingTrainee(pool, replace(SMALL, basis=0))
    settle(trainee, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    pictured = look(pool, np.flatnonzero(pool.category == 1), rng)
    with torch.no_grad():
        shapes = trainee.lift(pictured)[0].shape.numpy()
    known = pool.known[pictured.rows]
    truth = pool.landmarks[pictured.rows]
    np.testing.assert_allclose(shapes[known].mean(axis=0), truth[known].mean(axis=0), atol=0.02)
    before = trainee.module.gauge.clone()
    settle(trainee, np.random.default_rng(0))
    assert torch.equal(trainee.module.gauge, before)
    # A random mean explains little of the truth, so least squares makes it smaller, never larger.
    assert 0.0 < shapes[known].std() < truth[known].std()


def test_a_seed_decides_everything(pool: LiftingPool) -> None:
    def total() -> float:
        terms = LiftingTrainee(pool, SMALL).losses(0, np.random.default_rng(3))
        return sum(term.item() for term in terms.values())

    assert total() == total()
