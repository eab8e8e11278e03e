from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.prior import ShapePrior
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.pose_fit import PoseFit, fit_pose
from kpstudio.geometry.relative_rotation import angle_between
from kpstudio.geometry.rotations import from_vectors, random_rotations

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True, eq=False)
class Seen:
    """A shape of a basis, and where a camera sees its keypoints."""

    basis: ShapePrior
    camera: Camera
    coefficients: FloatArray
    points: FloatArray
    pixels: FloatArray

    def fit(self, model: str, **options: object) -> PoseFit:
        confidence = np.ones(len(self.pixels))
        return fit_pose(self.pixels, confidence, self.basis, self.camera, model, **options)  # type: ignore[arg-type]

    def turn(self, fit: PoseFit) -> float:
        return float(angle_between(fit.rotation, self.camera.rotation))


def seen(
    seed: int, distance: float = 2.5, noise: float = 0.0, flat: bool = False, k: int = 12
) -> Seen:
    rng = np.random.default_rng(seed)
    mean = rng.uniform(-0.5, 0.5, (k, 3))
    if flat:
        mean[:, 1] = 0.0
    modes = np.linalg.qr(rng.normal(size=(3 * k, 3)))[0].T.reshape(3, k, 3)
    basis = ShapePrior(mean, modes, np.full(3, 0.15**2))
    eye = rng.normal(size=3)
    eye *= distance / np.linalg.norm(eye)
    camera = Camera.look_at(eye, np.zeros(3), rng.normal(size=3), 37.0, (128, 128))
    coefficients = 0.15 * rng.normal(size=3)
    points = mean + np.tensordot(coefficients, modes, axes=1)
    pixels = camera.project(points)[0] + noise * rng.normal(size=(k, 2))
    return Seen(basis, camera, coefficients, points, pixels)


def orthographic(case: Seen, scale: float) -> FloatArray:
    return scale * (case.points @ case.camera.rotation.T)[:, :2] + (20.0, -10.0)


@settings(max_examples=25)
@given(SEEDS, st.booleans())
def test_full_perspective_is_exact_without_noise(seed: int, flat: bool) -> None:
    case = seen(seed, flat=flat)
    fit = case.fit("full", ridge=0.0)
    assert case.turn(fit) < 1e-8
    np.testing.assert_allclose(fit.translation, case.camera.translation, atol=1e-8)
    np.testing.assert_allclose(fit.coefficients, case.coefficients, atol=1e-8)
    np.testing.assert_allclose(fit.points, case.camera.to_camera(case.points), atol=1e-8)
    np.testing.assert_allclose(fit.projected, case.pixels, atol=1e-8)
    assert fit.residuals.max() < 1e-8
    assert fit.cost < 1e-16


@settings(max_examples=25)
@given(SEEDS, st.floats(1e-3, 1e3))
def test_weak_perspective_is_exact_on_its_own_pictures(seed: int, scale: float) -> None:
    case = seen(seed)
    pixels = orthographic(case, scale)
    fit = fit_pose(pixels, np.ones(12), case.basis, model="weak", noise=scale, ridge=0.0)
    assert case.turn(fit) < 1e-6
    assert fit.scale == pytest.approx(scale)
    np.testing.assert_allclose(fit.coefficients, case.coefficients, atol=1e-7)
    np.testing.assert_allclose(fit.projected, pixels, atol=1e-7 * scale)
    np.testing.assert_allclose(fit.scale * fit.points[:, :2], pixels, atol=1e-6 * scale)


@settings(max_examples=10)
@given(SEEDS)
def test_turning_the_shapes_turns_the_pose(seed: int) -> None:
    case = seen(seed, noise=1.0)
    turn = random_rotations(1, np.random.default_rng(seed))[0]
    basis = ShapePrior(case.basis.mean @ turn.T, case.basis.modes @ turn.T, case.basis.variances)
    here = case.fit("full")
    there = fit_pose(case.pixels, np.ones(12), basis, case.camera, "full")
    assert angle_between(there.rotation @ turn, here.rotation) < 1e-4
    np.testing.assert_allclose(there.points, here.points, atol=1e-5)
    np.testing.assert_allclose(there.coefficients, here.coefficients, atol=1e-5)


@pytest.mark.parametrize("model", ["weak", "full"])
def test_no_pose_nearby_is_better(model: str) -> None:
    """The points and the cost it tells belong together, and it is at the bottom."""
    case, rng = seen(2, noise=2.0), np.random.default_rng(0)
    fit = case.fit(model, noise=2.0)

    def cost(rotation: FloatArray, translation: FloatArray, coefficients: FloatArray) -> float:
        shape = case.basis.mean + np.tensordot(coefficients, case.basis.modes, axes=1)
        placed = shape @ rotation.T + translation
        depth = placed[:, 2:]
        if model == "weak":
            depth = rotation[2] @ case.basis.mean.mean(axis=0) + translation[2]
        pixels = case.camera.focal * placed[:, :2] / depth + case.camera.centre
        misses = np.square((pixels - case.pixels) / 2.0).sum()
        return float(misses + np.sum(coefficients**2 / case.basis.variances)) / 2.0

    best = cost(fit.rotation, fit.translation, fit.coefficients)
    assert best == pytest.approx(fit.cost)
    middle = case.basis.mean.mean(axis=0)
    for _ in range(60):
        turned = from_vectors(rng.normal(size=3) * 1e-3) @ fit.rotation
        shift = fit.translation + fit.rotation @ middle + rng.normal(size=3) * 1e-3
        other = fit.coefficients + rng.normal(size=3) * 1e-3
        assert cost(turned, shift - turned @ middle, other) >= best


def turns(model: str, distance: float, noise: float, **options: object) -> FloatArray:
    cases = [seen(seed, distance, noise) for seed in range(30)]
    return np.array([case.turn(case.fit(model, noise=noise, **options)) for case in cases])


def test_full_perspective_is_better_on_close_views() -> None:
    weak, full = (turns(model, 1.5, 1.0) for model in ("weak", "full"))
    assert full.mean() < 0.25 * weak.mean()
    assert full.mean() < 1.5
    assert np.mean(full < weak) > 0.9


def test_far_away_the_two_agree() -> None:
    for seed in range(5):
        case = seen(seed, distance=200.0)
        weak, full = case.fit("weak", noise=0.01), case.fit("full", noise=0.01)
        assert angle_between(weak.rotation, full.rotation) < 1.0
        assert weak.scale == pytest.approx(full.scale, rel=0.01)


def test_the_reversal_in_depth_is_told_by_perspective() -> None:
    """A flat shape, tilted, seen orthographically, has two poses; perspective leaves one."""
    for seed in range(10):
        case = seen(seed, distance=2.0, noise=0.2, flat=True)
        assert case.turn(case.fit("full", noise=0.2)) < 3.0


def test_confidences_of_heatmaps() -> None:
    """Keypoints that are not seen are somewhere in the picture, with low confidence."""
    found = []
    for seed in range(20):
        case, rng = seen(seed, noise=1.0, k=16), np.random.default_rng(seed)
        lost = rng.choice(16, 5, replace=False)
        confidence = rng.uniform(0.6, 1.0, 16)
        pixels = case.pixels.copy()
        pixels[lost], confidence[lost] = rng.uniform(0, 128, (5, 2)), 1e-3
        fit = fit_pose(pixels, confidence, case.basis, case.camera)
        blind = fit_pose(pixels, np.ones(16), case.basis, case.camera)
        found.append((case.turn(fit), case.turn(blind)))
    with_confidence, without = np.mean(found, axis=0)
    assert with_confidence < 3.0
    assert without > 5.0 * with_confidence


def test_what_is_not_seen_follows_the_shape() -> None:
    case = seen(5)
    pixels = case.pixels.copy()
    pixels[[2, 7]] = np.nan
    fit = fit_pose(pixels, np.ones(12), case.basis, case.camera, ridge=0.0)
    np.testing.assert_allclose(fit.projected, case.pixels, atol=1e-6)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(fit.residuals)), [2, 7])


def test_the_ridge_holds_the_shape_at_the_mean() -> None:
    case = seen(6, noise=3.0)
    sizes = [
        np.linalg.norm(case.fit("full", noise=3.0, ridge=ridge).coefficients)
        for ridge in (0.0, 1.0, 100.0, 1e8)
    ]
    assert (np.diff(sizes) < 0).all()
    assert sizes[-1] < 1e-4


def test_a_rigid_shape() -> None:
    case = seen(7)
    rigid = ShapePrior(case.points, np.zeros((0, 12, 3)), np.zeros(0))
    fit = fit_pose(case.pixels, np.ones(12), rigid, case.camera)
    assert case.turn(fit) < 1e-8
    assert fit.coefficients.shape == (0,)


def test_refuses_what_it_cannot_fit() -> None:
    case = seen(0)
    few = np.where(np.arange(12) < 3, 1.0, 0.0)
    with pytest.raises(InputError, match="needs 4"):
        fit_pose(case.pixels, few, case.basis, case.camera)
    with pytest.raises(InputError, match="as many"):
        fit_pose(case.pixels[:5], np.ones(5), case.basis, case.camera)
    with pytest.raises(InputError, match="one place"):
        fit_pose(np.ones((12, 2)), np.ones(12), case.basis, case.camera)
    with pytest.raises(ParameterError, match="lens"):
        fit_pose(case.pixels, np.ones(12), case.basis)
    with pytest.raises(ParameterError):
        case.fit("full", noise=0.0)
