"""Pictures made square and small, as networks see them, and the way back to their pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.base.errors import InputError

#: A picture of so many times the wanted size is first made smaller by whole blocks of pixels.
_BLOCKS = 4


@dataclass(frozen=True)
class Square:
    """Where a square picture lies in the one it was made of: photo = scale * square + (x, y).

    Parameters
    ----------
    scale
        Pixels of the photo along one of the square's.
    left, top
        The square's upper left corner, pixels of the photo; negative where it was padded.
    """

    scale: float
    left: float
    top: float

    def to_photo(self, pixels: FloatArray) -> FloatArray:
        """Return where pixels (...,2) of the square are in the photo."""
        found: FloatArray = np.asarray(pixels, float) * self.scale + (self.left, self.top)
        return found

    def from_photo(self, pixels: FloatArray) -> FloatArray:
        """Return where pixels (...,2) of the photo are in the square."""
        found: FloatArray = (np.asarray(pixels, float) - (self.left, self.top)) / self.scale
        return found


def fit_square(picture: ByteArray, size: int, *, crop: bool = False) -> tuple[ByteArray, Square]:
    """Return a square picture of another, never stretched, and where it lies in that one.

    Parameters
    ----------
    picture
        (h,w,3) uint8.
    size
        Pixels along a side of the result.
    crop
        Cut the longer side off instead of padding the shorter one. What is padded has the
        median colour of the picture's border: an edge there would be one for the network, too.

    Returns
    -------
    (size,size,3) uint8, and its place.

    Raises
    ------
    InputError
        There are no pixels.
    """
    height, width = picture.shape[:2]
    if min(height, width, size) < 1:
        raise InputError(f"no square of {size} pixels can be made of {width} x {height}")
    place = place_square((width, height), size, crop=crop)
    side, left, top = round(place.scale * size), int(place.left), int(place.top)
    if crop:
        square = picture[top : top + side, left : left + side]
    else:
        square = np.empty((side, side, 3), np.uint8)
        square[:] = _border_colour(picture)
        square[-top : height - top, -left : width - left] = picture
    return resample(square, size), place


def place_square(whole: tuple[int, int], size: int, *, crop: bool = False) -> Square:
    """Return where `fit_square` puts the square in a picture of a width and height."""
    side = min(whole) if crop else max(whole)
    left, top = ((length - side) // 2 for length in whole)
    return Square(side / size, float(left), float(top))


def _border_colour(picture: ByteArray) -> FloatArray:
    border = [picture[0], picture[-1], picture[:, 0], picture[:, -1]]
    return np.median(np.concatenate(border), axis=0)


def resample(square: ByteArray, size: int) -> ByteArray:
    """Return a square picture (n,n,3) with `size` pixels a side: a triangle as wide as needed.

    Pixel i of m takes the mean of those around x = (i + 1/2) n / m with weights
    max(0, 1 - |j + 1/2 - x| / max(n / m, 1)): linear where pixels are made, and without aliases
    where they are lost.
    """
    if len(square) == size:
        return square
    block = max(len(square) // (_BLOCKS * size), 1)
    smaller = _by_blocks(square, block)
    # The last block may reach over the edge: positions count in pixels of the original.
    step = len(square) / size / block
    x = (np.arange(size) + 0.5) * step
    centres = np.arange(len(smaller)) + 0.5
    weights = np.maximum(1.0 - np.abs(centres - x[:, None]) / max(step, 1.0), 0.0)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    rows = np.tensordot(weights, smaller, axes=1)
    both = np.tensordot(weights, rows, axes=(1, 1)).transpose(1, 0, 2)
    return np.clip(np.rint(both), 0, 255).astype(np.uint8)


def _by_blocks(square: ByteArray, block: int) -> Float32Array:
    """Return the means (ceil(n/b),ceil(n/b),3) of blocks of pixels."""
    if block == 1:
        return square.astype(np.float32)
    starts = np.arange(0, len(square), block)
    sums = np.add.reduceat(np.add.reduceat(square, starts, axis=0, dtype=np.uint32), starts, axis=1)
    counts = np.diff(np.append(starts, len(square)))
    means: Float32Array = (sums / np.multiply.outer(counts, counts)[:, :, None]).astype(np.float32)
    return means
