"""Where surfaces of a category typically are: places for keypoints to set out from.

Two pictures of a car from opposite sides look much alike. A network that has to tell them apart
by itself first puts every keypoint in the middle, where it is right for both, and takes long to
leave it. Told for a while where to look on a typical shape, it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import Float32Array, FloatArray
from kpstudio.training.view_pool import ViewPool

#: Points of a surface, and cells along a side of the box that shapes share.
_POINTS, _CELLS = 4000, 20
#: Share of the shapes that have a surface at a typical place.
_COMMON = 0.25
#: Places nearer to the mirror plane are on it, half sides of the box.
_ON_PLANE = 0.15
_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class TypicalPlaces:
    """k places in the box of any shape of a category, and the boxes of s shapes.

    Parameters
    ----------
    places
        (k,3), -1..1 along each side of a shape's box.
    halves
        (s,3) half sides of the boxes, longest sides of the shapes.
    """

    places: FloatArray
    halves: FloatArray

    def of(self, rows: NDArray[np.intp]) -> Float32Array:
        """Return (b,k,3) the places on the shapes `rows` (b,), normalised frame.

        They come in mirrored pairs: on the mirrored shape they are the same.
        """
        return (self.places * self.halves[rows][:, None]).astype(np.float32)


def typical_places(pool: ViewPool, count: int) -> TypicalPlaces:
    """Return places far from each other where many shapes have a surface, mirrored in pairs.

    Parameters
    ----------
    pool
        Shapes of one category in canonical axes; the mirror plane is x = 0.
    count
        k.
    """
    rng = np.random.default_rng(0)
    surfaces = [surface_points(pool, row, _POINTS, rng) for row in range(len(pool))]
    halves = np.stack([np.abs(points).max(axis=0) for points in surfaces])
    common = _common([points / half for points, half in zip(surfaces, halves, strict=True)])
    return TypicalPlaces(_far_apart(common, halves.mean(axis=0), count), halves)


def surface_points(pool: ViewPool, row: int, count: int, rng: np.random.Generator) -> FloatArray:
    """Return (count,3) points of a shape's surface that its views show, normalised frame."""
    view, line, column = np.nonzero(np.isfinite(pool.depth[row]))
    some = rng.integers(0, len(view), count)
    view, line, column = view[some], line[some], column[some]
    pixels = np.stack([column, line], axis=1) + 0.5 - np.array(pool.size) / 2.0
    depth = pool.depth[row][view, line, column].astype(float)
    flat = pixels / pool.focals[row][view, None] * depth[:, None]
    seen = np.concatenate([flat, depth[:, None]], axis=1)
    points: FloatArray = np.einsum(
        "ni,nij->nj", seen - pool.translations[row][view], pool.rotations[row][view]
    )
    return points


def _common(surfaces: list[FloatArray]) -> FloatArray:
    """Return (n,3) centres of the cells of the box -1..1 where most shapes have a surface."""
    share = np.zeros((_CELLS,) * 3)
    for points in surfaces:
        both = np.concatenate([points, points * _MIRROR])
        cell = np.clip(((both + 1.0) / 2.0 * _CELLS).astype(int), 0, _CELLS - 1)
        filled = np.zeros(share.shape, bool)
        filled[tuple(cell.T)] = True
        share += filled
    least = min(_COMMON * len(surfaces), share.max())
    return (np.argwhere(share >= least) + 0.5) / _CELLS * 2.0 - 1.0


def _far_apart(places: FloatArray, half: FloatArray, count: int) -> FloatArray:
    """Return (count,3) of the places: each the farthest from those before, then its mirror image.

    Parameters
    ----------
    places
        (n,3) in the box -1..1.
    half
        (3,) half sides of a typical box, which distances are measured in.
    """
    flat = places * np.where(np.abs(places[:, :1]) < _ON_PLANE, [0.0, 1.0, 1.0], 1.0)
    chosen: list[FloatArray] = []
    away = np.linalg.norm(flat * half, axis=1)
    while len(chosen) < count:
        # Only one place is left: one on the mirror plane, if there is any.
        fits = flat[:, 0] == 0.0 if len(chosen) == count - 1 else np.ones(len(flat), bool)
        scores = np.where(fits, away, -1.0) if fits.any() else away
        best = flat[int(scores.argmax())]
        for place in (best, best * _MIRROR) if best[0] else (best,):
            chosen.append(place)
            away = np.minimum(away, np.linalg.norm((flat - place) * half, axis=1))
    return np.array(chosen[:count])
