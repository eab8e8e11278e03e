"""Keypoints in pictures to learn lifting from: landmarks of shapes, seen by random cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, Float32Array
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.rotations import from_vectors
from kpstudio.rendering.rigs import ANGLE, DISTANCE, band
from kpstudio.training.pool import Labelled, landmark_places
from kpstudio.training.shapes import TrainingShape

#: Tangent of half the angle of view: where unit coordinates end, at depth 1.
TANGENT = float(np.tan(np.deg2rad(ANGLE / 2.0)))
#: Cameras to choose from, their elevations, and standard deviations of their roll (degrees), of
#: the logarithm of their distance, and of the place of the shape before them.
_CAMERAS, _ELEVATIONS, _ROLL, _FARTHER, _ASIDE = 2048, (-20.0, 70.0), 5.0, 0.1, 0.05


@dataclass(frozen=True, eq=False)
class LiftingPool(Labelled):
    """Landmarks of shapes of several categories, side by side in the slots of all.

    Parameters
    ----------
    category
        (s,) number of each shape's category.
    categories
        c names.
    counts
        How many slots each category has.
    cameras
        (m,3,3) float32 rotations of cameras, normalised frame to camera.
    """

    category: NDArray[np.intp]
    categories: tuple[str, ...]
    counts: tuple[int, ...]
    cameras: Float32Array


class Pictured(NamedTuple):
    """Keypoints of b shapes as pictures show them.

    places (b,g,2) float32 unit coordinates, visible (b,g), rows (b,) which shapes, rotations
    (b,3,3) float32 of the cameras.
    """

    places: Float32Array
    visible: BoolArray
    rows: NDArray[np.intp]
    rotations: Float32Array


def build_landmarks(
    shapes: Sequence[TrainingShape], seed: int = 0, ctx: RunContext | None = None
) -> LiftingPool:
    """Gather the landmarks of procedural shapes; those of real ones are for scoring.

    Parameters
    ----------
    shapes
        Of any categories.
    seed
        Seed of the cameras.
    ctx
        Progress.

    Raises
    ------
    InputError
        No shape has landmarks.
    """
    ctx, rng = ctx or RunContext(), np.random.default_rng(seed)
    useful = [shape for shape in shapes if shape.kind == "procedural" and shape.keypoint_names]
    if not useful:
        raise InputError("no shape has landmarks to learn from", remedy="Add procedural shapes.")
    names = {shape.category: shape.keypoint_names for shape in useful}
    categories = tuple(sorted(names))
    counts = tuple(len(names[category]) for category in categories)
    ends = np.concatenate([[0], np.cumsum(counts)])
    slots = {name: slice(*ends) for name, ends in zip(categories, pairwise(ends), strict=True)}
    landmarks = np.zeros((len(useful), ends[-1], 3), np.float32)
    known = np.zeros(landmarks.shape[:2], bool)
    for row, shape in enumerate(useful):
        ctx.progress(row / len(useful), f"Preparing {shape.name}")
        slot = slots[shape.category]
        landmarks[row, slot], known[row, slot] = landmark_places(
            shape, shape.mesh.normalisation(), len(names[shape.category])
        )
    return LiftingPool(
        names=tuple(shape.name for shape in useful),
        landmarks=landmarks,
        known=known,
        landmark_names=tuple(f"{name} {place}" for name in categories for place in names[name]),
        real=np.zeros(len(useful), bool),
        category=np.array([categories.index(shape.category) for shape in useful]),
        categories=categories,
        counts=counts,
        cameras=_cameras(rng),
    )


def _cameras(rng: np.random.Generator) -> Float32Array:
    cameras = np.stack([camera.rotation for camera in band(_CAMERAS, rng, *_ELEVATIONS)])
    rolls = np.deg2rad(rng.normal(0.0, _ROLL, _CAMERAS))
    return (from_vectors(np.outer(rolls, [0.0, 0.0, 1.0])) @ cameras).astype(np.float32)


def random_rows(pool: LiftingPool, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return rows (count,) of shapes; every category has the same chance."""
    sizes = np.bincount(pool.category)
    chance = 1.0 / (len(sizes) * sizes[pool.category])
    return rng.choice(len(pool), count, p=chance)


def look(
    pool: LiftingPool,
    rows: NDArray[np.intp],
    rng: np.random.Generator,
    noise: float = 0.0,
    hidden: float = 0.0,
) -> Pictured:
    """Return the landmarks of shapes as random cameras show them.

    Parameters
    ----------
    pool
        The shapes.
    rows
        (b,) which of them.
    rng
        Source of chance.
    noise
        Standard deviation of the places, unit coordinates.
    hidden
        Largest share of landmarks that are not visible; each picture has its own.
    """
    count = len(rows)
    rotations = pool.cameras[rng.integers(0, len(pool.cameras), count)]
    seen = pool.landmarks[rows] @ rotations.transpose(0, 2, 1)
    seen[..., :2] += rng.normal(0.0, _ASIDE, (count, 1, 2))
    seen[..., 2] += DISTANCE * np.exp(rng.normal(0.0, _FARTHER, (count, 1)))
    places = seen[..., :2] / seen[..., 2:] / TANGENT
    places = places + rng.normal(0.0, noise, places.shape)
    known = pool.known[rows]
    shown = rng.random(known.shape) >= hidden * rng.random((count, 1))
    return Pictured(places.astype(np.float32), known & shown, rows, rotations)
