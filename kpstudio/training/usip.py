"""Training USIP (Li and Lee 2019, doi:10.1109/ICCV.2019.00045).

Two samplings of a shape, one of them moved at random: the proposals of both, brought together,
shall be the same places, as certain as they are, and near the cloud.
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
from kpstudio.nn.sampling import gather
from kpstudio.nn.usip import (
    KIND,
    NETWORK,
    UsipConfig,
    UsipNet,
    degeneracy,
    probabilistic_chamfer,
    to_cloud,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool, random_rotations
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System

#: Proposals in a picture.
_SKETCHED = 32


@dataclass(frozen=True)
class UsipRecipe(CloudRecipe):
    """What can be set about a training."""

    points: int = parameter(2048, "Points of a cloud.", low=64, high=16384)
    nodes: int = parameter(256, "Number of nodes.", low=4, high=4096)
    neighbours: int = parameter(
        12, "Nodes that a node looks at: the receptive field.", low=1, high=512
    )
    width: int = parameter(64, "Width of the groups' features.", low=8, high=512)
    reach: float = parameter(
        0.1, "Radius of local reference frames (ours), 0 for none.", low=0.0, high=1.0
    )
    surface_weight: float = parameter(1.0, "Weight of the distance to the cloud.", low=0.0)


class UsipTrainee(CloudTrainee):
    """The network with its losses."""

    module: UsipNet

    def __init__(self, pool: CloudPool, recipe: UsipRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = UsipConfig(recipe.nodes, recipe.neighbours, recipe.width, recipe.reach)
        super().__init__(pool, recipe, UsipNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        first = self.draw_round(rng)
        second = self.draw_round(rng, first.rows)
        turn = self.tensor(random_rotations(len(first.rows), rng))
        points = self.noisy(first.points, rng)
        moved = self.noisy(second.points, rng) @ turn.transpose(1, 2)
        found = self.module(points, self.tensor(first.normals))
        again = self.module(moved, self.tensor(second.normals) @ turn.transpose(1, 2))
        back = again.keypoints @ turn
        surface = to_cloud(found.keypoints, points) + to_cloud(again.keypoints, moved)
        return {
            "chamfer": probabilistic_chamfer(found.keypoints, found.sigma, back, again.sigma),
            "surface": self.recipe.surface_weight * surface,
        }

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return clouds with the proposals that are most certain."""
        clouds = self.draw_round(rng)
        points = clouds.points[:SKETCHES]
        found = self.module(self.tensor(points), self.tensor(clouds.normals[:SKETCHES]))
        surest = found.sigma.argsort(dim=1)[:, :_SKETCHED]
        keypoints = gather(found.keypoints, surest).cpu().numpy()
        return [
            Sketch(cloud, keypoints=marks) for cloud, marks in zip(points, keypoints, strict=True)
        ]


def save(path: Path, trainee: UsipTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file, with how far its proposals collapse on the training shapes."""
    net = trainee.module.eval().requires_grad_(False)
    clouds = trainee.draw_round(np.random.default_rng(trainee.recipe.seed))
    found = net(trainee.tensor(clouds.points), trainee.tensor(clouds.normals))
    collapsed = float(degeneracy(found).mean())
    NETWORK.save(path, net.cpu(), {**info, "category": category, "degeneracy": collapsed})


#: What `kpstudio train usip` trains.
SYSTEM = System(
    id=KIND,
    title="USIP",
    summary="Places that are found again wherever a shape is moved, with their uncertainty.",
    recipe=UsipRecipe,
    per_category=False,
    trainee=UsipTrainee,
    save=save,
)
