"""Training lifting on landmarks of procedural shapes, seen by random cameras.

Can et al. 2021 (arXiv:2112.10196) and C3DPO (arXiv:1909.02533) learn from pictures of keypoints
alone; see `nn.lifting`. So does this without supervision, and what is known of the landmarks in
space is then used once, after the last step: it fixes the axes and the size of each category, which
no picture tells. In 4000 steps cars and airplanes come right so (6 and 8 degrees from the true
pose), while other categories stay a mixture of shapes and their mirror images. Landmarks of
procedural shapes cost nothing, so the default is to show the true places too, as Wu et al. 2016
(arXiv:1604.08685) do with synthetic shapes: 5 degrees in all categories after as many steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.geometry.procrustes import align
from kpstudio.geometry.rotations import random_rotations
from kpstudio.nn.lifting import (
    KIND,
    NETWORK,
    Lifted,
    LiftingConfig,
    LiftingNet,
)
from kpstudio.nn.lifting_losses import consistency_loss, reprojection_loss, supervision_loss
from kpstudio.training.lifting_pool import (
    TANGENT,
    LiftingPool,
    Pictured,
    build_landmarks,
    look,
    random_rows,
)
from kpstudio.training.preview import SKETCHES, Sketch, draw_sketches
from kpstudio.training.shapes import TrainingShape
from kpstudio.training.system import System
from kpstudio.training.trainee import NetworkTrainee, Recipe

#: Pictures of a category by which its axes are fixed.
_EXAMPLES = 200
_MIRROR = np.array([1.0, 1.0, -1.0])


@dataclass(frozen=True)
class LiftingRecipe(Recipe):
    """What can be set about a training; only procedural shapes are trained on."""

    steps: int = parameter(20_000, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(64, "Pictures a step.", low=2, high=4096)
    learning_rate: float = parameter(2e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    basis: int = parameter(8, "Coefficients of a shape.", low=0, high=128)
    width: int = parameter(128, "Width of the layers.", low=8, high=2048)
    blocks: int = parameter(3, "Residual blocks.", low=1, high=12)
    perspective: bool = parameter(
        True, "Account for perspective; without it shapes are seen as from far away."
    )
    noise: float = parameter(0.01, "Noise on keypoints.", unit="half pictures", low=0.0, high=0.5)
    hidden: float = parameter(0.4, "Largest share of keypoints not seen.", low=0.0, high=0.9)
    consistency_weight: float = parameter(
        0.1, "Weight of lifting again from another side.", low=0.0
    )
    ridge: float = parameter(0.01, "Weight of the squares of coefficients.", low=0.0)
    cut_off_weight: float = parameter(0.005, "Weight of the share of coefficients in use.", low=0.0)
    supervision_weight: float = parameter(
        1.0, "Weight of the landmarks' true places; 0: learn from pictures alone.", low=0.0
    )


class LiftingTrainee(NetworkTrainee):
    """The network of several categories with its losses.

    Parameters
    ----------
    pool
        Landmarks.
    recipe
        Constants.
    device
        Name of the device.
    """

    module: LiftingNet
    pool: LiftingPool

    def __init__(self, pool: LiftingPool, recipe: LiftingRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = LiftingConfig(pool.counts, recipe.basis, recipe.width, recipe.blocks)
        super().__init__(pool, recipe, LiftingNet(config), device)

    @property
    def tangent(self) -> float:
        """Of half the angle of view; 0 for weak perspective."""
        return TANGENT if self.recipe.perspective else 0.0

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return all parameters; cut-offs, which have far to go, are ten times as fast."""
        cut_off = self.module.cut_off
        others = [part for part in self.module.parameters() if part is not cut_off]
        return [
            {"params": others, "lr": learning_rate},
            {"params": [cut_off], "lr": 10.0 * learning_rate},
        ]

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe, net = self.recipe, self.module
        rows = random_rows(self.pool, recipe.batch, rng)
        pictured = look(self.pool, rows, rng, recipe.noise, recipe.hidden)
        lifted, places, visible = self.lift(pictured)
        category = self.tensor(self.pool.category[rows])
        turns = self._turns(lifted, rows, rng)
        terms = {
            "reprojection": reprojection_loss(lifted, places, visible, self.tangent),
            "consistency": recipe.consistency_weight
            * consistency_loss(net, lifted, category, turns, visible),
        }
        if recipe.basis:
            terms["ridge"] = recipe.ridge * lifted.coefficients.square().mean()
            in_use = net.cut_off.clamp(min=0.0).mean() / recipe.basis
            terms["cut-off"] = recipe.cut_off_weight * in_use
        if recipe.supervision_weight:
            truth = (self.pool.landmarks[rows], pictured.rotations, self.pool.known[rows])
            terms["supervision"] = recipe.supervision_weight * supervision_loss(
                lifted, *map(self.tensor, truth)
            )
        return terms

    def lift(self, pictured: Pictured) -> tuple[Lifted, Tensor, Tensor]:
        """Return what the network makes of pictures, with places and visibility as tensors."""
        places, visible = self.tensor(pictured.places), self.tensor(pictured.visible)
        category = self.tensor(self.pool.category[pictured.rows])
        return self.module(places, visible, category), places, visible

    def _turns(self, lifted: Lifted, rows: NDArray[np.intp], rng: np.random.Generator) -> Tensor:
        """Return rotations for lifting again: half at random, half of others of the category.

        The latter are like those of pictures, the former see to it that there are others at all.
        """
        count = len(rows)
        order = np.lexsort((rng.random(count), self.pool.category[rows]))
        partner = np.empty(count, np.intp)
        partner[order] = np.roll(order, 1)
        borrowed = lifted.rotation.detach()[self.tensor(partner)]
        anew = self.tensor(random_rotations(count, rng).astype(np.float32))
        chosen = self.tensor(rng.random(count) < 0.5)
        return torch.where(chosen[:, None, None], anew, borrowed)

    def picture(self, rng: np.random.Generator) -> ByteArray:
        """Return true landmarks as clouds, with the lifted ones laid over them."""
        rows = random_rows(self.pool, SKETCHES, rng)
        lifted, _, _ = self.lift(look(self.pool, rows, rng, self.recipe.noise))
        sketches = []
        for row, shape in zip(rows, lifted.shape.cpu().numpy().astype(float), strict=True):
            known = self.pool.known[row]
            truth = self.pool.landmarks[row, known].astype(float)
            laid = align(shape[known], truth).apply(shape[known])
            sketches.append(Sketch(truth, keypoints=laid))
        return draw_sketches(sketches)


@torch.no_grad()
def settle(trainee: LiftingTrainee, rng: np.random.Generator) -> None:
    """Give the lifted shapes of each category the axes and the size of its landmarks."""
    net, pool = trainee.module, trainee.pool
    net.eval()
    net.gauge[:], net.origin[:] = torch.eye(3), 0.0
    for number in range(len(pool.categories)):
        rows = rng.choice(np.flatnonzero(pool.category == number), _EXAMPLES)
        lifted, _, _ = trainee.lift(look(pool, rows, rng))
        shapes, truth = lifted.shape.cpu().numpy().astype(float), pool.landmarks[rows].astype(float)
        known = pool.known[rows]
        gauge, origin = _gauge(shapes[known], truth[known])
        net.gauge[number] = torch.from_numpy(gauge)
        net.origin[number] = torch.from_numpy(origin)


def _gauge(source: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the map (3,3) and the shift (3,) that take points to others, mirrored or not."""
    plain, mirrored = align(source, target), align(source * _MIRROR, target)
    misses = [np.square(plain.apply(source) - target).sum(),
              np.square(mirrored.apply(source * _MIRROR) - target).sum()]  # fmt: skip
    if misses[0] <= misses[1]:
        return plain.scale * plain.rotation, plain.translation
    return mirrored.scale * mirrored.rotation * _MIRROR, mirrored.translation


def save(path: Path, trainee: LiftingTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file; the names of its categories and of their landmarks go along.

    Parameters
    ----------
    path, trainee, category, info
        As for `system.System.save`.
    """
    pool = trainee.pool
    settle(trainee, np.random.default_rng(trainee.recipe.seed))
    net = trainee.module.requires_grad_(False).cpu()
    words = {
        "category": category,
        "categories": pool.categories,
        "names": pool.landmark_names,
        "tangent": trainee.tangent,
    }
    NETWORK.save(path, net, {**info, **words})


def gather(shapes: Sequence[TrainingShape], recipe: LiftingRecipe, ctx: RunContext) -> LiftingPool:
    """Return the landmarks of shapes."""
    return build_landmarks(shapes, recipe.seed, ctx)


#: What `kpstudio train lifting` trains.
SYSTEM = System(
    id=KIND,
    title="Lifting",
    summary="Keypoints of one picture in space, their shape and their pose, for many categories.",
    recipe=LiftingRecipe,
    per_category=False,
    trainee=LiftingTrainee,
    save=save,
    gather=gather,
)
