"""Differences of Gaussians of a volume, and their extrema."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry.volume_scale_space import Extrema, extrema, octaves

CENTRE = np.array([24.3, 24.0, 23.6])
NODES = np.stack(np.meshgrid(*3 * [np.arange(49.0)], indexing="ij"), axis=-1)


def blob(sigma: float | tuple[float, float, float]) -> np.ndarray:
    """A Gaussian of height 1 off the nodes."""
    return np.exp(-0.5 * np.square((NODES - CENTRE) / sigma).sum(axis=-1))


def strongest(volume: np.ndarray, **options: bool) -> tuple[Extrema, int]:
    found = [extrema(octave, **options) for octave in octaves(volume, 2, 4)]
    best = max(found, key=lambda part: np.abs(part.contrast).max(initial=0.0))
    return best, int(np.abs(best.contrast).argmax())


@pytest.mark.parametrize("sigma", [2.8, 3.5, 5.0])
@pytest.mark.parametrize("drifting", [True, False])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_blob_is_found_between_voxels_and_between_scales(
    sigma: float, drifting: bool, sign: float
) -> None:
    found, at = strongest(sign * blob(sigma), drifting=drifting)
    np.testing.assert_allclose(found.places[at], CENTRE, atol=0.05)
    # The difference of a Gaussian's Gaussians k apart is strongest where s^2 = 2/3 sigma^2 between
    # them: d/ds of (sigma^2 / (sigma^2 + s^2))^1.5 times s, at the middle of s and k s.
    k = 2.0**0.25
    s = np.linspace(0.5, 10.0, 4000)
    drop = (1 + (s / sigma) ** 2) ** -1.5 - (1 + (k * s / sigma) ** 2) ** -1.5
    assert found.sigmas[at] == pytest.approx(s[drop.argmax()], rel=0.06)
    assert np.sign(found.contrast[at]) == -sign
    assert np.abs(found.contrast[at]) == pytest.approx(drop.max(), rel=0.03)
    np.testing.assert_allclose(found.slopes[at], 0.0, atol=0.01)
    np.testing.assert_allclose(found.curvatures[at, 0], found.curvatures[at, 2], rtol=0.1)


def test_a_long_blob_has_unequal_curvatures() -> None:
    found, at = strongest(blob((2.0, 2.0, 8.0)))
    assert found.curvatures[at, 2] > 5.0 * found.curvatures[at, 0]


def test_nothing_in_nothing() -> None:
    assert all(len(extrema(octave).contrast) == 0 for octave in octaves(np.zeros((17,) * 3), 2, 3))


def test_octaves_have_half_the_voxels_around_the_same_centre() -> None:
    first, second = octaves(blob(6.0), 2, 3)
    assert first.differences.shape == (5, 49, 49, 49)
    assert second.differences.shape == (5, 25, 25, 25)
    assert first.sigmas[3] == pytest.approx(second.sigmas[0])
    np.testing.assert_allclose(second.blurred[0], first.blurred[3][::2, ::2, ::2], atol=1e-12)


def test_a_sheet_answers_alike_at_all_scales() -> None:
    sheet = np.zeros((65, 17, 17))
    sheet[32] = 1.0
    parts = octaves(sheet, 1, 3, is_solid=False)
    middle = np.abs(parts[0].differences[:, 32, 8, 8])
    k = parts[0].ratio
    # The mean over a plane's Gaussian is lower near the end of the volume: only the small scales.
    np.testing.assert_allclose(middle[:2], (1 - 1 / k) / np.sqrt(2 * np.pi), rtol=0.05)


def test_reflections_give_the_same_extrema() -> None:
    rng = np.random.default_rng(0)
    volume = np.zeros((33, 25, 17))
    volume[8:25, 8:17, 6:11] = rng.random((17, 9, 5))
    for axis in range(3):
        straight = extrema(octaves(volume, 1, 3)[0])
        turned = extrema(octaves(np.flip(volume, axis), 1, 3)[0])
        back = turned.places.copy()
        back[:, axis] = volume.shape[axis] - 1 - back[:, axis]
        assert len(back) == len(straight.places) > 3
        np.testing.assert_allclose(
            back[np.lexsort(np.round(back, 6).T)],
            straight.places[np.lexsort(np.round(straight.places, 6).T)],
            atol=1e-6,
        )
