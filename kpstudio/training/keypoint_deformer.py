"""Training KeypointDeformer on one category (Jakab et al. 2021, doi:10.1109/CVPR46437.2021.01259).

Random pairs of shapes; the source, deformed by its keypoints' way to the target's, shall look like
the target. Terms and constants of the source: L_sim, L_kpt (weight 2, twice k farthest points),
L_inf, first steps with L_kpt alone, Adam 1e-3 with ten times that for W_C. Ours, each with a weight
that may be 0: L_spread (heatmaps keep to one place), L_sem (landmarks of procedural shapes give the
keypoints names) and L_resp (a dragged keypoint takes the surface at its place along and leaves the
others').
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.parameters import parameter
from kpstudio.geometry.icosphere import icosphere
from kpstudio.nn.device import pick_device
from kpstudio.nn.keypoint_deformer import (
    KeypointDeformerConfig,
    KeypointDeformerNet,
    Prediction,
    deform,
)
from kpstudio.nn.keypoint_heads import HEADS
from kpstudio.nn.losses import (
    chamfer,
    coverage_loss,
    landmark_loss,
    nearest,
    response_loss,
    spread_loss,
)
from kpstudio.training.keypoint_plan import KeypointPlan
from kpstudio.training.pool import Augmentation, Batch, Pool, draw_batch, probabilities


@dataclass(frozen=True)
class KeypointDeformerRecipe:
    """What can be set about a training."""

    steps: int = parameter(2000, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(12, "Shapes a step; each is a source and a target.", low=2, high=256)
    points: int = parameter(384, "Points the predictor sees.", low=64, high=8192)
    surface: int = parameter(512, "Points compared by L_sim.", low=64, high=8192)
    head: str = parameter("softmax", "Head of the predictor.", choices=HEADS)
    pairs: int = parameter(5, "Mirrored pairs, when keypoints are not named.", low=0, high=16)
    middle: int = parameter(
        2, "Keypoints on the mirror plane, when keypoints are not named.", low=0, high=16
    )
    extra_pairs: int = parameter(
        0, "Mirrored pairs without names, beside the named keypoints.", low=0, high=16
    )
    mirror_axis: int = parameter(
        0, "Axis the category's mirror plane is normal to: 0 for x, 2 for z.", low=0, high=2
    )
    warm_up: int = parameter(200, "Steps with the keypoint terms alone.", low=0, high=100_000)
    real_share: float = parameter(0.5, "Share of real shapes in a batch.", low=0.0, high=1.0)
    coverage_weight: float = parameter(2.0, "Weight of L_kpt.", low=0.0)
    similarity_weight: float = parameter(1.0, "Weight of L_sim.", low=0.0)
    influence_weight: float = parameter(1.0, "Weight of L_inf.", low=0.0)
    response_weight: float = parameter(0.001, "Weight of L_resp (ours).", low=0.0)
    spread_weight: float = parameter(0.2, "Weight of L_spread (softmax head).", low=0.0)
    semantic_weight: float = parameter(0.0, "Weight of L_sem (ours); 0: unsupervised.", low=0.0)
    learning_rate: float = parameter(1e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    jitter: float = parameter(0.005, "Noise on the points the predictor sees.", low=0.0, high=0.1)
    half_precision: bool = parameter(
        True, "Compute per-point features in bfloat16: twice as fast where the CPU has it."
    )
    seed: int = parameter(0, "Seed of everything.", low=0, high=2**31 - 1)


class KeypointDeformerTrainee:
    """The network of one category with its losses; what `loop.train` works on.

    Parameters
    ----------
    pool
        Training shapes.
    plan
        Which keypoints there shall be.
    recipe
        Constants.
    device
        Name of the device.
    """

    def __init__(
        self, pool: Pool, plan: KeypointPlan, recipe: KeypointDeformerRecipe, device: str = "cpu"
    ) -> None:
        self.pool, self.plan, self.recipe = pool, plan, recipe
        self.device = pick_device(device)
        torch.manual_seed(recipe.seed)
        config = KeypointDeformerConfig(
            pairs=plan.pairs,
            middle=plan.middle,
            cage_mirror=cage_mirror(plan.mirror_axis),
            mirror_axis=plan.mirror_axis,
            head=recipe.head,
        )
        self.module = KeypointDeformerNet(config).to(self.device)
        self._probability = probabilities(pool.real, recipe.real_share)

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return all parameters, W_C with ten times the learning rate as in the source."""
        canonical = self.module.influence.canonical
        others = [value for value in self.module.parameters() if value is not canonical]
        return [
            {"params": others, "lr": learning_rate},
            {"params": [canonical], "lr": 10.0 * learning_rate},
        ]

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe = self.recipe
        rows = rng.choice(len(self.pool), recipe.batch, p=self._probability)
        batch = draw_batch(self.pool, rows, recipe.surface, rng, Augmentation())
        points = self._tensor(batch.points)
        seen = points[:, : recipe.points]
        noise = rng.normal(0.0, recipe.jitter, seen.shape).astype(np.float32)
        prediction = self._predict(seen + self._tensor(noise), step)
        starts = self._tensor(rng.integers(0, recipe.points, len(rows)))
        terms = {
            "keypoint": recipe.coverage_weight * coverage_loss(prediction.keypoints, seen, starts)
        }
        if recipe.semantic_weight and self.plan.named:
            terms["semantic"] = recipe.semantic_weight * self._semantic(prediction, batch)
        if prediction.weights is not None:
            spread = spread_loss(prediction.weights, seen, prediction.keypoints)
            terms["spread"] = recipe.spread_weight * spread
        if step >= recipe.warm_up:
            terms |= self._deformation(prediction, batch, points, rng)
        return terms

    def _predict(self, points: Tensor, step: int) -> Prediction:
        # The last fifth settles in full precision.
        half = self.recipe.half_precision and step < 0.8 * self.recipe.steps
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            prediction: Prediction = self.module(points)
        return prediction

    def _semantic(self, prediction: Prediction, batch: Batch) -> Tensor:
        columns, landmarks = self.plan.keypoints, self.plan.landmarks
        return landmark_loss(
            prediction.keypoints[:, columns],
            self._tensor(batch.landmarks[:, landmarks]),
            # Real shapes may carry landmarks too, for scoring: training does not look at them.
            self._tensor(batch.known[:, landmarks] & ~self.pool.real[batch.rows, None]),
        )

    def _deformation(
        self, prediction: Prediction, batch: Batch, points: Tensor, rng: np.random.Generator
    ) -> dict[str, Tensor]:
        """Return L_sim, L_inf and L_resp, every shape deformed to another of the batch."""
        recipe = self.recipe
        weights = self._tensor(batch.weights)
        influence = self.module.influences(prediction, self._tensor(batch.cages))
        # A random cycle: everybody is a source once and a target once, nobody its own.
        order = rng.permutation(len(points))
        target = torch.from_numpy(np.roll(order, 1)[np.argsort(order)]).to(self.device)
        keypoints = prediction.keypoints
        deformed = deform(points, weights, influence, keypoints[target] - keypoints)
        at_keypoints = nearest(keypoints.detach(), points)
        rows = weights.gather(1, at_keypoints[:, :, None].expand(-1, -1, weights.shape[2]))
        return {
            "similarity": recipe.similarity_weight * chamfer(deformed, points[target]).mean(),
            "influence": recipe.influence_weight * prediction.offsets.square().mean(),
            "response": recipe.response_weight * response_loss(rows @ influence),
        }

    def _tensor(self, array: np.ndarray[Any, Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)


def cage_mirror(axis: int) -> tuple[int, ...]:
    """Return the mirror partner of each of the cage's 42 vertices; `axis` as in the network."""
    vertices, _ = icosphere(1)
    flipped = vertices.copy()
    flipped[:, axis] *= -1.0
    distances = np.linalg.norm(flipped[:, None] - vertices[None], axis=2)
    return tuple(int(index) for index in distances.argmin(axis=1))
