"""Clouds to train on: surface samples with normals, drawn in random poses, pairs and crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, Float32Array
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry import rotations
from kpstudio.geometry.sampling import sample_surface
from kpstudio.training.pool import (
    Augmentation,
    Sampled,
    landmark_places,
    normalised,
    probabilities,
)
from kpstudio.training.shapes import TrainingShape


@dataclass(frozen=True, eq=False)
class CloudPool(Sampled):
    """Samples of shapes with their normals.

    Parameters
    ----------
    normals
        (s,p,3) float32 unit normals.
    """

    normals: Float32Array


#: Samples a shape kept in memory while training.
SAMPLES = 4096


def build_clouds(
    shapes: Sequence[TrainingShape], count: int, seed: int = 0, ctx: RunContext | None = None
) -> CloudPool:
    """Sample shapes of one category or of several.

    Parameters
    ----------
    shapes
        At least one.
    count
        Samples a shape.
    seed
        Seed of the samples.

    Raises
    ------
    InputError
        There are no shapes.
    """
    if not shapes:
        raise InputError("there are no shapes to train on", remedy="Check the data folder.")
    ctx = ctx or RunContext()
    one_category = len({shape.category for shape in shapes}) == 1
    named = (shape.keypoint_names for shape in shapes if shape.keypoint_names and one_category)
    names = next(named, ())
    rows = []
    for index, shape in enumerate(shapes):
        ctx.progress(index / len(shapes), f"Preparing {shape.name}")
        frame = shape.mesh.normalisation()
        samples = sample_surface(shape.mesh.vertices, shape.mesh.faces, count, seed + index)
        points = frame.apply(samples.points).astype(np.float32)
        landmarks = landmark_places(shape, frame, len(names))
        rows.append((points, samples.normals.astype(np.float32), *landmarks))
    all_points, normals, places, known = (np.stack(column) for column in zip(*rows, strict=True))
    return CloudPool(
        names=tuple(shape.name for shape in shapes),
        points=all_points,
        normals=normals,
        landmarks=places,
        known=known,
        landmark_names=names,
        real=np.array([shape.kind == "real" for shape in shapes]),
    )


@dataclass(frozen=True, eq=False)
class Clouds:
    """b clouds of n points drawn from a pool: points, normals (b,n,3) float32, rows (b,)."""

    points: Float32Array
    normals: Float32Array
    rows: NDArray[np.intp]


def draw_clouds(
    pool: CloudPool,
    rows: NDArray[np.intp],
    count: int,
    rng: np.random.Generator,
    augmentation: Augmentation | None = None,
) -> Clouds:
    """Return `count` random samples of each of the shapes `rows` (b,), changed and normalised."""
    columns = np.stack([rng.choice(pool.points.shape[1], count, replace=False) for _ in rows])
    batch = np.asarray(rows)[:, None]
    points, normals = pool.points[batch, columns], pool.normals[batch, columns]
    if augmentation is not None:
        maps = augmentation.draw(len(rows), rng)
        points = points @ maps.transpose(0, 2, 1)
        # Normals go with the inverse transpose.
        normals = normals @ np.linalg.inv(maps)
        normals = normals / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
        points = normalised(points)
    return Clouds(points.astype(np.float32), normals.astype(np.float32), rows)


def random_rows(
    real: BoolArray, share: float, count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return (count,) rows of shapes; real ones make up `share` of them, if there are both."""
    if real.all() or not real.any():
        return rng.integers(0, len(real), count)
    return rng.choice(len(real), count, p=probabilities(real, share))


def random_rotations(count: int, rng: np.random.Generator) -> Float32Array:
    """Return (count,3,3) rotations, every one with the same chance, in single precision."""
    return rotations.random_rotations(count, rng).astype(np.float32)
