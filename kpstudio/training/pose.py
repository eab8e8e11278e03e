"""Training heatmaps of the landmarks of a category, from which a pose is fitted.

Pavlakos, Zhou, Chan, Derpanis, Daniilidis 2017, "6-DoF object pose from semantic keypoints",
doi:10.1109/ICRA.2017.7989233. Landmarks are those that generated shapes know of themselves; real
shapes have the ones that rules find (`landmarks`). The shape basis of the fit are the principal
components of the landmarks. Ours: landmarks that the shape hides are learned too, with less
weight, for a few visible ones alone seldom fix a pose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import parameter
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.deformation.prior import fit_prior
from kpstudio.nn.backbones import BACKBONES
from kpstudio.nn.keypoint_model import prior_tensors, schema_words
from kpstudio.nn.semantic_heatmaps import (
    NETWORK,
    SemanticHeatmapsConfig,
    SemanticHeatmapsNet,
    field_loss,
    heatmap_loss,
    read_out,
)
from kpstudio.rendering.rigs import ANGLE, DISTANCE
from kpstudio.training.finish import spanning_edges
from kpstudio.training.keypoint_plan import KeypointPlan, named_plan
from kpstudio.training.picture_trainee import PictureRecipe, PictureTrainee
from kpstudio.training.shapes import TrainingShape
from kpstudio.training.system import System
from kpstudio.training.view_pool import ViewPool, build_views

#: Shapes with all landmarks that a basis needs.
_FEWEST = 3


@dataclass(frozen=True)
class PoseRecipe(PictureRecipe):
    """What can be set about a training."""

    steps: int = parameter(2200, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(24, "Pictures a step, each of another shape.", low=2, high=256)
    learning_rate: float = parameter(3e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    real_share: float = parameter(0.3, "Share of real shapes in a batch.", low=0.0, high=1.0)
    views: int = parameter(12, "Views of every shape, rendered once.", low=2, high=1000)
    nearest: float = parameter(
        1.3, "Nearest camera, longest sides; the farthest is the usual one. The nearer it is, the "
        "wider its lens.", low=1.0, high=2.5,
    )  # fmt: skip
    backbone: str = parameter(
        "hourglass", "Network from a picture to features.", choices=tuple(BACKBONES)
    )
    width: int = parameter(48, "Channels of the features.", low=8, high=64)
    stacks: int = parameter(1, "Hourglasses one after the other.", low=1, high=4)
    halved: bool = parameter(True, "Whether maps are half as large as pictures.", advanced=True)
    hidden_weight: float = parameter(
        0.3, "Weight of landmarks that the shape hides; visible ones have 1.", low=0.0, high=1.0
    )
    field_weight: float = parameter(1.0, "Weight of the part affinity fields.", low=0.0, high=1e3)


class PoseTrainee(PictureTrainee):
    """The network of one category with its losses.

    Parameters
    ----------
    pool
        Training shapes, with landmarks.
    recipe
        Constants.
    device
        Name of the device.

    Raises
    ------
    InputError
        The shapes have no landmarks in common.
    """

    module: SemanticHeatmapsNet

    def __init__(self, pool: ViewPool, recipe: PoseRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        self.plan = named_plan(pool.landmark_names, pool.known[~pool.real])
        self.prior = landmark_prior(pool, self.plan)
        mirror = mirror_of(self.plan)
        edges = spanning_edges(self.prior.mean, mirror)
        self.schema = KeypointSchema(self.plan.names, mirror, edges)
        config = SemanticHeatmapsConfig(
            backbone=recipe.backbone,
            width=recipe.width,
            halved=recipe.halved,
            keypoints=len(self.schema),
            edges=len(edges),
            stacks=recipe.stacks,
            size=recipe.size,
            angle=ANGLE,
            distance=DISTANCE,
        )
        super().__init__(pool, recipe, SemanticHeatmapsNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe, wanted = self.recipe, list(self.plan.landmarks)
        batch = self.draw(rng, 1)
        places = self.tensor(batch.places[:, 0, wanted])
        inside = (np.abs(batch.places[:, 0]) < 1.0).all(axis=2)
        known = (batch.known & inside)[:, wanted]
        weights = np.where(batch.visible[:, 0, wanted], 1.0, recipe.hidden_weight) * known
        found = self.module(self.pictures(batch))
        return {
            "heatmaps": heatmap_loss(found, places, self.tensor(weights.astype(np.float32))),
            "fields": recipe.field_weight
            * field_loss(found, places, self.tensor(known), self.schema.edges),
        }

    def look(self, pictures: ByteArray) -> FloatArray:
        """Return (n,k,2) unit coordinates of keypoints in pictures (n,h,w,3)."""
        places: FloatArray = read_out(self.module(self.seen(pictures))).places.cpu().numpy()
        return places.astype(float)


def landmark_prior(pool: ViewPool, plan: KeypointPlan) -> ShapePrior:
    """Return how the landmarks of a plan vary together over the generated shapes of a pool.

    Raises
    ------
    InputError
        Too few shapes have all of them.
    """
    wanted = list(plan.landmarks)
    rows = ~pool.real & pool.known[:, wanted].all(axis=1)
    if not wanted or rows.sum() < _FEWEST:
        raise InputError(
            "poses are learned from landmarks, and these shapes have none in common",
            remedy="Use generated shapes of a category (--procedural).",
        )
    return fit_prior(pool.landmarks[rows][:, wanted].astype(float))


def mirror_of(plan: KeypointPlan) -> tuple[int, ...]:
    """Return the mirror partner of each keypoint of a plan; -1 for those in the middle."""
    sides = 2 * plan.pairs
    return tuple(index ^ 1 if index < sides else -1 for index in range(len(plan.names)))


def save(path: Path, trainee: PoseTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file; names, lines and the shape basis go along."""
    net = trainee.module.eval().requires_grad_(False)
    metadata = {**info, "category": category, **schema_words(trainee.schema, trainee.prior)}
    NETWORK.save(path, net.cpu(), metadata, prior_tensors(trainee.prior))


def gather(shapes: Sequence[TrainingShape], recipe: PoseRecipe, ctx: RunContext) -> ViewPool:
    """Return rendered views of shapes, near ones among them."""
    return build_views(shapes, recipe.views, recipe.size, recipe.seed, ctx, nearest=recipe.nearest)


#: What `kpstudio train pose` trains.
SYSTEM = System(
    NETWORK.kind,
    "Pose",
    "Named keypoints of a category in one picture, and the pose of the shape that explains them.",
    PoseRecipe,
    True,
    PoseTrainee,
    save,
    gather,
)
