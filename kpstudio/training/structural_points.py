"""Training structural points (Chen et al. 2020, arXiv:2003.01661).

The Chamfer distance of the points to the cloud, both directions, is all that is needed. The
source can add a consistency term, off by default there: the points of a moved cloud shall be the
moved points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.parameters import parameter
from kpstudio.nn.losses import chamfer
from kpstudio.nn.structural_points import (
    KIND,
    NETWORK,
    StructuralPointsConfig,
    StructuralPointsNet,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool
from kpstudio.training.ordered import save_ordered
from kpstudio.training.pool import Augmentation
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System


@dataclass(frozen=True)
class StructuralPointsRecipe(CloudRecipe):
    """What can be set about a training."""

    keypoints: int = parameter(16, "Number of keypoints.", low=2, high=512)
    width: int = parameter(16, "Width of the narrowest layer.", low=4, high=128)
    chamfer_weight: float = parameter(1.0, "Weight of the Chamfer distance.", low=0.0)
    consistency_weight: float = parameter(
        0.0, "Weight of the consistency under linear maps; 1000 in the source.", low=0.0
    )


class StructuralPointsTrainee(CloudTrainee):
    """The network of one category with its losses."""

    module: StructuralPointsNet

    def __init__(
        self, pool: CloudPool, recipe: StructuralPointsRecipe, device: str = "cpu"
    ) -> None:
        torch.manual_seed(recipe.seed)
        config = StructuralPointsConfig(recipe.keypoints, width=recipe.width)
        super().__init__(pool, recipe, StructuralPointsNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        clouds = self.draw(rng, augmentation=Augmentation())
        points = self.tensor(clouds.points)
        found = self.module(self.noisy(clouds.points, rng)).keypoints
        terms = {"chamfer": recipe.chamfer_weight * chamfer(found, points).mean()}
        if recipe.consistency_weight:
            maps = self.tensor(Augmentation().draw(len(points), rng)).transpose(1, 2)
            moved = self.module(points @ maps).keypoints
            misses = (moved - found @ maps).square().mean()
            terms["consistency"] = recipe.consistency_weight * misses
        return terms

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return clouds with their keypoints."""
        points = self.draw(rng).points[:SKETCHES]
        found = self.module(self.tensor(points)).keypoints.cpu().numpy()
        return [
            Sketch(cloud, keypoints=keypoints)
            for cloud, keypoints in zip(points, found, strict=True)
        ]


#: What `kpstudio train structural-points` trains.
SYSTEM = System(
    id=KIND,
    title="Structural points",
    summary="Points that sum up the shape, in the same order on every shape of a category.",
    recipe=StructuralPointsRecipe,
    per_category=True,
    trainee=StructuralPointsTrainee,
    save=partial(save_ordered, NETWORK),
)
