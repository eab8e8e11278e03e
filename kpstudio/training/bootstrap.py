"""Training a detector in pictures on few labels, which then labels the rest for itself, in rounds.

Simon, Joo, Matthews, Sheikh 2017, "Hand keypoint detection in single images using multiview
bootstrapping", doi:10.1109/CVPR.2017.494. A first detector learns a few labelled shapes. It looks
at all views of the others; RANSAC tells which views of a keypoint agree on a place in space, and
the places that are agreed upon best are projected into all views of their shapes: labels of views,
too, in which the detector was wrong. With these it learns on, and so forth.

Ours: it learns on instead of anew in each round; the best labels are chosen for every keypoint
apart instead of for all of a shape, and of each round more of them are believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import BoolArray, ByteArray, FloatArray
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import parameter
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.geometry.triangulation import triangulate_ransac
from kpstudio.nn.backbones import BACKBONES
from kpstudio.nn.bootstrap import NETWORK, BootstrappedNet, first_tensors
from kpstudio.nn.keypoint_model import prior_tensors, schema_words
from kpstudio.nn.semantic_heatmaps import (
    SemanticHeatmapsConfig,
    SemanticHeatmapsNet,
    heatmap_loss,
    read_out,
)
from kpstudio.rendering.rigs import ANGLE, DISTANCE
from kpstudio.training.clouds import random_rows
from kpstudio.training.finish import spanning_edges
from kpstudio.training.keypoint_plan import named_plan
from kpstudio.training.picture_trainee import PictureRecipe, PictureTrainee
from kpstudio.training.pose import landmark_prior, mirror_of
from kpstudio.training.self_labels import best, untold, with_labels
from kpstudio.training.system import System, views
from kpstudio.training.view_pool import ViewPool

#: Share of a batch whose labels were told, once there are others.
_TOLD_SHARE = 0.4
#: No coordinate of a keypoint is larger, longest sides.
_OUTSIDE = 0.6
#: A label this near to a true landmark is right, longest sides.
_RIGHT = 0.05


@dataclass(frozen=True)
class BootstrapRecipe(PictureRecipe):
    """What can be set about a training."""

    steps: int = parameter(1800, "Optimiser steps.", low=1, high=1_000_000)
    first_steps: int = parameter(
        600, "Steps before the first round; the others follow the rounds in equal parts.", low=0,
        high=1_000_000,
    )  # fmt: skip
    batch: int = parameter(16, "Pictures a step.", low=2, high=256)
    learning_rate: float = parameter(3e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    real_share: float = parameter(
        0.3, "Share of real shapes among those without labels.", low=0.0, high=1.0
    )
    views: int = parameter(12, "Views of every shape, rendered once.", low=2, high=1000)
    labelled: int = parameter(20, "Generated shapes whose labels are known.", low=3, high=10_000)
    rounds: int = parameter(3, "How often the detector labels the others.", low=0, high=20)
    backbone: str = parameter(
        "hourglass", "Network from a picture to features.", choices=tuple(BACKBONES)
    )
    width: int = parameter(24, "Channels of the features.", low=8, high=64)
    stacks: int = parameter(1, "Hourglasses one after the other.", low=1, high=4)
    halved: bool = parameter(True, "Whether maps are half as large as pictures.", advanced=True)
    agree: float = parameter(
        5.0, "Views agree on a place within this distance.", unit="% of a picture", low=0.1,
        high=50.0,
    )  # fmt: skip
    least: int = parameter(5, "Views that must agree.", low=2, high=100)
    believed: float = parameter(
        0.8, "Share of the labels that are believed in the last round.", low=0.01, high=1.0
    )
    hidden_weight: float = parameter(
        0.3, "Weight of known landmarks that the shape hides.", low=0.0, high=1.0, advanced=True
    )


class BootstrapTrainee(PictureTrainee):
    """The detector of one category, its labels and its rounds.

    Parameters
    ----------
    pool
        Training shapes, with landmarks. Those of all but a few are used for nothing but the report.
    recipe
        Constants.
    device
        Name of the device.

    Raises
    ------
    InputError
        No shapes are labelled, or they have no landmarks in common.
    """

    module: BootstrappedNet

    def __init__(self, pool: ViewPool, recipe: BootstrapRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        self.told = np.zeros(len(pool), bool)
        self.told[np.flatnonzero(~pool.real)[: recipe.labelled]] = True
        if not self.told.any():
            raise InputError(
                "nothing is labelled to begin with",
                remedy="Use generated shapes of a category (--procedural).",
            )
        self.plan = named_plan(pool.landmark_names, pool.known[self.told])
        self.truth = pool
        pool = untold(pool, self.told)
        mean, mirror = landmark_prior(pool, self.plan).mean, mirror_of(self.plan)
        self.schema = KeypointSchema(self.plan.names, mirror, spanning_edges(mean, mirror))
        config = SemanticHeatmapsConfig(
            backbone=recipe.backbone,
            width=recipe.width,
            halved=recipe.halved,
            keypoints=len(self.schema),
            edges=0,
            stacks=recipe.stacks,
            size=recipe.size,
            angle=ANGLE,
            distance=DISTANCE,
        )
        sizes = (len(pool), len(pool.landmark_names), recipe.rounds)
        module = BootstrappedNet(SemanticHeatmapsNet(config), *sizes)
        super().__init__(pool, recipe, module, device)
        #: The round whose labels are in the pool.
        self._round = 0

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return the parameters of the detector that learns."""
        return [{"params": list(self.module.net.parameters()), "lr": learning_rate}]

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the loss of one step; label the shapes before it when a round begins."""
        recipe, module = self.recipe, self.module
        late = step - recipe.first_steps
        parts = max(recipe.steps - recipe.first_steps, 1)
        due = 0 if late < 0 else min(1 + late * recipe.rounds // parts, recipe.rounds)
        # A check of the progress draws far ahead, and shall change nothing.
        if module.training and due > int(module.round):
            self.label(due)
        if self._round != int(module.round):
            self._believe()
        batch = self.draw(rng, 1, self._rows(rng))
        wanted = list(self.plan.landmarks)
        places = batch.places[:, 0, wanted]
        known = (batch.known & (np.abs(batch.places[:, 0]) < 1.0).all(axis=2))[:, wanted]
        weights = np.where(batch.visible[:, 0, wanted], 1.0, recipe.hidden_weight) * known
        found = module(self.pictures(batch))
        weight = self.tensor(weights.astype(np.float32))
        return {"heatmaps": heatmap_loss(found, self.tensor(places), weight)}

    def _rows(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Return rows of a batch: of shapes with labels from the start, and of others that have."""
        told = np.flatnonzero(self.told)
        taught = np.flatnonzero(~self.told & self.pool.known.any(axis=1))
        count = self.recipe.batch
        first = round(_TOLD_SHARE * count) if len(taught) else count
        rows = rng.choice(told, first)
        if first == count:
            return rows
        share = self.recipe.real_share
        others = taught[random_rows(self.pool.real[taught], share, count - first, rng)]
        return np.concatenate([rows, others])

    def label(self, number: int) -> None:
        """Label all shapes whose labels were not told, as round `number`."""
        recipe, module = self.recipe, self.module
        if not int(module.round):
            module.keep_first()
        points = np.zeros(self.pool.landmarks.shape)
        scores = np.zeros(self.pool.known.shape)
        wanted = list(self.plan.landmarks)
        module.eval()
        for row in np.flatnonzero(~self.told):
            points[row, wanted], scores[row, wanted] = self._agreed(int(row))
        module.train()
        share = recipe.believed * number / recipe.rounds
        believed = best(scores, share)
        module.round.fill_(number)
        module.points.copy_(torch.from_numpy(points))
        module.believed.copy_(torch.from_numpy(believed))
        told = [believed.sum(), believed.any(axis=1).sum(), self._right(points, believed)]
        module.report[number - 1] = torch.tensor(told, dtype=torch.float64)

    def _right(self, points: FloatArray, believed: BoolArray) -> float:
        """Return the share of believed labels that are near the truth, where that is known."""
        known = believed & self.truth.known
        away = np.linalg.norm(points - self.truth.landmarks, axis=2)[known]
        return float((away < _RIGHT).mean()) if len(away) else np.nan

    @torch.no_grad()
    def _agreed(self, row: int) -> tuple[FloatArray, FloatArray]:
        """Return what the views of a shape agree on: places (k,3), and scores (k,), 0 for none."""
        pool, recipe = self.truth, self.recipe
        read = read_out(self.module(self.seen(pool.pictures(row))))
        cameras = [pool.camera(row, view) for view in range(pool.views)]
        places, confidence = (part.cpu().double().numpy() for part in read[:2])
        pixels = np.stack(
            [camera.from_unit(view) for camera, view in zip(cameras, places, strict=True)]
        )
        threshold = recipe.agree / 100.0 * max(pool.size)
        found = triangulate_ransac(cameras, pixels, confidence, threshold, recipe.least)
        # Where rays meet outside of the box that all shapes fill, they meet by chance.
        inside = np.abs(found.points).max(axis=1) < _OUTSIDE
        scores = (found.used * confidence).sum(axis=0)
        return np.where(inside[:, None], found.points, 0.0), np.where(inside, scores, 0.0)

    def _believe(self) -> None:
        """Put the labels that are believed into the pool."""
        module, truth = self.module, self.truth
        points, believed = module.points.cpu().numpy(), module.believed.cpu().numpy()
        self.pool = with_labels(untold(truth, self.told), points, believed)
        self._round = int(module.round)

    def look(self, pictures: ByteArray) -> FloatArray:
        """Return (n,k,2) unit coordinates of keypoints in pictures (n,h,w,3)."""
        places: FloatArray = read_out(self.module(self.seen(pictures))).places.cpu().numpy()
        return places.astype(float)

    def story(self) -> dict[str, Any]:
        """Return how many labels were told, and what became of each round that is over."""
        of = int((~self.told).sum()) * len(self.plan.landmarks)
        rounds = self.module.report[: int(self.module.round)].tolist()
        told = [
            {"round": number, "labels": int(labels), "of": of, "shapes": int(shapes),
             "right": None if np.isnan(right) else right}
            for number, (labels, shapes, right) in enumerate(rounds, start=1)
        ]  # fmt: skip
        return {"labelled_shapes": int(self.told.sum()), "rounds_of_labels": told}


def save(path: Path, trainee: BootstrapTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file; the first detector and what became of the rounds go along."""
    prior = landmark_prior(trainee.pool, trainee.plan)
    module = trainee.module.eval().requires_grad_(False).cpu()
    metadata = {
        **info,
        "category": category,
        **trainee.story(),
        **schema_words(trainee.schema, prior),
    }
    first = first_tensors(module) if int(module.round) else {}
    NETWORK.save(path, module.net, metadata, prior_tensors(prior) | first)


#: What `kpstudio train bootstrap` trains.
SYSTEM = System(
    NETWORK.kind,
    "Multi-view bootstrapping",
    "Named keypoints in one picture, learned from few labels and from what many views agree on.",
    BootstrapRecipe,
    True,
    BootstrapTrainee,
    save,
    views,
)
