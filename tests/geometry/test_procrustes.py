import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.base.errors import InputError
from kpstudio.geometry.procrustes import align

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.floats(0.01, 100))
def test_finds_a_similarity_again(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    points, shift = rng.normal(size=(12, 3)), rng.normal(size=3) * 5
    rotation = Rotation.random(rng=rng).as_matrix()
    found = align(points, scale * points @ rotation.T + shift)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-9)
    assert found.scale == pytest.approx(scale)
    np.testing.assert_allclose(found.translation, shift, atol=1e-9 * max(1.0, scale))


@given(SEEDS)
def test_no_small_change_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(2, 8, 3))
    found = align(source, target)
    best = np.sum((found.apply(source) - target) ** 2)
    twist = Rotation.from_rotvec(rng.normal(size=3) * 1e-3).as_matrix()
    turned = found.scale * source @ (twist @ found.rotation).T
    turned += target.mean(axis=0) - turned.mean(axis=0)
    assert np.sum((turned - target) ** 2) >= best - 1e-12
    grown = found.apply(source) - found.translation
    grown = grown * (1 + rng.normal() * 1e-3) + found.translation
    assert np.sum((grown - target) ** 2) >= best - 1e-12


def test_never_a_reflection() -> None:
    points = np.random.default_rng(0).normal(size=(10, 3))
    found = align(points, points * [-1, 1, 1])
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


def test_rigid_when_asked() -> None:
    points = np.random.default_rng(0).normal(size=(10, 3))
    found = align(points, 3 * points + 1, scale=False)
    assert found.scale == 1.0
    np.testing.assert_allclose(found.rotation, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(
        found.apply(points).mean(axis=0), (3 * points + 1).mean(axis=0), atol=1e-12
    )


@given(SEEDS)
def test_weights_count_as_repeated_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(2, 8, 3))
    times = rng.integers(0, 4, 8)
    times[:4] += 1
    weighted = align(source, target, weights=0.5 * times)
    repeated = align(np.repeat(source, times, axis=0), np.repeat(target, times, axis=0))
    np.testing.assert_allclose(weighted.rotation, repeated.rotation, atol=1e-7)
    assert weighted.scale == pytest.approx(repeated.scale)
    np.testing.assert_allclose(weighted.translation, repeated.translation, atol=1e-7)


@pytest.mark.parametrize("count", [0, 4])
def test_refuses_what_has_no_answer(count: int) -> None:
    with pytest.raises(InputError):
        align(np.zeros((count, 3)), np.zeros((count, 3)))
    with pytest.raises(InputError, match="cannot align"):
        align(np.eye(3), np.zeros((count, 3)))
