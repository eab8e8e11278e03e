"""Training D3Feat (Bai et al. 2020, arXiv:2003.03164).

Two samplings of a shape, a part of each cut off and one of them moved at random: points that are
the same shall be described alike, others not, and score high where that is so.
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
from kpstudio.nn.d3feat import (
    KIND,
    NETWORK,
    D3FeatConfig,
    D3FeatNet,
    contrastive,
    detector_loss,
    hardest_negatives,
)
from kpstudio.nn.groups import nearest_points
from kpstudio.nn.sampling import gather
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool, Clouds, random_rotations
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System

#: Farthest that two samples of the same place are apart, in diameters. The source has scans: a
#: cell of its grid, where ours is as far as samples happen to be.
_SAME = 0.03


@dataclass(frozen=True)
class D3FeatRecipe(CloudRecipe):
    """What can be set about a training."""

    batch: int = parameter(3, "Pairs a step.", low=2, high=64)
    points: int = parameter(2048, "Points of a cloud before the crop.", low=256, high=16384)
    pairs: int = parameter(256, "Points of a pair that are compared.", low=16, high=4096)
    keep: float = parameter(0.8, "Smallest share that a crop leaves.", low=0.3, high=1.0)
    radius: float = parameter(
        0.06, "Radius of the finest neighbourhoods, in diameters of the shape.", low=0.01, high=0.5
    )
    width: int = parameter(32, "Channels of the finest level.", low=4, high=128)
    reach: float = parameter(
        0.1, "Radius of local reference frames (ours), 0 for none.", low=0.0, high=1.0
    )
    safe: float = parameter(
        0.1, "Points closer than this need not be told apart, in diameters.", low=0.0, high=0.5
    )
    positive_margin: float = parameter(
        0.1, "Distance of descriptors that is close enough.", low=0.0, high=2.0
    )
    negative_margin: float = parameter(
        1.4, "Distance of descriptors that is far enough.", low=0.0, high=2.0
    )
    detector_weight: float = parameter(1.0, "Weight of the scores' loss.", low=0.0)


class D3FeatTrainee(CloudTrainee):
    """The network with its losses."""

    module: D3FeatNet

    def __init__(self, pool: CloudPool, recipe: D3FeatRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = D3FeatConfig(recipe.radius, recipe.width, recipe.reach)
        super().__init__(pool, recipe, D3FeatNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        left = int(recipe.points * rng.uniform(recipe.keep, 1.0))
        first, second = (crop(clouds, left, rng) for clouds in self.draw_twice(rng))
        turn = self.tensor(random_rotations(len(first.rows), rng))
        points, again = self.noisy(first.points, rng), self.noisy(second.points, rng)
        moved = again @ turn.transpose(1, 2)
        found = self.module(points, self.tensor(first.normals))
        other = self.module(moved, self.tensor(second.normals) @ turn.transpose(1, 2))
        chosen = self.tensor(rng.permuted(np.tile(np.arange(left), (len(points), 1)), axis=1))
        anchors = chosen[:, : recipe.pairs]
        places = gather(points, anchors)
        distances, partners = nearest_points(places, again, 1)
        partners = partners[:, :, 0]
        same = distances[..., 0] <= _SAME
        positive, negative = hardest_negatives(
            gather(found.descriptors, anchors),
            gather(other.descriptors, partners),
            places,
            gather(again, partners),
            recipe.safe,
        )
        positive, negative = positive[same], negative[same]
        scores = found.scores.gather(1, anchors)[same], other.scores.gather(1, partners)[same]
        return {
            "descriptor": contrastive(
                positive, negative, recipe.positive_margin, recipe.negative_margin
            ),
            "detector": recipe.detector_weight * detector_loss(positive, negative, *scores),
        }

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return clouds coloured by their scores."""
        clouds = self.draw_round(rng)
        points = clouds.points[:SKETCHES]
        found = self.module(self.tensor(points), self.tensor(clouds.normals[:SKETCHES]))
        scores = found.scores.cpu().numpy()
        return [Sketch(cloud, values) for cloud, values in zip(points, scores, strict=True)]


def crop(clouds: Clouds, left: int, rng: np.random.Generator) -> Clouds:
    """Return the `left` points of each cloud that lie farthest along a random direction."""
    direction = rng.normal(size=(len(clouds.rows), 3, 1)).astype(np.float32)
    order = np.argsort(-(clouds.points @ direction)[..., 0], axis=1)[:, :left]
    rows = np.arange(len(order))[:, None]
    return Clouds(clouds.points[rows, order], clouds.normals[rows, order], clouds.rows)


def save(path: Path, trainee: D3FeatTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file."""
    net = trainee.module.eval().requires_grad_(False).cpu()
    NETWORK.save(path, net, {**info, "category": category})


#: What `kpstudio train d3feat` trains.
SYSTEM = System(
    id=KIND,
    title="D3Feat",
    summary="A descriptor for every point, and a score where it is told apart from all others.",
    recipe=D3FeatRecipe,
    per_category=False,
    trainee=D3FeatTrainee,
    save=save,
)
