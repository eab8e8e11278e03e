import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation

SEEDS = st.integers(0, 2**32 - 1)
ANY_ORIENTATION = st.sampled_from(ORIENTATIONS)


@given(SEEDS, ANY_ORIENTATION, st.floats(1e-6, 1e6))
def test_box_is_centred_and_its_longest_side_is_1(
    seed: int, orientation: Orientation, size: float
) -> None:
    rng = np.random.default_rng(seed)
    points = size * (rng.normal(size=(20, 3)) + 10 * rng.normal(size=3))
    unit = Normalisation.fit(points, orientation).apply(points)
    low, high = unit.min(axis=0), unit.max(axis=0)
    np.testing.assert_allclose(low, -high, atol=1e-12)
    assert (high - low).max() == pytest.approx(1.0)


@given(SEEDS, ANY_ORIENTATION)
def test_there_and_back(seed: int, orientation: Orientation) -> None:
    rng = np.random.default_rng(seed)
    points, others = rng.normal(size=(2, 15, 3)) * 7 + 3
    frame = Normalisation.fit(points, orientation)
    np.testing.assert_allclose(frame.invert(frame.apply(others)), others, atol=1e-12)
    np.testing.assert_allclose(
        frame.invert_vectors(frame.apply_vectors(others)), others, atol=1e-12
    )


@given(SEEDS, ANY_ORIENTATION)
def test_vectors_are_differences_of_points(seed: int, orientation: Orientation) -> None:
    rng = np.random.default_rng(seed)
    start, stop = rng.normal(size=(2, 10, 3)) * 4
    frame = Normalisation.fit(start, orientation)
    np.testing.assert_allclose(
        frame.apply_vectors(stop - start), frame.apply(stop) - frame.apply(start), atol=1e-12
    )


@given(SEEDS, ANY_ORIENTATION, st.floats(1e-3, 1e3))
def test_moved_scaled_and_turned_files_give_the_same_shape(
    seed: int, orientation: Orientation, size: float
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(15, 3))
    turned = size * points @ orientation.rotation + rng.normal(size=3)
    np.testing.assert_allclose(
        Normalisation.fit(turned, orientation).apply(turned),
        Normalisation.fit(points).apply(points),
        atol=1e-10,
    )


@pytest.mark.parametrize("points", [np.empty((0, 3)), np.ones((5, 3))])
def test_refuses_shapes_without_extent(points: np.ndarray) -> None:
    with pytest.raises(InputError):
        Normalisation.fit(points)
