"""Training Skeleton Merger, and mutual reconstruction on the same network.

Skeleton Merger (Shi et al. 2021, doi:10.1109/CVPR46437.2021.00011): the skeleton of a shape shall
reconstruct it. Mutual reconstruction (Yuan, Zhao, Fan, Jiang, Yang 2022, "Unsupervised learning of
3D semantic keypoints with mutual reconstruction", arXiv:2203.10212): so shall the skeleton of
another shape of the category, once aligned by the keypoints: that asks for the same places on both.
Both add the squared length of the learned offsets. The sources use Adadelta, we Adam.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.parameters import parameter
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.skeleton_merger import (
    MUTUAL_RECONSTRUCTION,
    SKELETON_MERGER,
    Skeleton,
    SkeletonMergerConfig,
    SkeletonMergerNet,
    composite_chamfer,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool
from kpstudio.training.ordered import save_ordered
from kpstudio.training.pool import Augmentation
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System


@dataclass(frozen=True)
class SkeletonRecipe(CloudRecipe):
    """What can be set about a training."""

    keypoints: int = parameter(10, "Number of keypoints.", low=2, high=64)
    width: int = parameter(16, "Width of the narrowest layer.", low=4, high=128)
    compared: int = parameter(512, "Points that the skeleton is compared with.", low=64, high=8192)
    offset_weight: float = parameter(0.01, "Weight of the offsets' squared length.", low=0.0)
    mutual_weight: float = parameter(
        0.0, "Weight of the reconstruction by another shape's skeleton.", low=0.0
    )


@dataclass(frozen=True)
class MutualRecipe(SkeletonRecipe):
    """The same with mutual reconstruction."""

    mutual_weight: float = parameter(
        1.0, "Weight of the reconstruction by another shape's skeleton.", low=0.0
    )


class SkeletonTrainee(CloudTrainee):
    """The network of one category with its losses."""

    module: SkeletonMergerNet

    def __init__(self, pool: CloudPool, recipe: SkeletonRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = SkeletonMergerConfig(recipe.keypoints, width=recipe.width)
        super().__init__(pool, recipe, SkeletonMergerNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        clouds = self.draw(rng, augmentation=Augmentation())
        compared = self.tensor(clouds.points[:, : recipe.compared])
        found: Skeleton = self.module(self.noisy(clouds.points, rng))
        edges = self.module.edge_points(found.keypoints)
        terms = {
            "self": composite_chamfer(compared, edges, found.strengths),
            "offsets": recipe.offset_weight * (2.0 * self.module.offsets).square().sum(),
        }
        if recipe.mutual_weight:
            # Everybody is reconstructed by the neighbour in the batch; the batch is a random one.
            other = torch.roll(found.keypoints, 1, dims=0)
            aligned = align_boxes(other, found.keypoints)
            strengths = torch.roll(found.strengths, 1, dims=0)
            again = composite_chamfer(compared, self.module.edge_points(aligned), strengths)
            terms["mutual"] = recipe.mutual_weight * again
        return terms

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return clouds with their keypoints."""
        points = self.draw(rng).points[:SKETCHES]
        found = self.module(self.tensor(points)).keypoints.cpu().numpy()
        return [
            Sketch(cloud, keypoints=keypoints)
            for cloud, keypoints in zip(points, found, strict=True)
        ]


def align_boxes(keypoints: Tensor, target: Tensor) -> Tensor:
    """Return keypoints (b,k,3) moved and scaled an axis at a time to the spread of others.

    Shapes are in canonical axes, so an alignment needs no rotation. Mean and standard deviation
    are matched; ours, the source leaves the alignment to the network.
    """
    mean, spread = keypoints.mean(dim=1, keepdim=True), keypoints.std(dim=1, keepdim=True)
    goal, width = target.mean(dim=1, keepdim=True), target.std(dim=1, keepdim=True)
    return (keypoints - mean) * (width / spread.clamp(min=1e-3)) + goal


def _system(kind: NetworkKind[SkeletonMergerNet], title: str, summary: str, recipe: type) -> System:
    writes = partial(save_ordered, kind)
    return System(kind.kind, title, summary, recipe, True, SkeletonTrainee, writes)


#: What `kpstudio train skeleton-merger` trains.
MERGER = _system(
    SKELETON_MERGER,
    "Skeleton Merger",
    "Keypoints whose skeleton covers the shape, in the same order on every shape of a category.",
    SkeletonRecipe,
)
#: What `kpstudio train mutual-reconstruction` trains.
MUTUAL = _system(
    MUTUAL_RECONSTRUCTION,
    "Mutual reconstruction",
    "Keypoints whose skeleton covers the shape and, aligned, every other one of the category.",
    MutualRecipe,
)
