"""Training the recogniser: canonical shapes are their category, everything else is "none".

Everything else: the same shapes in the 23 other axis orientations (but for those in which a shape
looks the same, such as a square table turned by a quarter), other kinds of shapes, and blobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import BoolArray, Float32Array, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import parameter
from kpstudio.geometry.chamfer import chamfer_distance
from kpstudio.geometry.orientation import ORIENTATIONS
from kpstudio.geometry.sampling import sample_surface
from kpstudio.nn.device import pick_device
from kpstudio.nn.recogniser import RecogniserNet
from kpstudio.training.packs import read_pack
from kpstudio.training.pool import Augmentation, normalised
from kpstudio.training.shapes import TrainingShape

#: (24,3,3) from file to canonical axes; the first is the identity.
ROTATIONS = np.stack([orientation.rotation for orientation in ORIENTATIONS])
#: A turned shape looks the same when its Chamfer distance to the original is within this factor
#: of that between two samplings of the original.
_SAME = 1.5
_POOL = 2048


@dataclass(frozen=True)
class RecogniserRecipe:
    """What can be set about a training."""

    steps: int = parameter(2000, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(32, "Clouds a step.", low=2, high=1024)
    points: int = parameter(512, "Points of a cloud.", low=64, high=8192)
    canonical: float = parameter(0.4, "Share of clouds in canonical pose.", low=0.0, high=1.0)
    foreign: float = parameter(0.2, "Share of foreign shapes and blobs.", low=0.0, high=1.0)
    learning_rate: float = parameter(1e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    jitter: float = parameter(0.005, "Noise on the points.", low=0.0, high=0.1)
    seed: int = parameter(0, "Seed of everything.", low=0, high=2**31 - 1)


@dataclass(frozen=True, eq=False)
class RecogniserPool:
    """Samples of s shapes, normalised frame, canonical pose.

    Parameters
    ----------
    categories
        The category names.
    points
        (s,p,3) float32 samples.
    labels
        (s,) index of the category; `len(categories)` for a foreign shape.
    same
        (s,24) orientations in which the shape looks as in the canonical one.
    real
        (s,) True for real shapes.
    """

    categories: tuple[str, ...]
    points: Float32Array
    labels: NDArray[np.intp]
    same: BoolArray
    real: BoolArray


def load_foreign(data: Path) -> list[TrainingShape]:
    """Return the shapes of the packs in a folder that are none of the known categories.

    Raises
    ------
    FileError, FormatError
        A pack cannot be read.
    """
    return [
        TrainingShape(packed.mesh.name, "", packed.mesh, "real", packed.source)
        for path in sorted(data.rglob("*.npz"))
        for packed in read_pack(path)
        if not packed.category
    ]


def build_recogniser_pool(
    shapes: Sequence[TrainingShape],
    categories: Sequence[str],
    seed: int = 0,
    ctx: RunContext | None = None,
) -> RecogniserPool:
    """Sample shapes and find out in which orientations they look the same.

    Parameters
    ----------
    shapes
        Shapes of the categories and of others; at least one of each category.
    categories
        The categories to tell apart.

    Raises
    ------
    InputError
        A category has no shape.
    """
    ctx = ctx or RunContext()
    names = tuple(categories)
    missing = sorted(set(names) - {shape.category for shape in shapes})
    if missing:
        raise InputError(f"there are no shapes of {', '.join(missing)}")
    clouds = []
    for index, shape in enumerate(shapes):
        ctx.progress(index / len(shapes), f"Preparing {shape.name}")
        samples = sample_surface(shape.mesh.vertices, shape.mesh.faces, _POOL, seed + index)
        clouds.append(shape.mesh.normalisation().apply(samples.points).astype(np.float32))
    foreign = len(names)
    labels = [
        names.index(shape.category) if shape.category in names else foreign for shape in shapes
    ]
    return RecogniserPool(
        names,
        np.stack(clouds),
        np.array(labels),
        np.stack([looks_the_same(cloud) for cloud in clouds]),
        np.array([shape.kind == "real" for shape in shapes]),
    )


def looks_the_same(cloud: FloatArray | Float32Array) -> BoolArray:
    """Return (24,) in which orientations a cloud (p,3) looks as it does in the first."""
    half = len(cloud) // 2
    first, second = cloud[:half].astype(float), cloud[half:].astype(float)
    noise = chamfer_distance(first, second)
    return np.array(
        [chamfer_distance(first @ turn.T, second) <= _SAME * noise for turn in ROTATIONS]
    )


class RecogniserTrainee:
    """The recogniser with its loss; what `loop.train` works on.

    Parameters
    ----------
    pool
        Training shapes.
    recipe
        Constants.
    device
        Name of the device.
    """

    def __init__(self, pool: RecogniserPool, recipe: RecogniserRecipe, device: str = "cpu") -> None:
        self.pool, self.recipe = pool, recipe
        self.device = pick_device(device)
        torch.manual_seed(recipe.seed)
        self.module = RecogniserNet(pool.categories).to(self.device)
        none = len(pool.categories)
        self._foreign = np.flatnonzero(pool.labels == none)
        self._known = np.flatnonzero(pool.labels < none)
        self._probability = _even(pool.labels[self._known], pool.real[self._known])

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return all parameters in one group."""
        return [{"params": list(self.module.parameters()), "lr": learning_rate}]

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the cross entropy of one batch."""
        clouds, labels = self.batch(rng)
        logits = self.module(torch.from_numpy(clouds).to(self.device))
        target = torch.from_numpy(labels).to(self.device)
        return {"cross_entropy": torch.nn.functional.cross_entropy(logits, target)}

    def batch(self, rng: np.random.Generator) -> tuple[Float32Array, NDArray[np.intp]]:
        """Return clouds (b,n,3) and their labels (b,)."""
        recipe, none = self.recipe, len(self.pool.categories)
        foreign = rng.random(recipe.batch) < recipe.foreign
        rows = rng.choice(self._known, recipe.batch, p=self._probability)
        if len(self._foreign):
            rows[foreign] = rng.choice(self._foreign, int(foreign.sum()))
        turns = rng.integers(0, len(ROTATIONS), recipe.batch)
        turns[rng.random(recipe.batch) < recipe.canonical] = 0
        columns = np.stack([rng.choice(_POOL, recipe.points, replace=False) for _ in rows])
        clouds = self.pool.points[rows[:, None], columns]
        clouds = clouds @ Augmentation(0.12, 0.05, 0.1).draw(len(rows), rng).transpose(0, 2, 1)
        clouds = clouds @ ROTATIONS[turns].astype(np.float32).transpose(0, 2, 1)
        labels = np.where(self.pool.same[rows, turns], self.pool.labels[rows], none)
        for row in np.flatnonzero(foreign & (rng.random(recipe.batch) < 0.3)):
            clouds[row], labels[row] = blob(recipe.points, rng), none
        clouds = normalised(clouds) + rng.normal(0.0, recipe.jitter, clouds.shape)
        return clouds.astype(np.float32), labels


def blob(count: int, rng: np.random.Generator) -> Float32Array:
    """Return points (count,3) of some random ellipsoids and boxes: a shape that is nothing."""
    centres = rng.normal(0.0, 0.5, (rng.integers(1, 6), 3))
    sizes = np.exp(rng.normal(-1.0, 0.6, centres.shape))
    directions = rng.normal(size=(count, 3))
    order = 2.0 if rng.random() < 0.5 else np.inf
    directions /= np.linalg.norm(directions, ord=order, axis=1, keepdims=True)
    which = rng.integers(0, len(centres), count)
    return (centres[which] + directions * sizes[which]).astype(np.float32)


def _even(labels: NDArray[np.intp], real: BoolArray) -> FloatArray:
    """Return probabilities (s,) that make all categories, and in them both kinds, as likely."""
    groups = labels * 2 + real
    counts = np.bincount(groups)[groups]
    kinds = np.array([len(np.unique(real[labels == label])) for label in labels])
    weights = 1.0 / (counts * kinds)
    probabilities: FloatArray = weights / weights.sum()
    return probabilities
