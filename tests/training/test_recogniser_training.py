"""Training the recogniser for real, if only for some steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.geometry.orientation import ORIENTATIONS
from kpstudio.geometry.sampling import sample_surface
from kpstudio.training.log import read_log
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.recogniser import (
    RecogniserPool,
    RecogniserRecipe,
    RecogniserTrainee,
    blob,
    build_recogniser_pool,
    load_foreign,
    looks_the_same,
    normalised,
)
from kpstudio.training.shapes import procedural
from tests import shapes

CATEGORIES = ("chair", "car")


@pytest.fixture(scope="module")
def pool() -> RecogniserPool:
    examples = [shape for name in (*CATEGORIES, "table") for shape in procedural(name, 4, 2)]
    return build_recogniser_pool(examples, CATEGORIES)


def test_poses_in_which_a_shape_looks_the_same() -> None:
    def poses(size: tuple[float, float, float]) -> int:
        mesh = shapes.box(size)
        return int(looks_the_same(sample_surface(mesh.vertices, mesh.faces, 2048).points).sum())

    # Turns that map the box onto itself: all 24, those of a square prism, half turns.
    assert [poses(size) for size in ((1, 1, 1), (1, 2, 1), (1, 2, 3))] == [24, 8, 4]


def test_labels_of_turned_shapes(pool: RecogniserPool) -> None:
    assert pool.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert pool.same[:, 0].all()
    # No chair looks like itself when it lies on its side.
    lying = [index for index, pose in enumerate(ORIENTATIONS) if pose.up[1] != "y"]
    assert not pool.same[:4, lying].any()


def test_batches_hold_all_labels_and_are_normalised(pool: RecogniserPool) -> None:
    trainee = RecogniserTrainee(pool, RecogniserRecipe(batch=64, points=64, jitter=0.0))
    clouds, labels = trainee.batch(np.random.default_rng(0))
    assert set(labels) == {0, 1, 2}
    assert np.allclose(np.ptp(clouds, axis=1).max(axis=1), 1.0, atol=1e-5)


def test_it_learns(pool: RecogniserPool, tmp_path: Path) -> None:
    trainee = RecogniserTrainee(pool, RecogniserRecipe(batch=16, points=96))
    train(trainee, LoopSettings(steps=60, log_every=1), tmp_path)
    losses = [line["cross_entropy"] for line in read_log(tmp_path)]
    assert np.mean(losses[-10:]) < 0.75 * np.mean(losses[:10])


def test_a_category_without_shapes_is_refused() -> None:
    with pytest.raises(InputError, match="no shapes of teapot"):
        build_recogniser_pool(procedural("chair", 1, 0), ("chair", "teapot"))


def test_blobs_are_points_in_space() -> None:
    clouds = normalised(np.stack([blob(200, np.random.default_rng(seed)) for seed in range(8)]))
    assert clouds.shape == (8, 200, 3)
    assert np.isfinite(clouds).all()


def test_foreign_shapes_are_those_of_unknown_packs(tmp_path: Path) -> None:
    box = shapes.box()
    np.savez(tmp_path / "teapots.npz", V_pot=box.vertices, F_pot=box.faces)
    np.savez(tmp_path / "cc0_airplane.npz", V_plane=box.vertices, F_plane=box.faces)
    (found,) = load_foreign(tmp_path)
    assert (found.name, found.category, found.kind) == ("pot", "", "real")
