"""Training SNAKE (Zhong et al. 2022, arXiv:2206.01724).

Two samplings of a shape, one of them moved at random: what is asked at one place of both shall be
equally salient, with one peak in each patch, and salient only where the shape is.

Occupied is what lies near the surface, not what lies inside: our meshes are mostly not closed, and
the source does the same on KeypointNet, whose clouds have no inside either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kpstudio.base.arrays import Float32Array
from kpstudio.base.parameters import parameter
from kpstudio.nn.feature_volume import SIDE
from kpstudio.nn.groups import nearest_points
from kpstudio.nn.sampling import gather
from kpstudio.nn.snake import (
    KIND,
    NETWORK,
    SnakeConfig,
    SnakeNet,
    repeatability_loss,
    sparsity_loss,
    surface_loss,
)
from kpstudio.training.cloud_trainee import CloudRecipe, CloudTrainee
from kpstudio.training.clouds import CloudPool, random_rotations
from kpstudio.training.preview import SKETCHES, Sketch
from kpstudio.training.system import System

#: Spread of places around the surface that are mostly empty, in diameters.
_AROUND = 0.1


@dataclass(frozen=True)
class SnakeRecipe(CloudRecipe):
    """What can be set about a training; weights are those of the source, all 1."""

    batch: int = parameter(3, "Pairs a step.", low=2, high=64)
    points: int = parameter(2048, "Points of a cloud.", low=64, high=16384)
    cells: int = parameter(
        24, "Cells along a side of the grid, a multiple of 4.", low=8, high=64, step=4
    )
    width: int = parameter(16, "Features of a cell, a multiple of 4.", low=4, high=64, step=4)
    aligned: bool = parameter(True, "Turn clouds into their principal axes first (ours).")
    wobble: float = parameter(
        20.0, "Largest error of those axes, in degrees (ours).", low=0.0, high=180.0
    )
    thickness: float = parameter(
        0.03, "What is so near to the surface is occupied, in diameters.", low=0.005, high=0.2
    )
    queries: int = parameter(1024, "Places whose occupancy is learned.", low=64, high=16384)
    patches: int = parameter(16, "Patches of a shape.", low=1, high=512)
    patch: float = parameter(0.12, "Side of a patch, in diameters.", low=0.01, high=0.5)
    across: int = parameter(5, "Places along a side of a patch.", low=2, high=16)
    occupancy_weight: float = parameter(1.0, "Weight of the occupancy.", low=0.0)
    repeatability_weight: float = parameter(1.0, "Weight of the repeatability.", low=0.0)
    sparsity_weight: float = parameter(1.0, "Weight of the sparsity.", low=0.0)
    surface_weight: float = parameter(1.0, "Weight of the surface constraint.", low=0.0)


class SnakeTrainee(CloudTrainee):
    """The network with its losses."""

    module: SnakeNet

    def __init__(self, pool: CloudPool, recipe: SnakeRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = SnakeConfig(recipe.cells, recipe.width, aligned=recipe.aligned)
        super().__init__(pool, recipe, SnakeNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        first, second = self.draw_twice(rng)
        surface = self.tensor(np.concatenate([first.points, second.points], axis=1))
        places = self.tensor(places_around(first.points, recipe.queries, recipe.thickness, rng))
        occupied = (nearest_points(places, surface, 1)[0][..., 0] < recipe.thickness).float()
        patches = self._patches(surface, rng)
        asked = torch.cat([places, patches.flatten(1, 2)], dim=1)
        turn = self.tensor(random_rotations(len(surface), rng))
        wobble = self.tensor(small_rotations(len(surface), recipe.wobble, rng))
        still = torch.eye(3).to(turn).expand_as(turn)
        answers = [
            self._ask(self.noisy(first.points, rng), asked, still, still),
            self._ask(self.noisy(second.points, rng), asked, turn, wobble),
        ]
        logits = torch.stack([logits for logits, _ in answers])
        saliency = torch.stack([saliency for _, saliency in answers])
        of_patches = saliency[:, :, recipe.queries :].reshape(2, *patches.shape[:3])
        occupancy = nn.functional.binary_cross_entropy_with_logits(
            logits[:, :, : recipe.queries], occupied.expand(2, -1, -1)
        )
        return {
            "occupancy": recipe.occupancy_weight * occupancy,
            "repeatability": recipe.repeatability_weight
            * repeatability_loss(of_patches[0], of_patches[1]),
            "sparsity": recipe.sparsity_weight * sparsity_loss(of_patches.flatten(0, 1)),
            "surface": recipe.surface_weight * surface_loss(logits.sigmoid(), saliency),
        }

    def sketches(self, rng: np.random.Generator) -> list[Sketch]:
        """Return clouds coloured by the saliency at their points."""
        points = self.tensor(self.draw_round(rng).points[:SKETCHES])
        still = torch.eye(3).to(points).expand(len(points), 3, 3)
        saliency = self._ask(points, points, still, still)[1]
        pairs = zip(points.cpu().numpy(), saliency.cpu().numpy(), strict=True)
        return [Sketch(*pair) for pair in pairs]

    def _ask(
        self, points: Tensor, places: Tensor, turn: Tensor, wobble: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return logits of occupancy and saliency at places of clouds, both turned first."""
        net = self.module
        moved = points @ turn.transpose(1, 2)
        frame = wobble @ net.frames(moved) if self.recipe.aligned else net.frames(moved)
        volume = net.encode(moved @ frame.transpose(1, 2))
        at = places @ (frame @ turn).transpose(1, 2)
        return net.occupancy_logits(volume, at), net.saliency(volume, at)

    def _patches(self, surface: Tensor, rng: np.random.Generator) -> Tensor:
        """Return (b,p,q,3) cubes of places around points of the surface: none is empty.

        The source cuts all of space into patches and leaves out those without a surface.
        """
        recipe = self.recipe
        size = (len(surface), recipe.patches)
        centres = gather(surface, self.tensor(rng.integers(0, surface.shape[1], size)))
        line = (np.arange(recipe.across, dtype=np.float32) + 0.5) / recipe.across - 0.5
        cube = np.stack(np.meshgrid(line, line, line), axis=-1).reshape(-1, 3)
        return centres[:, :, None] + self.tensor(recipe.patch * cube)


def places_around(
    points: Float32Array, count: int, thickness: float, rng: np.random.Generator
) -> Float32Array:
    """Return (b,count,3) places: half on clouds (b,n,3), a quarter near, a quarter anywhere."""
    shape = (len(points), count, 3)
    rows = np.arange(len(points))[:, None]
    on = points[rows, rng.integers(0, points.shape[1], shape[:2])]
    spread = np.full((count, 1), _AROUND, np.float32)
    spread[: count // 2] = thickness / 3.0
    places = on + spread * rng.normal(size=shape).astype(np.float32)
    anywhere = count - count // 4
    places[:, anywhere:] = SIDE * (rng.random((len(points), count // 4, 3)) - 0.5)
    return places.astype(np.float32)


def small_rotations(count: int, most: float, rng: np.random.Generator) -> Float32Array:
    """Return (count,3,3) rotations about random axes, by at most `most` degrees."""
    axis = rng.normal(size=(count, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.radians(rng.uniform(0.0, most, (count, 1, 1)))
    x, y, z = axis.T
    o = np.zeros(count)
    cross = np.array([[o, -z, y], [z, o, -x], [-y, x, o]]).transpose(2, 0, 1)
    turned = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return np.asarray(turned, np.float32)


def save(path: Path, trainee: SnakeTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file."""
    net = trainee.module.eval().requires_grad_(False).cpu()
    NETWORK.save(path, net, {**info, "category": category})


#: What `kpstudio train snake` trains.
SYSTEM = System(
    id=KIND,
    title="SNAKE",
    summary="How occupied and how salient every place in space is; keypoints are peaks of that.",
    recipe=SnakeRecipe,
    per_category=False,
    trainee=SnakeTrainee,
    save=save,
)
