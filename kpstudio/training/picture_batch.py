"""Batches of pictures: views of a pool over backgrounds, mirrored or not, brighter or darker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, ByteArray, Float32Array
from kpstudio.training.keypoint_plan import mirror_name
from kpstudio.training.view_pool import BACKGROUND, ViewPool

#: Share of the usual background among those drawn.
_USUAL_SHARE = 0.5
#: Cells along a side of a background of noise.
_CELLS = 6
#: Spread of brightness and of contrast.
_BRIGHTNESS, _CONTRAST = 15.0, 0.15
_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


@dataclass(frozen=True, eq=False)
class PictureBatch:
    """b shapes, v pictures of each.

    Parameters
    ----------
    pictures
        (b,v,h,w,3) uint8.
    mask
        (b,v,h,w) where the shape is.
    depth
        (b,v,h,w) float32 along the camera's axis, infinite where the shape is not.
    rotations, translations
        (b,v,3,3) and (b,v,3) float32, normalised frame to camera.
    landmarks, known
        (b,g,3) float32 in the normalised frame and (b,g) which of them are.
    places, visible
        (b,v,g,2) float32 landmarks in unit coordinates and (b,v,g) which of them are seen.
    rows
        (b,) the shapes' rows in the pool.
    """

    pictures: ByteArray
    mask: BoolArray
    depth: Float32Array
    rotations: Float32Array
    translations: Float32Array
    landmarks: Float32Array
    known: BoolArray
    places: Float32Array
    visible: BoolArray
    rows: NDArray[np.intp]


def draw_pictures(
    pool: ViewPool,
    rows: NDArray[np.intp],
    views: int,
    rng: np.random.Generator,
    *,
    backgrounds: bool = True,
    mirror: bool = True,
) -> PictureBatch:
    """Return different views of the shapes `rows` (b,).

    Parameters
    ----------
    pool
        What to draw from.
    rows
        (b,) indices of shapes; one may occur several times.
    views
        Pictures of each, at most as many as the pool has.
    rng
        Source of chance.
    backgrounds
        Whether backgrounds, brightness and contrast are random; else all is as detectors see it.
    mirror
        Whether half of the shapes are mirrored, which costs nothing: the mirrored picture shows
        the mirrored shape from the mirrored place.
    """
    columns = np.stack([rng.permutation(pool.views)[:views] for _ in rows])
    at = (np.asarray(rows)[:, None], columns)
    depth = pool.depth[at].astype(np.float32)
    mask = np.isfinite(depth)
    size = np.array(pool.size, np.float32)
    batch = PictureBatch(
        pictures=_over(pool.colour[at], mask, rng if backgrounds else None),
        mask=mask,
        depth=depth,
        rotations=pool.rotations[at],
        translations=pool.translations[at],
        landmarks=pool.landmarks[rows],
        known=pool.known[rows],
        places=((2.0 * pool.pixels[at] - size) / size.max()).astype(np.float32),
        visible=pool.visible[at],
        rows=rows,
    )
    flipped = np.flatnonzero(rng.uniform(size=len(rows)) < 0.5) if mirror else np.arange(0)
    return mirrored(batch, flipped, pool.landmark_names)


def mirrored(
    batch: PictureBatch, flipped: NDArray[np.intp], names: tuple[str, ...]
) -> PictureBatch:
    """Return a batch in which the shapes `flipped` are mirrored at x = 0, pictures and all.

    Landmarks change names with their partners (left, right). With F = diag(-1, 1, 1) in camera
    and shape axes alike, the mirrored point F p is seen by the rotation F R F at F (R p + t).
    """
    partner = [names.index(mirror_name(name)) if mirror_name(name) in names else index
               for index, name in enumerate(names)]  # fmt: skip
    changed = {name: np.array(values) for name, values in vars(batch).items()}
    for name in ("pictures", "mask", "depth"):
        changed[name][flipped] = changed[name][flipped][:, :, :, ::-1]
    for name in ("known", "visible", "landmarks", "places"):
        own = changed[name][flipped]
        axis = 1 if name in ("known", "landmarks") else 2
        changed[name][flipped] = own.take(partner, axis=axis)
    changed["rotations"][flipped] *= _MIRROR[:, None] * _MIRROR
    changed["translations"][flipped] *= _MIRROR
    changed["landmarks"][flipped] *= _MIRROR
    changed["places"][flipped] *= _MIRROR[:2]
    return PictureBatch(**changed)


def _over(colour: ByteArray, mask: BoolArray, rng: np.random.Generator | None) -> ByteArray:
    """Return pictures (b,v,h,w,3) over backgrounds; the usual one without chance."""
    if rng is None:
        return np.where(mask[..., None], colour, np.uint8(BACKGROUND))
    lead = colour.shape[:2]
    behind = np.stack([_background(colour.shape[2:4], rng) for _ in range(lead[0] * lead[1])])
    behind = behind.reshape(colour.shape)
    contrast = np.exp(rng.normal(0.0, _CONTRAST, (*lead, 1, 1, 1)))
    brightness = rng.normal(0.0, _BRIGHTNESS, (*lead, 1, 1, 1))
    changed = (colour - 128.0) * contrast + 128.0 + brightness
    pictures = np.where(mask[..., None], changed, behind)
    return np.clip(pictures, 0.0, 255.0).astype(np.uint8)


def _background(size: tuple[int, ...], rng: np.random.Generator) -> Float32Array:
    """Return (h,w,3) the usual background, one colour, or coarse noise about one."""
    draw = rng.uniform()
    if draw < _USUAL_SHARE:
        return np.full((*size, 3), BACKGROUND, np.float32)
    plain = np.full((*size, 3), rng.uniform(0.0, 255.0, 3), np.float32)
    if draw < (1.0 + _USUAL_SHARE) / 2.0:
        return plain
    cells = rng.normal(0.0, 50.0, (_CELLS, _CELLS, 3)).astype(np.float32)
    rows, columns = ((np.arange(side) * _CELLS) // side for side in size)
    return plain + cells[rows[:, None], columns]
