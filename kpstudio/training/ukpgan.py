"""Training UKPGAN (You et al. 2022, arXiv:2011.11974): detector and decoder at once.

Every shape is sampled twice. `sparsity` says how many points are salient, whichever they be. Which
ones is decided by the other terms: `reconstruction` wants those that tell shapes apart, `agreement`
(ours) those that look the same in both samplings, `symmetry` pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kpstudio.base.parameters import parameter
from kpstudio.nn.groups import gather_groups, nearest_points
from kpstudio.nn.losses import chamfer
from kpstudio.nn.sampling import gather
from kpstudio.nn.ukpgan import (
    KIND,
    NETWORK,
    Embedded,
    TreeDecoder,
    UkpganConfig,
    UkpganNet,
    beta_quantiles,
    shape_code,
    sparsity,
    told_apart,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System

#: A point and its mirror image are a pair when they are so near, in diameters.
_PAIR = 0.03
#: Places nearer than this, or than this to the mirror image, need not be told apart.
_SAFE = 0.1
#: Mirrors shapes, which are in canonical axes.
_MIRROR = (-1.0, 1.0, 1.0)


@dataclass(frozen=True)
class UkpganRecipe(CloudRecipe):
    """What can be set about a training."""

    batch: int = parameter(2, "Shapes a step, each sampled twice.", low=2, high=64)
    points: int = parameter(2048, "Points of a cloud.", low=256, high=16384)
    places: int = parameter(128, "Points whose patches are looked at.", low=32, high=16384)
    radius: float = parameter(
        0.2, "Half the side of a patch, in diameters of the shape.", low=0.01, high=0.5
    )
    width: int = parameter(12, "Channels of the first convolution.", low=4, high=64)
    alpha: float = parameter(
        0.01, "First parameter of the Beta distribution of saliencies.", low=0.001, high=10.0
    )
    beta: float = parameter(
        0.05, "Second parameter: their ratio sets how many points are key.", low=0.001, high=10.0
    )
    reconstruction_weight: float = parameter(10.0, "Weight of the reconstruction.", low=0.0)
    sparsity_weight: float = parameter(1.0, "Weight of the Beta distribution.", low=0.0)
    symmetry_weight: float = parameter(0.1, "Weight of mirrored pairs.", low=0.0)
    agreement_weight: float = parameter(
        1.0, "Weight of equal saliencies in two samplings (ours).", low=0.0
    )
    embedding_weight: float = parameter(
        0.1, "Weight of embeddings that tell places apart (ours).", low=0.0
    )


class Game(nn.Module):
    """The detector with the decoder it learns from."""

    def __init__(self, config: UkpganConfig) -> None:
        super().__init__()
        self.detector = UkpganNet(config)
        self.decoder = TreeDecoder(2 * config.embedding)


class UkpganTrainee(CloudTrainee):
    """Detector and decoder with their losses."""

    module: Game

    def __init__(self, pool: CloudPool, recipe: UkpganRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = UkpganConfig(recipe.radius, recipe.width)
        super().__init__(pool, recipe, Game(config), device)
        count = min(recipe.places, recipe.points)
        quantiles = beta_quantiles(recipe.alpha, recipe.beta, count)
        self.quantiles = quantiles.to(self.device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        first, second = self.draw_twice(rng)
        points, again = self.noisy(first.points, rng), self.noisy(second.points, rng)
        places = points[:, : recipe.places]
        partners = gather(again, nearest_points(places, again, 1)[1][:, :, 0])
        found: Embedded = self.module.detector(places, points, self.tensor(first.normals))
        other: Embedded = self.module.detector(partners, again, self.tensor(second.normals))
        rebuilt = self.module.decoder(shape_code(found))
        saliencies = torch.cat([found.saliency, other.saliency])
        apart = told_apart(found.embedding, other.embedding, alike(places))
        differences = found.saliency - other.saliency
        return {
            "reconstruction": recipe.reconstruction_weight * chamfer(rebuilt, points).mean(),
            "sparsity": recipe.sparsity_weight * sparsity(saliencies, self.quantiles),
            "symmetry": recipe.symmetry_weight * symmetry(found, places),
            "agreement": recipe.agreement_weight * differences.square().mean(),
            "embedding": recipe.embedding_weight * apart,
        }

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return places coloured by their saliency."""
        clouds = self.draw_round(rng)
        points = self.tensor(clouds.points[:SKETCHES])
        places = points[:, : self.recipe.places]
        found = self.module.detector(places, points, self.tensor(clouds.normals[:SKETCHES]))
        pairs = zip(places.cpu().numpy(), found.saliency.cpu().numpy(), strict=True)
        return [Sketch(*pair) for pair in pairs]


def alike(places: Tensor) -> Tensor:
    """Return (b,m,m) bool: which places (b,m,3) are near each other or near a mirror image."""
    mirrored = places * places.new_tensor(_MIRROR)
    near = torch.cdist(places, places) < _SAFE
    return near | (torch.cdist(places, mirrored) < _SAFE)


def symmetry(found: Embedded, places: Tensor) -> Tensor:
    """Return how much saliency and embedding differ between mirrored places (b,m,3).

    Shapes are in canonical axes, so the mirror plane is x = 0; places without a mirror image near
    them do not count.
    """
    mirrored = places * places.new_tensor(_MIRROR)
    distances, indices = nearest_points(mirrored, places, 1)
    pairs = (distances[..., 0] < _PAIR).float()
    other = gather_groups(found.saliency[..., None], indices)[:, :, 0, 0]
    embedding = gather_groups(found.embedding, indices)[:, :, 0]
    misses = (found.saliency - other).abs() + (found.embedding - embedding).square().sum(dim=2)
    return (pairs * misses).sum() / pairs.sum().clamp(min=1.0)


def save(path: Path, trainee: UkpganTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file: the detector alone."""
    net = trainee.module.detector.eval().requires_grad_(False).cpu()
    NETWORK.save(path, net, {**info, "category": category})


#: What `kpstudio train ukpgan` trains.
SYSTEM = System(
    id=KIND,
    title="UKPGAN",
    summary="A saliency and an embedding for every point, the same however the shape is turned.",
    recipe=UkpganRecipe,
    per_category=False,
    trainee=UkpganTrainee,
    save=save,
)
