import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.prior import ShapePrior
from kpstudio.deformation import prior as priors

SEEDS = st.integers(0, 2**32 - 1)
MIRROR = np.array([-1.0, 1.0, 1.0])


def symmetric_shapes(count: int = 40, seed: int = 0) -> np.ndarray:
    """Keypoints (s,8,3), the last four the mirror images of the first, varying in few ways."""
    rng = np.random.default_rng(seed)
    mean = rng.uniform(0.1, 0.5, (4, 3))
    ways = rng.normal(size=(3, 4, 3))
    half = mean + np.tensordot(rng.normal(size=(count, 3)) * [0.08, 0.05, 0.02], ways, axes=1)
    return np.concatenate([half, half * MIRROR], axis=1)


SHAPES = symmetric_shapes()
PRIOR = priors.fit_prior(SHAPES, explained=0.999)


def test_modes_are_orthonormal_and_sorted() -> None:
    flat = PRIOR.modes.reshape(len(PRIOR.modes), -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-12)
    assert (np.diff(PRIOR.variances) <= 0).all()
    assert len(PRIOR.modes) == 3
    assert PRIOR.count == 40
    assert 0.999 <= PRIOR.explained <= 1.0


def test_variances_are_those_of_the_coefficients() -> None:
    values = np.array([priors.coefficients(PRIOR, shape) for shape in SHAPES])
    np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.cov(values.T), np.diag(PRIOR.variances), atol=1e-12)


@given(st.integers(1, 3))
def test_no_more_modes_than_asked_for(count: int) -> None:
    fitted = priors.fit_prior(SHAPES, count, explained=1.0)
    assert len(fitted.modes) == count
    np.testing.assert_allclose(np.abs(fitted.modes), np.abs(PRIOR.modes[:count]), atol=1e-9)


def test_as_many_modes_as_explain_what_is_asked() -> None:
    half = priors.fit_prior(SHAPES, explained=0.5)
    assert len(half.modes) < 3
    assert half.explained >= 0.5


def test_shapes_that_do_not_vary_still_have_a_prior() -> None:
    fitted = priors.fit_prior(np.repeat(SHAPES[:1], 5, axis=0))
    assert (fitted.variances > 0).all()
    np.testing.assert_allclose(priors.coefficients(fitted, SHAPES[0]), 0.0, atol=1e-12)
    assert np.isfinite(priors.synchronise(fitted, SHAPES[0], [0], [[0.1, 0, 0]])).all()


@pytest.mark.parametrize(
    "data", [SHAPES[:1], SHAPES[0], np.full((3, 4, 3), np.nan), np.zeros((3, 4, 2))]
)
def test_refuses_what_is_no_collection(data: np.ndarray) -> None:
    with pytest.raises(InputError):
        priors.fit_prior(data)


def test_refuses_a_prior_without_modes() -> None:
    with pytest.raises(ParameterError, match="at least one mode"):
        priors.fit_prior(SHAPES, 0)


@given(SEEDS)
def test_coefficients_there_and_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    keypoints = rng.normal(size=(8, 3))
    values = rng.normal(size=3)
    moved = priors.with_coefficients(PRIOR, keypoints, values)
    np.testing.assert_allclose(priors.coefficients(PRIOR, moved), values, atol=1e-12)
    back = priors.with_coefficients(PRIOR, moved, priors.coefficients(PRIOR, keypoints))
    # What no mode explains came along and is still there.
    np.testing.assert_allclose(back, keypoints, atol=1e-12)


@given(SEEDS, st.floats(0, 1))
def test_the_dragged_ones_land_exactly(seed: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    held = rng.choice(8, rng.integers(1, 8), replace=False)
    offsets = rng.normal(size=(len(held), 3))
    answer = priors.synchronise(PRIOR, SHAPES[3], held, offsets, strength)
    np.testing.assert_array_equal(answer[held], offsets)


@given(SEEDS)
def test_no_drag_no_change_even_from_an_odd_shape(seed: int) -> None:
    odd = np.random.default_rng(seed).normal(size=(8, 3)) * 5
    assert not priors.synchronise(PRIOR, odd, [0, 3], np.zeros((2, 3))).any()
    assert not priors.synchronise(PRIOR, odd, [], np.zeros((0, 3))).any()


@given(SEEDS, st.integers(0, 3))
def test_the_mirrored_keypoint_follows_mirrored(seed: int, held: int) -> None:
    offset = np.random.default_rng(seed).normal(size=3) * 0.02
    rest = PRIOR.mean
    answer = priors.synchronise(PRIOR, rest, [held], [offset])
    others = np.setdiff1d(np.arange(4), held)
    np.testing.assert_allclose(answer[others + 4], answer[others] * MIRROR, atol=1e-9)
    assert np.dot(answer[held + 4], offset * MIRROR) >= -1e-12


def test_a_wing_tip_that_the_modes_can_move_takes_the_other_along() -> None:
    target = np.tensordot(np.sqrt(PRIOR.variances), PRIOR.modes, axes=1)
    answer = priors.synchronise(PRIOR, PRIOR.mean, [1], target[[1]])
    np.testing.assert_allclose(answer[5], answer[1] * MIRROR, atol=0.1 * np.abs(target[1]).max())


def test_a_drag_along_a_mode_brings_the_whole_mode() -> None:
    change = 1.5 * np.sqrt(PRIOR.variances[0])
    target = change * PRIOR.modes[0]
    answer = priors.synchronise(PRIOR, PRIOR.mean, [0, 1], target[:2])
    np.testing.assert_allclose(answer, target, atol=0.05 * np.abs(target).max())


def test_strength_is_a_factor_on_those_that_follow() -> None:
    arguments = (PRIOR, SHAPES[1], [2], [[0.03, 0.01, 0.0]])
    full = priors.synchronise(*arguments)
    half = priors.synchronise(*arguments, strength=0.5)
    off = priors.synchronise(*arguments, strength=0.0)
    follow = np.arange(8) != 2
    np.testing.assert_allclose(half[follow], full[follow] / 2, atol=1e-14)
    assert not off[follow].any()
    assert np.abs(full[follow]).max() > 0.003


@given(SEEDS)
def test_nobody_is_led_beyond_three_deviations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rest = priors.sample(PRIOR, rng)
    answer = priors.synchronise(PRIOR, rest, [0], rng.normal(size=(1, 3)) * 50)
    follow = np.arange(1, 8)
    # The others move as some shape within the limit does.
    flat = PRIOR.modes[:, follow].reshape(3, -1)
    change = np.linalg.lstsq(flat.T, answer[follow].reshape(-1), rcond=None)[0]
    np.testing.assert_allclose(flat.T @ change, answer[follow].reshape(-1), atol=1e-9)
    values = priors.coefficients(PRIOR, rest) + change
    assert (np.abs(values) <= 3 * np.sqrt(PRIOR.variances) + 1e-9).all()


def test_an_odd_shape_may_stay_but_goes_no_farther() -> None:
    deviation = np.sqrt(PRIOR.variances[0])
    odd = PRIOR.mean + 5 * deviation * PRIOR.modes[0]
    outward = deviation * PRIOR.modes[0][:1]
    assert np.abs(priors.synchronise(PRIOR, odd, [0], outward)[1:]).max() < deviation / 2
    inward = priors.synchronise(PRIOR, odd, [0], -3 * outward)
    assert np.tensordot(inward[1:], PRIOR.modes[0][1:], axes=2) < 0


@given(SEEDS)
def test_samples_are_plausible_and_seeded(seed: int) -> None:
    first, again = (priors.sample(PRIOR, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    values = priors.coefficients(PRIOR, first) / np.sqrt(PRIOR.variances)
    assert (np.abs(values) <= 3 + 1e-9).all()
    residual = first - priors.with_coefficients(PRIOR, PRIOR.mean, values * PRIOR.variances**0.5)
    np.testing.assert_allclose(residual, 0.0, atol=1e-12)
    none = priors.sample(PRIOR, np.random.default_rng(seed), spread=0.0)
    np.testing.assert_array_equal(none, PRIOR.mean)


def test_samples_vary_as_the_category_does() -> None:
    rng = np.random.default_rng(0)
    values = [priors.coefficients(PRIOR, priors.sample(PRIOR, rng)) for _ in range(3000)]
    # Cutting the normal distribution off at 3 costs 2.7 % of the variance.
    np.testing.assert_allclose(np.var(values, axis=0), 0.973 * PRIOR.variances, rtol=0.1)


def test_a_prior_of_one_mode() -> None:
    mode = np.zeros((1, 2, 3))
    mode[0, :, 0] = np.sqrt(0.5), -np.sqrt(0.5)
    prior = ShapePrior(np.array([[0.5, 0, 0], [-0.5, 0, 0]]), mode, np.array([0.01]))
    answer = priors.synchronise(prior, prior.mean, [0], [[0.05, 0.3, 0.0]])
    np.testing.assert_allclose(answer, [[0.05, 0.3, 0], [-0.05, 0, 0]], atol=0.002)
