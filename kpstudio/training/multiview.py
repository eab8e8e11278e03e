"""Training multi-view discovery: keypoints of several views, joined in space, draw the subject.

Honari, Zhao, Salzmann, Fua 2022, "Unsupervised 3D keypoint discovery with multi-view geometry",
arXiv:2211.12829. Which losses there are besides the source's, and why, say
`nn.multiview_losses` and `training.typical_places`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from kpstudio.base.parameters import parameter
from kpstudio.nn.keypointnet_losses import Eyes, separation_loss, silhouette_loss
from kpstudio.nn.landmark_heads import LANDMARK_HEADS
from kpstudio.nn.multiview import NETWORK, Encoded, MultiviewConfig, MultiviewNet
from kpstudio.nn.multiview_losses import (
    agreement_loss,
    centring_loss,
    composed,
    coverage_loss,
    feature_loss,
    image_loss,
    mask_loss,
    start_loss,
    surface_loss,
)
from kpstudio.nn.picture_maps import variance
from kpstudio.nn.triangulation import triangulate
from kpstudio.rendering.rigs import ANGLE, DISTANCE
from kpstudio.training.joined_trainee import (
    JoinedRecipe,
    JoinedTrainee,
    by_shape,
    save_joined,
)
from kpstudio.training.picture_batch import PictureBatch
from kpstudio.training.system import System, views
from kpstudio.training.view_pool import ViewPool


@dataclass(frozen=True)
class MultiviewRecipe(JoinedRecipe):
    """What can be set about a training."""

    head: str = parameter(
        "factorised", "How features become keypoints.", choices=tuple(LANDMARK_HEADS)
    )
    separation: float = parameter(
        0.15, "Keypoints keep this far apart, longest sides.", low=0.0, high=1.0
    )
    image_weight: float = parameter(10.0, "Weight of the picture.", low=0.0, high=1e3)
    feature_weight: float = parameter(10.0, "Weight of its features (beta).", low=0.0, high=1e3)
    mask_weight: float = parameter(1.0, "Weight of the mask.", low=0.0, high=1e3)
    coverage_weight: float = parameter(1.0, "Weight of coverage.", low=0.0, high=1e3)
    centring_weight: float = parameter(0.2, "Weight of centring.", low=0.0, high=1e3)
    agreement_weight: float = parameter(
        5.0, "Weight of agreement between pictures.", low=0.0, high=1e3
    )
    silhouette_weight: float = parameter(0.1, "Weight of the silhouette.", low=0.0, high=1e3)
    surface_weight: float = parameter(1.0, "Weight of the surface.", low=0.0, high=1e3)
    separation_weight: float = parameter(1.0, "Weight of separation.", low=0.0, high=1e3)
    variance_weight: float = parameter(1.0, "Weight of the variance.", low=0.0, high=1e3)


class MultiviewTrainee(JoinedTrainee):
    """The network of one category with its losses."""

    module: MultiviewNet

    def __init__(self, pool: ViewPool, recipe: MultiviewRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = MultiviewConfig(
            backbone=recipe.backbone,
            width=recipe.width,
            halved=recipe.halved,
            head=recipe.head,
            keypoints=recipe.keypoints,
            size=recipe.size,
            angle=ANGLE,
            distance=DISTANCE,
        )
        super().__init__(pool, recipe, MultiviewNet(config), device)

    def start_loss(self, found: Encoded, told: Tensor, eyes: Eyes) -> Tensor:
        """Return how far the maps are from spots at the places told."""
        return start_loss(found.maps, eyes.project(told))

    def own_losses(
        self,
        batch: PictureBatch,
        eyes: Eyes,
        pictures: Tensor,
        found: Encoded,
        rng: np.random.Generator,
    ) -> Mapping[str, Tensor]:
        """Return the weighted terms that keypoints are found by."""
        recipe = self.recipe
        seen = eyes.to_camera(self.repeated(self.joined(found, eyes, self.together)))
        places, mask = eyes.project(seen), self.covered(batch, found.maps)
        return {
            **self._drawing(found, places, mask, pictures),
            "coverage": recipe.coverage_weight * coverage_loss(places, mask),
            "centring": recipe.centring_weight * centring_loss(places, mask),
            "agreement": recipe.agreement_weight * agreement_loss(found.places, places),
            "silhouette": recipe.silhouette_weight * silhouette_loss(found.maps, mask),
            "surface": recipe.surface_weight * self._to_surface(batch, seen, places),
            "separation": recipe.separation_weight * separation_loss(seen, recipe.separation),
            "variance": recipe.variance_weight * variance(found.maps).mean(),
        }

    def _drawing(
        self, found: Encoded, places: Tensor, mask: Tensor, pictures: Tensor
    ) -> dict[str, Tensor]:
        """Return the losses of the subject as the joined keypoints draw it."""
        recipe, size = self.recipe, (mask.shape[1], mask.shape[2])
        drawn = self.module.decode(places, found.descriptors, size)
        shown = composed(drawn.mask.sigmoid(), drawn.subject)
        true = composed(mask, adaptive_avg_pool2d(pictures, size))
        return {
            "image": recipe.image_weight * image_loss(shown, true),
            "feature": recipe.feature_weight * feature_loss(shown, true),
            "mask": recipe.mask_weight * mask_loss(drawn.mask, mask),
        }

    def _to_surface(self, batch: PictureBatch, seen: Tensor, places: Tensor) -> Tensor:
        return surface_loss(places, seen[..., 2], self.surface(batch), len(batch.rows))

    def joined(self, found: Encoded, eyes: Eyes, together: int) -> Tensor:
        """Return the keypoints (s,k,3), triangulated."""
        places, weights = by_shape(found.places, together), by_shape(found.weights, together)
        return triangulate(places, weights, eyes)


#: What `kpstudio train multiview` trains.
SYSTEM = System(
    NETWORK.kind,
    "Multi-view discovery",
    "Keypoints of several pictures, joined in space, from which the shape can be drawn again.",
    MultiviewRecipe,
    True,
    MultiviewTrainee,
    partial(save_joined, NETWORK),
    views,
)
