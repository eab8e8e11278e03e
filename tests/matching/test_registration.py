from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.matching.registration import Scan, register, register_scans, thinned
from tests.matching.scans import angle, partial_scans


@pytest.mark.parametrize(("seed", "scale"), [(0, 1.0), (1, 1.0), (2, 0.2)])
def test_from_keypoints_most_of_which_are_wrong(seed: int, scale: float) -> None:
    source, target, motion = partial_scans(seed, noise=0.002 / scale, scale=scale)
    rng = np.random.default_rng(seed)
    here = source.points[rng.choice(len(source.points), 20, replace=False)]
    there = motion.apply(here) + 0.01 * rng.normal(size=here.shape)
    there[8:] = there[8:][rng.permutation(12)] + 0.1
    matches = Correspondence(np.stack([np.arange(20)] * 2, axis=1))
    found = register(source, target, here, there, matches, 0.06, scale=scale != 1.0, seed=seed)
    assert angle(found.transform.rotation, motion.rotation) < (0.5 if scale == 1.0 else 2.0)
    assert np.linalg.norm(found.transform.translation - motion.translation) < 0.03
    assert found.inliers[:8].all()
    assert found.fitness == found.inliers.mean() < 0.7
    seen = (motion.apply(source.points)[:, 0] > -0.35).mean()
    assert found.overlap == pytest.approx(seen, abs=0.08)
    assert found.rmse < 0.05


@pytest.mark.parametrize("seed", range(2))
def test_from_nothing(seed: int) -> None:
    source, target, motion = partial_scans(seed)
    found = register_scans(source, target, seed=seed)
    assert angle(found.transform.rotation, motion.rotation) < 0.05
    np.testing.assert_allclose(found.transform.translation, motion.translation, atol=1e-3)
    assert found.transform.scale == 1.0


def test_same_seed_same_answer() -> None:
    source, target, _ = partial_scans()
    one, other = (register_scans(source, target, seed=3).transform for _ in range(2))
    assert (one.rotation == other.rotation).all()
    assert (one.translation == other.translation).all()


def test_refuses_matches_of_other_keypoints() -> None:
    source, target, _ = partial_scans()
    with pytest.raises(InputError, match="sets of 3 and 3"):
        register(source, target, np.eye(3), np.eye(3), Correspondence([[0, 3]]), 0.1)


def test_can_be_cancelled() -> None:
    source, target, _ = partial_scans()
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        register_scans(source, target, ctx=ctx)


def test_thinned_points_are_means_of_cubes() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((2000, 3))
    up = np.tile([0.0, 0.0, 1.0], (2000, 1))
    thin = thinned(Scan(points, up), 0.25)
    assert 64 <= len(thin.points) <= 5**3
    np.testing.assert_allclose(thin.normals, np.tile([0.0, 0.0, 1.0], (len(thin.points), 1)))
    assert len(thinned(Scan(points, up), 1e-6).points) == 2000
    assert thinned(Scan(points, up), 10.0).points == pytest.approx(points.mean(axis=0)[None])
