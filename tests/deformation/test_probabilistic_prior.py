from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.deformation import prior as priors
from kpstudio.deformation.probabilistic_prior import _iterated, fit_probabilistic


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def drawn(rng, shapes=80, keypoints=6, modes=2, noise=0.02):
    """Shapes of a known model, and the model's mean and loadings."""
    mean = rng.normal(size=(keypoints, 3))
    loadings = rng.normal(size=(modes, keypoints, 3)) * np.array([0.5, 0.2])[:modes, None, None]
    z = rng.normal(size=(shapes, modes))
    clean = mean + np.tensordot(z, loadings, axes=1)
    return clean + noise * rng.normal(size=clean.shape), mean, loadings


def covariance(fitted) -> np.ndarray:
    w = fitted.loadings.reshape(len(fitted.loadings), -1)
    return w.T @ w + fitted.noise**2 * np.eye(w.shape[1])


def test_rounds_end_at_the_known_solution_when_nothing_is_missing(rng) -> None:
    x, _, _ = drawn(rng)
    known = fit_probabilistic(x, 2)
    flat = x.reshape(len(x), -1)
    found = _iterated(flat, np.ones(flat.shape, bool), 2)
    assert found.noise == pytest.approx(known.noise, rel=1e-4)
    assert np.allclose(covariance(found), covariance(known), atol=1e-4)
    assert found.likelihoods[-1] == pytest.approx(known.likelihoods[0], rel=1e-7)


def test_the_likelihood_is_that_of_the_normal_distribution(rng) -> None:
    x, _, _ = drawn(rng, shapes=30)
    fitted = fit_probabilistic(x, 2)
    away, c = (x - fitted.mean).reshape(30, -1), covariance(fitted)
    squares = np.einsum("sd,de,se->", away, np.linalg.inv(c), away)
    direct = -0.5 * (30 * np.linalg.slogdet(2.0 * np.pi * c)[1] + squares)
    assert fitted.likelihoods[0] == pytest.approx(direct, rel=1e-9)


def test_all_modes_give_back_the_covariance(rng) -> None:
    x, _, _ = drawn(rng)
    fitted = fit_probabilistic(x, 17)
    flat = x.reshape(len(x), -1)
    assert np.allclose(covariance(fitted), np.cov(flat.T, bias=True), atol=1e-9)


def test_without_noise_modes_are_those_of_principal_components(rng) -> None:
    x, _, _ = drawn(rng, noise=0.0)
    fitted, plain = fit_probabilistic(x, 2), priors.fit_prior(x, 2)
    alike = np.einsum("akd,bkd->ab", fitted.prior.modes, plain.modes)
    assert np.allclose(np.abs(alike), np.eye(2), atol=1e-6)
    # Divided by s - 1 there, by s here.
    assert np.allclose(fitted.variances, plain.variances * 79 / 80, rtol=1e-5)
    assert fitted.explained.sum() == pytest.approx(1.0, abs=1e-5)
    deviations = priors.coefficients(fitted.prior, x[3]) / np.sqrt(fitted.variances)
    assert np.allclose(fitted.coefficients(x[3:4])[0], deviations, atol=1e-4)
    assert np.allclose(fitted.shapes(fitted.coefficients(x)), x, atol=1e-4)


def test_likelihood_never_falls_and_missing_keypoints_are_told(rng) -> None:
    x, _, _ = drawn(rng, shapes=120, noise=0.01)
    seen = rng.random(x.shape[:2]) > 0.25
    fitted = fit_probabilistic(np.where(seen[:, :, None], x, 1e6), 2, seen)
    gains = np.diff(fitted.likelihoods)
    assert gains.min() > -1e-6 * abs(fitted.likelihoods[-1])
    assert fitted.noise == pytest.approx(0.01, rel=0.15)
    told = fitted.completed(np.where(seen[:, :, None], x, np.nan), seen)
    assert (told[seen] == x[seen]).all()
    error = np.linalg.norm(told - x, axis=2)[~seen]
    guess = np.linalg.norm(fitted.mean - x, axis=2)[~seen]
    assert np.sqrt(np.mean(error**2)) < 0.1 * np.sqrt(np.mean(guess**2))


def test_the_true_model_is_found_from_many_shapes(rng) -> None:
    x, mean, loadings = drawn(rng, shapes=800, noise=0.05)
    seen = rng.random(x.shape[:2]) > 0.2
    fitted = fit_probabilistic(x, 2, seen)
    assert np.allclose(fitted.mean, mean, atol=0.05)
    assert fitted.noise == pytest.approx(0.05, rel=0.03)
    w = loadings.reshape(2, -1)
    assert np.allclose(covariance(fitted), w.T @ w + 0.05**2 * np.eye(18), atol=0.12)


def test_a_shape_without_keypoints_is_taken_for_the_mean(rng) -> None:
    x, _, _ = drawn(rng)
    fitted = fit_probabilistic(x, 2)
    nothing = np.zeros((1, 6), bool)
    assert np.allclose(fitted.coefficients(x[:1], nothing), 0.0)
    assert np.allclose(fitted.completed(x[:1], nothing)[0], fitted.mean)


def test_what_tells_nothing_is_refused(rng) -> None:
    x, _, _ = drawn(rng, shapes=5)
    with pytest.raises(ParameterError, match="Choose 1 to 4"):
        fit_probabilistic(x, 5)
    with pytest.raises(InputError, match="two shapes"):
        fit_probabilistic(x[:1], 1)
    seen = np.ones((5, 6), bool)
    seen[:, 2] = False
    with pytest.raises(InputError, match="every keypoint"):
        fit_probabilistic(x, 1, seen)
    with pytest.raises(InputError, match="NaN"):
        fit_probabilistic(np.full((5, 6, 3), np.nan), 1)
    with pytest.raises(InputError, match="s,k,3"):
        fit_probabilistic(x[0], 1)
