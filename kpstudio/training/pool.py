"""What one training step draws from: surface samples with their cage coordinates, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, Float32Array, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.geometry.cage import build_cage
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.sampling import sample_surface
from kpstudio.training.shapes import TrainingShape


@dataclass(frozen=True, eq=False)
class Labelled:
    """What a pool knows of its s shapes whatever their form, normalised frame.

    Parameters
    ----------
    names
        s names.
    landmarks
        (s,g,3) float32 ground-truth keypoints, 0 where not known; g is 0 for mixed categories.
    known
        (s,g) which of them are.
    landmark_names
        g names.
    real
        (s,) True for real shapes, False for procedural ones.
    """

    names: tuple[str, ...]
    landmarks: Float32Array
    known: BoolArray
    landmark_names: tuple[str, ...]
    real: BoolArray

    def __len__(self) -> int:
        """Return the number of shapes."""
        return len(self.names)


@dataclass(frozen=True, eq=False)
class Sampled(Labelled):
    """Samples of s shapes, normalised frame (longest side 1, centred).

    Parameters
    ----------
    points
        (s,p,3) float32 surface samples.
    """

    points: Float32Array


@dataclass(frozen=True, eq=False)
class Pool(Sampled):
    """Samples of shapes of one category, bound to cages.

    Parameters
    ----------
    weights
        (s,p,c) float32 mean value coordinates of the samples.
    cages
        (s,c,3) float32 cage vertices.
    """

    weights: Float32Array
    cages: Float32Array


def build_pool(
    shapes: Sequence[TrainingShape], count: int, seed: int = 0, ctx: RunContext | None = None
) -> Pool:
    """Sample shapes, build their cages and bind the samples to them.

    Parameters
    ----------
    shapes
        At least one, of one category.
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
    names = next((shape.keypoint_names for shape in shapes if shape.keypoint_names), ())
    rows = []
    for index, shape in enumerate(shapes):
        ctx.progress(index / len(shapes), f"Preparing {shape.name}")
        rows.append(_row(shape, count, seed + index, len(names)))
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    points, weights, cages, landmarks, known = columns
    return Pool(
        names=tuple(shape.name for shape in shapes),
        points=points,
        weights=weights,
        cages=cages,
        landmarks=landmarks,
        known=known,
        landmark_names=names,
        real=np.array([shape.kind == "real" for shape in shapes]),
    )


def _row(shape: TrainingShape, count: int, seed: int, landmarks: int) -> tuple[NDArray[Any], ...]:
    mesh = shape.mesh
    frame = mesh.normalisation()
    samples = sample_surface(mesh.vertices, mesh.faces, count, seed)
    points = frame.apply(samples.points)
    cage_vertices, cage_faces = build_cage(frame.apply(mesh.vertices), faces=mesh.faces)
    weights = mean_value_coordinates(points, cage_vertices, cage_faces)
    places, known = landmark_places(shape, frame, landmarks)
    floats = [array.astype(np.float32) for array in (points, weights, cage_vertices)]
    return (*floats, places, known)


def landmark_places(
    shape: TrainingShape, frame: Normalisation, count: int
) -> tuple[Float32Array, BoolArray]:
    """Return a shape's `count` landmarks (g,3) in its frame, 0 where not known, and which are."""
    places, known = np.zeros((count, 3), np.float32), np.zeros(count, bool)
    if count and shape.keypoints is not None and shape.present is not None:
        known = np.array(shape.present)
        places[known] = frame.apply(shape.keypoints[known])
    return places, known


@dataclass(frozen=True, eq=False)
class Batch:
    """b clouds drawn from a pool and slightly changed; fields as in `Pool`, n points each."""

    points: Float32Array
    weights: Float32Array
    cages: Float32Array
    landmarks: Float32Array
    known: BoolArray
    rows: NDArray[np.intp]


@dataclass(frozen=True)
class Augmentation:
    """How far training shapes are changed: standard deviations of random linear maps.

    Mean value coordinates reproduce linear functions, so samples bound to a cage stay bound to
    the cage under any linear map: nothing is computed anew.

    Parameters
    ----------
    stretch
        Of the logarithm of the scale of each axis.
    shear
        Of the shears (of z by y and of y by z, which keep the mirror plane of most categories).
    yaw
        Of the rotation about the vertical axis, radians.
    """

    stretch: float = 0.1
    shear: float = 0.05
    yaw: float = 0.05

    def draw(self, count: int, rng: np.random.Generator) -> Float32Array:
        """Return random linear maps (count,3,3)."""
        maps = np.zeros((count, 3, 3))
        maps[:, range(3), range(3)] = np.exp(rng.normal(0.0, self.stretch, (count, 3)))
        maps[:, 1, 2], maps[:, 2, 1] = rng.normal(0.0, self.shear, (2, count))
        angle = rng.normal(0.0, self.yaw, count)
        turns = np.zeros((count, 3, 3))
        turns[:, 1, 1] = 1.0
        turns[:, 0, 0] = turns[:, 2, 2] = np.cos(angle)
        turns[:, 0, 2], turns[:, 2, 0] = np.sin(angle), -np.sin(angle)
        return (turns @ maps).astype(np.float32)


def draw_batch(
    pool: Pool,
    rows: NDArray[np.intp],
    count: int,
    rng: np.random.Generator,
    augmentation: Augmentation | None = None,
) -> Batch:
    """Return `count` random samples of each of the shapes `rows` (b,), changed and normalised.

    Parameters
    ----------
    pool
        What to draw from.
    rows
        (b,) indices of shapes; one may occur several times.
    count
        Samples a shape.
    rng
        Source of chance.
    augmentation
        How far to change the shapes; not at all if None.
    """
    columns = np.stack([rng.choice(pool.points.shape[1], count, replace=False) for _ in rows])
    batch = np.arange(len(rows))[:, None]
    points, cages = pool.points[rows], pool.cages[rows]
    landmarks = pool.landmarks[rows]
    if augmentation is not None:
        maps = augmentation.draw(len(rows), rng).transpose(0, 2, 1)
        points, cages, landmarks = points @ maps, cages @ maps, landmarks @ maps
        low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
        centre, scale = (low + high) / 2.0, (high - low).max(axis=2, keepdims=True)
        points, cages, landmarks = (
            (array - centre) / scale for array in (points, cages, landmarks)
        )
    return Batch(
        points=points[batch, columns],
        weights=pool.weights[rows[:, None], columns],
        cages=cages,
        landmarks=landmarks,
        known=pool.known[rows],
        rows=rows,
    )


def normalised(clouds: Float32Array) -> Float32Array:
    """Return clouds (b,n,3) with their boxes centred and the longest sides 1."""
    low, high = clouds.min(axis=1, keepdims=True), clouds.max(axis=1, keepdims=True)
    result: Float32Array = (clouds - (low + high) / 2.0) / (high - low).max(axis=2, keepdims=True)
    return result


def probabilities(real: BoolArray, share: float) -> FloatArray:
    """Return how likely each shape is drawn: real ones make up `share`, if there are both."""
    if real.all() or not real.any():
        return np.full(len(real), 1.0 / len(real))
    probabilities: FloatArray = np.where(real, share / real.sum(), (1.0 - share) / (~real).sum())
    return probabilities
