"""Training UKPGAN (You et al. 2022, arXiv:2011.11974): detector, critic and decoder at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from kpstudio.base.parameters import parameter
from kpstudio.nn.groups import gather_groups, nearest_points
from kpstudio.nn.losses import chamfer
from kpstudio.nn.ukpgan import (
    KIND,
    NETWORK,
    QUANTILES,
    Critic,
    Embedded,
    TreeDecoder,
    UkpganConfig,
    UkpganNet,
    critic_loss,
    shape_code,
    sorted_quantiles,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System

#: A point and its mirror image are a pair when they are so near, in diameters.
_PAIR = 0.03


@dataclass(frozen=True)
class UkpganRecipe(CloudRecipe):
    """What can be set about a training."""

    batch: int = parameter(4, "Clouds a step.", low=2, high=64)
    points: int = parameter(2048, "Points of a cloud.", low=256, high=16384)
    places: int = parameter(256, "Points whose patches are looked at.", low=128, high=16384)
    radius: float = parameter(
        0.12, "Half the side of a patch, in diameters of the shape.", low=0.01, high=0.5
    )
    width: int = parameter(16, "Channels of the first convolution.", low=4, high=64)
    alpha: float = parameter(
        0.01, "First parameter of the Beta distribution of saliencies.", low=0.001, high=10.0
    )
    beta: float = parameter(
        0.05, "Second parameter: their ratio sets how many points are key.", low=0.001, high=10.0
    )
    reconstruction_weight: float = parameter(10.0, "Weight of the reconstruction.", low=0.0)
    critic_weight: float = parameter(1.0, "Weight of the critic's judgement.", low=0.0)
    symmetry_weight: float = parameter(0.1, "Weight of mirrored pairs.", low=0.0)
    learning_rate: float = parameter(1e-3, "Adam's learning rate.", low=1e-6, high=1.0)


class Game(nn.Module):
    """The detector with those it learns from."""

    def __init__(self, config: UkpganConfig) -> None:
        super().__init__()
        self.detector = UkpganNet(config)
        self.decoder = TreeDecoder(2 * config.embedding)
        self.critic = Critic()


class UkpganTrainee(CloudTrainee):
    """Detector, critic and decoder with their losses."""

    module: Game

    def __init__(self, pool: CloudPool, recipe: UkpganRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = UkpganConfig(recipe.radius, recipe.width)
        super().__init__(pool, recipe, Game(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step.

        The critic's loss moves the critic alone and its judgement the detector alone: one step of
        each at once.
        """
        recipe = self.recipe
        clouds = self.draw_round(rng)
        points, normals = self.noisy(clouds.points, rng), self.tensor(clouds.normals)
        places = points[:, : recipe.places]
        found: Embedded = self.module.detector(places, points, normals)
        fake = sorted_quantiles(found.saliency)
        size = (len(places), QUANTILES)
        beta = np.sort(rng.beta(recipe.alpha, recipe.beta, size), axis=1).astype(np.float32)
        mix = self.tensor(rng.random((len(places), 1), dtype=np.float32))
        critic = self.module.critic
        frozen = {name: value.detach() for name, value in critic.named_parameters()}
        rebuilt = self.module.decoder(shape_code(found))
        return {
            "reconstruction": recipe.reconstruction_weight * chamfer(rebuilt, points).mean(),
            "judgement": -recipe.critic_weight * functional_call(critic, frozen, (fake,)).mean(),
            "symmetry": recipe.symmetry_weight * symmetry(found, places),
            "critic": critic_loss(critic, fake, self.tensor(beta), mix),
        }

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return places coloured by their saliency."""
        clouds = self.draw_round(rng)
        points = self.tensor(clouds.points[:SKETCHES])
        places = points[:, : self.recipe.places]
        found = self.module.detector(places, points, self.tensor(clouds.normals[:SKETCHES]))
        pairs = zip(places.cpu().numpy(), found.saliency.cpu().numpy(), strict=True)
        return [Sketch(*pair) for pair in pairs]


def symmetry(found: Embedded, places: Tensor) -> Tensor:
    """Return how much saliency and embedding differ between mirrored places (b,m,3).

    Shapes are in canonical axes, so the mirror plane is x = 0; places without a mirror image near
    them do not count.
    """
    mirrored = places * places.new_tensor([-1.0, 1.0, 1.0])
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
