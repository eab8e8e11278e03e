"""What the trainings on clouds have in common: a recipe, batches, the device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import ByteArray
from kpstudio.base.parameters import parameter
from kpstudio.nn.device import pick_device
from kpstudio.training.clouds import CloudPool, Clouds, draw_clouds, random_rows
from kpstudio.training.pool import Augmentation
from kpstudio.training.preview import SKETCHES, Sketch, draw_sketches


@dataclass(frozen=True)
class CloudRecipe:
    """What can be set about every training on clouds."""

    steps: int = parameter(1500, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(8, "Clouds a step.", low=2, high=256)
    points: int = parameter(1024, "Points of a cloud.", low=64, high=16384)
    learning_rate: float = parameter(1e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    real_share: float = parameter(0.5, "Share of real shapes in a batch.", low=0.0, high=1.0)
    jitter: float = parameter(0.005, "Noise on the points.", low=0.0, high=0.1)
    seed: int = parameter(0, "Seed of everything.", low=0, high=2**31 - 1)
    patience: int = parameter(
        0, "Stop after so many checks without progress, 25 steps each; 0: never.", low=0,
        high=10_000, advanced=True,
    )  # fmt: skip
    preview_every: int = parameter(
        0, "Steps between pictures of what the network does; 0: none.", low=0, high=1_000_000,
        advanced=True,
    )  # fmt: skip


class CloudTrainee(ABC):
    """A network with its losses on clouds of a pool; what `loop.train` works on.

    A subclass gives `losses`, and `sketches` to show more than clouds in pictures.

    Parameters
    ----------
    pool
        Training shapes.
    recipe
        Constants.
    module
        The network.
    device
        Name of the device.
    """

    def __init__(
        self, pool: CloudPool, recipe: Any, module: torch.nn.Module, device: str = "cpu"
    ) -> None:
        self.pool, self.recipe = pool, recipe
        self.device = pick_device(device)
        self.module = module.to(self.device)

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return all parameters, with one learning rate."""
        return [{"params": list(self.module.parameters()), "lr": learning_rate}]

    @abstractmethod
    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""

    def preview(self, rng: np.random.Generator) -> ByteArray:
        """Return a picture (h,w,3) of what the network does now."""
        self.module.eval()
        with torch.no_grad():
            sketches = self.sketches(rng)
        self.module.train()
        return draw_sketches(sketches)

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return what a picture shows: a few clouds, with what the network finds on them."""
        return [Sketch(points) for points in self.draw(rng).points[:SKETCHES]]

    def draw(
        self,
        rng: np.random.Generator,
        rows: NDArray[np.intp] | None = None,
        augmentation: Augmentation | None = None,
    ) -> Clouds:
        """Return a batch of clouds, of random shapes unless `rows` (b,) says which."""
        recipe = self.recipe
        if rows is None:
            rows = random_rows(self.pool.real, recipe.real_share, recipe.batch, rng)
        return draw_clouds(self.pool, rows, recipe.points, rng, augmentation)

    def draw_round(self, rng: np.random.Generator, rows: NDArray[np.intp] | None = None) -> Clouds:
        """Return the same in the frame that turns with the shape: mean at the origin, diameter 1.

        Detectors for any shape see meshes in it; see `geometry.surface.Surface`.
        """
        clouds = self.draw(rng, rows)
        centred = clouds.points - clouds.points.mean(axis=1, keepdims=True)
        diameter = 2.0 * np.linalg.norm(centred, axis=2).max(axis=1)[:, None, None]
        return Clouds(centred / diameter, clouds.normals, clouds.rows)

    def draw_twice(self, rng: np.random.Generator) -> tuple[Clouds, Clouds]:
        """Return two samplings of the same shapes in one such frame, that of the whole pool."""
        first = self.draw(rng)
        second = self.draw(rng, first.rows)
        pool = self.pool.points[first.rows]
        centre = pool.mean(axis=1, keepdims=True)
        diameter = 2.0 * np.linalg.norm(pool - centre, axis=2).max(axis=1)[:, None, None]
        one, other = (
            Clouds((clouds.points - centre) / diameter, clouds.normals, clouds.rows)
            for clouds in (first, second)
        )
        return one, other

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """Return an array on the device."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def noisy(self, points: NDArray[Any], rng: np.random.Generator) -> Tensor:
        """Return points (b,n,3) with the recipe's noise, on the device."""
        noise = rng.normal(0.0, self.recipe.jitter, points.shape).astype(np.float32)
        return self.tensor(points + noise)
