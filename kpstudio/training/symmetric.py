"""Training symmetric keypoints (Fernandez-Labrador et al. 2020, arXiv:2003.07619).

The nodes shall lie on the cloud and span its box; the keypoints of the shape space shall be the
nodes. Weights and the misalignment of the training shapes are those of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.parameters import parameter
from kpstudio.nn.losses import chamfer
from kpstudio.nn.symmetric import (
    KIND,
    NETWORK,
    SymmetricConfig,
    SymmetricNet,
    about_up,
    coverage,
    inclusivity,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool
from kpstudio.training.ordered import save_ordered
from kpstudio.training.pool import Augmentation
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System


@dataclass(frozen=True)
class SymmetricRecipe(CloudRecipe):
    """What can be set about a training."""

    batch: int = parameter(16, "Clouds a step.", low=2, high=256)
    pairs: int = parameter(7, "Mirrored pairs of keypoints.", low=1, high=64)
    basis: int = parameter(10, "Vectors of the shape basis.", low=1, high=64)
    width: int = parameter(64, "Width of the groups' features.", low=8, high=512)
    chamfer_weight: float = parameter(1.0, "Weight of nodes against keypoints.", low=0.0)
    coverage_weight: float = parameter(1.0, "Weight of the nodes' box.", low=0.0)
    inclusivity_weight: float = parameter(2.0, "Weight of nodes against the cloud.", low=0.0)
    misalignment: float = parameter(
        22.5, "Largest random turn about the up axis, degrees.", low=0.0, high=180.0
    )


class SymmetricTrainee(CloudTrainee):
    """The network of one category with its losses."""

    module: SymmetricNet

    def __init__(self, pool: CloudPool, recipe: SymmetricRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = SymmetricConfig(recipe.pairs, recipe.basis, recipe.width)
        super().__init__(pool, recipe, SymmetricNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        clouds = self.draw(rng, augmentation=Augmentation())
        limit = np.deg2rad(recipe.misalignment)
        yaw = self.tensor(rng.uniform(-limit, limit, len(clouds.rows)).astype(np.float32))
        points = self.noisy(clouds.points, rng) @ about_up(yaw).transpose(1, 2)
        found = self.module(points)
        return {
            "chamfer": recipe.chamfer_weight * chamfer(found.nodes, found.keypoints).mean(),
            "coverage": recipe.coverage_weight * coverage(found.nodes, points),
            "inclusivity": recipe.inclusivity_weight * inclusivity(found.nodes, points),
        }

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return clouds with their keypoints."""
        points = self.draw(rng).points[:SKETCHES]
        found = self.module(self.tensor(points)).keypoints.cpu().numpy()
        return [
            Sketch(cloud, keypoints=keypoints)
            for cloud, keypoints in zip(points, found, strict=True)
        ]


def save(path: Path, trainee: SymmetricTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file: keypoints i and i + pairs are mirror partners."""
    pairs = trainee.recipe.pairs
    mirror = (*range(pairs, 2 * pairs), *range(pairs))
    save_ordered(NETWORK, path, trainee, category, info, mirror)


#: What `kpstudio train symmetric` trains.
SYSTEM = System(
    id=KIND,
    title="Symmetric keypoints",
    summary="Mirrored pairs of keypoints from a linear shape space that a category shares.",
    recipe=SymmetricRecipe,
    per_category=True,
    trainee=SymmetricTrainee,
    save=save,
)
