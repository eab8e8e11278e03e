"""What the trainings on clouds have in common: a recipe, batches, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import ByteArray
from kpstudio.base.parameters import parameter
from kpstudio.training.clouds import CloudPool, Clouds, draw_clouds, random_rows
from kpstudio.training.pool import Augmentation
from kpstudio.training.preview import SKETCHES, Sketch, draw_sketches
from kpstudio.training.trainee import NetworkTrainee, Recipe


@dataclass(frozen=True)
class CloudRecipe(Recipe):
    """What can be set about every training on clouds."""

    points: int = parameter(1024, "Points of a cloud.", low=64, high=16384)
    jitter: float = parameter(0.005, "Noise on the points.", low=0.0, high=0.1)


class CloudTrainee(NetworkTrainee):
    """A network with its losses on clouds of a pool.

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

    pool: CloudPool

    def picture(self, rng: np.random.Generator) -> ByteArray:
        """Return a picture (h,w,3) of `sketches`."""
        return draw_sketches(self.sketches(rng))

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

    def noisy(self, points: NDArray[Any], rng: np.random.Generator) -> Tensor:
        """Return points (b,n,3) with the recipe's noise, on the device."""
        noise = rng.normal(0.0, self.recipe.jitter, points.shape).astype(np.float32)
        return self.tensor(points + noise)
