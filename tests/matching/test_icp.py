from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.geometry.procrustes import Similarity
from kpstudio.geometry.rotations import from_vectors
from kpstudio.matching.icp import settle
from tests import shapes
from tests.matching.scans import angle, partial_scans


def nudged(motion: Similarity, degrees: float, shift: float, seed: int = 0) -> Similarity:
    rng = np.random.default_rng(seed)
    axis, way = rng.normal(size=(2, 3))
    turn = from_vectors(np.radians(degrees) * axis / np.linalg.norm(axis))
    away = shift * way / np.linalg.norm(way)
    return Similarity(turn @ motion.rotation, motion.scale, turn @ motion.translation + away)


@pytest.mark.parametrize("seed", range(4))
def test_settles_at_the_truth_from_nearby(seed: int) -> None:
    source, target, motion = partial_scans(seed)
    start = nudged(motion, 6.0, 0.05, seed)
    found = settle(source.points, target.points, target.normals, start, 0.3)
    assert angle(found.transform.rotation, motion.rotation) < 1e-3
    np.testing.assert_allclose(found.transform.translation, motion.translation, atol=1e-5)
    # What the other scan did not see is left out.
    seen = motion.apply(source.points)[:, 0] > -0.33
    assert found.kept[seen].mean() > 0.95
    assert found.kept[~seen].mean() < 0.2


def test_stays_where_it_is_right() -> None:
    source, target, motion = partial_scans(1)
    found = settle(source.points, target.points, target.normals, motion, 0.3)
    assert found.steps <= 2
    np.testing.assert_allclose(found.transform.rotation, motion.rotation, atol=1e-9)


def test_a_sheet_is_laid_on_a_sheet_without_sliding() -> None:
    sheet = shapes.grid(20, 20).vertices
    up = np.tile([0.0, 1.0, 0.0], (len(sheet), 1))
    start = Similarity(np.eye(3), 1.0, np.array([0.013, 0.2, 0.007]))
    found = settle(sheet, sheet, up, start, 0.5).transform
    np.testing.assert_allclose(found.translation, [0.013, 0.0, 0.007], atol=1e-6)
    np.testing.assert_allclose(found.rotation, np.eye(3), atol=1e-6)


def test_keeps_the_scale_of_the_start() -> None:
    source, target, motion = partial_scans(2, scale=3.0)
    found = settle(
        source.points, target.points, target.normals, nudged(motion, 3.0, 0.03), 0.3
    ).transform
    assert found.scale == 3.0
    assert angle(found.rotation, motion.rotation) < 1e-3


def test_nothing_in_reach() -> None:
    source, target, motion = partial_scans()
    far = Similarity(motion.rotation, 1.0, motion.translation + 50.0)
    with pytest.raises(InputError, match="near the target"):
        settle(source.points, target.points, target.normals, far, 0.3)
