"""What the trainings on pictures have in common: a recipe, batches, pictures with keypoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.parameters import parameter
from kpstudio.training.clouds import random_rows
from kpstudio.training.picture_batch import PictureBatch, draw_pictures
from kpstudio.training.preview import draw_marked
from kpstudio.training.trainee import NetworkTrainee, Recipe
from kpstudio.training.view_pool import ViewPool

#: Shapes of a preview, and views of each.
_SHOWN, _VIEWS = 2, 3


@dataclass(frozen=True)
class PictureRecipe(Recipe):
    """What can be set about every training on pictures."""

    size: int = parameter(64, "Side of the pictures.", unit="pixels", low=16, high=512)
    views: int = parameter(24, "Views of every shape, rendered once.", low=2, high=1000)
    backgrounds: bool = parameter(
        True, "Random backgrounds, brightness and contrast; else white.", advanced=True
    )
    mirror: bool = parameter(True, "Half of the shapes are mirrored.", advanced=True)


class PictureTrainee(NetworkTrainee):
    """A network with its losses on pictures of a pool.

    A subclass gives `losses`, and `look` to show keypoints in its previews.

    Parameters
    ----------
    pool
        Training shapes.
    recipe
        Constants, a `PictureRecipe`.
    module
        The network.
    device
        Name of the device.
    """

    pool: ViewPool

    def draw(
        self,
        rng: np.random.Generator,
        views: int = 2,
        rows: NDArray[np.intp] | None = None,
    ) -> PictureBatch:
        """Return a batch of views, of random shapes unless `rows` (b,) says which."""
        recipe = self.recipe
        if rows is None:
            rows = random_rows(self.pool.real, recipe.real_share, recipe.batch, rng)
        return draw_pictures(
            self.pool, rows, views, rng, backgrounds=recipe.backgrounds, mirror=recipe.mirror
        )

    def pictures(self, batch: PictureBatch) -> Tensor:
        """Return (b v,3,h,w) the pictures of a batch as networks see them, on the device."""
        return self.seen(batch.pictures.reshape(-1, *batch.pictures.shape[2:]))

    def seen(self, pictures: ByteArray) -> Tensor:
        """Return pictures (n,h,w,3) uint8 as networks see them: (n,3,h,w), 0..1."""
        return self.tensor(pictures.transpose(0, 3, 1, 2)).float() / 255.0

    @property
    def focal(self) -> float:
        """Focal length in unit coordinates: u = focal x / z."""
        return self.pool.focal / (max(self.pool.size) / 2.0)

    def picture(self, rng: np.random.Generator) -> ByteArray:
        """Return a picture (h,w,3) of some views with their keypoints."""
        rows = random_rows(self.pool.real, self.recipe.real_share, _SHOWN, rng)
        batch = self.draw(rng, min(_VIEWS, self.pool.views), rows)
        pictures = batch.pictures.reshape(-1, *batch.pictures.shape[2:])
        return draw_marked(pictures, self.look(pictures))

    def look(self, pictures: ByteArray) -> FloatArray:
        """Return (n,k,2) unit coordinates of keypoints in pictures (n,h,w,3); here none."""
        return np.zeros((len(pictures), 0, 2))
