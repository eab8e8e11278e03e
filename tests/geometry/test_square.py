import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError
from kpstudio.geometry.square import fit_square, resample


def spot(width: int, height: int, x: int, y: int, radius: int = 3) -> np.ndarray:
    """A black picture with a bright disc, whose centre of gravity is at (x, y)."""
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    disc = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    return np.repeat((255 * disc).astype(np.uint8)[:, :, None], 3, axis=2)


def centre(picture: np.ndarray) -> np.ndarray:
    weights = picture[:, :, 0].astype(float)
    columns, rows = np.meshgrid(
        np.arange(picture.shape[1]) + 0.5, np.arange(picture.shape[0]) + 0.5
    )
    return np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum()


@given(
    width=st.integers(40, 200),
    height=st.integers(40, 200),
    size=st.integers(8, 90),
    crop=st.booleans(),
)
def test_a_spot_is_found_again_where_it_was(width: int, height: int, size: int, crop: bool) -> None:
    x, y = width // 2 + 3, height // 2 - 4
    square, place = fit_square(spot(width, height, x, y, 8), size, crop=crop)
    assert square.shape == (size, size, 3)
    assert np.allclose(place.to_photo(centre(square)), (x, y), atol=0.06 * place.scale + 0.02)
    assert np.allclose(place.from_photo(place.to_photo(np.eye(2))), np.eye(2))


def test_huge_photos_are_reduced_by_blocks_and_keep_their_places() -> None:
    photo = spot(1501, 997, 611, 402, 30)
    square, place = fit_square(photo, 64)
    assert np.allclose(place.to_photo(centre(square)), (611, 402), atol=1.0)
    assert square.mean() == pytest.approx(photo.mean() * 997 / 1501, rel=0.02)


def test_nothing_is_stretched_and_the_padding_looks_like_the_border() -> None:
    photo = np.full((20, 60, 3), (200, 30, 90), np.uint8)
    photo[5:15, 20:40] = 255
    square, place = fit_square(photo, 30)
    assert (place.scale, place.left, place.top) == (2.0, 0.0, -20.0)
    assert (square[:9] == (200, 30, 90)).all()
    assert (square[14:16, 11:19] == 255).all()
    cropped, place = fit_square(photo, 20, crop=True)
    assert (place.scale, place.left, place.top) == (1.0, 20.0, 0.0)
    assert np.array_equal(cropped, photo[:, 20:40])


def test_means_stay_and_the_same_size_is_the_same_picture() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (96, 96, 3), np.uint8)
    assert np.array_equal(resample(picture, 96), picture)
    assert resample(picture, 16).mean() == pytest.approx(picture.mean(), abs=2.0)
    flat = np.full((50, 50, 3), 77, np.uint8)
    for size in (1, 7, 49, 51, 120):
        assert (resample(flat, size) == 77).all()


def test_no_pixels() -> None:
    with pytest.raises(InputError, match="no square"):
        fit_square(np.empty((0, 4, 3), np.uint8), 8)
