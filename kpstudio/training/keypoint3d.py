"""Training Keypoint3D: keypoints that views put at one place in space draw the views again.

Chen, Abbeel, Pathak 2021, "Unsupervised learning of visual 3D keypoints for control", ICML,
arXiv:2106.07643. There a policy learns along, from one scene; here it is the shapes of a category,
each in other colours, which takes some losses more: see `nn.multiview_losses`. Weights of the
source's own losses are those of its code.
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
from kpstudio.nn import keypoint3d
from kpstudio.nn.keypoint3d import NETWORK, Encoded3D, Keypoint3DConfig, Keypoint3DNet, in_space
from kpstudio.nn.keypoint3d_losses import (
    depth_loss,
    multiview_loss,
    separation_loss,
    sparsity_loss,
)
from kpstudio.nn.keypointnet_losses import Eyes, silhouette_loss
from kpstudio.nn.multiview_losses import composed, image_loss, start_loss, surface_loss
from kpstudio.nn.picture_maps import variance
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

#: Weight of the depths that are told at first, of that of the places.
_DEPTH = 0.05


@dataclass(frozen=True)
class Keypoint3DRecipe(JoinedRecipe):
    """What can be set about a training."""

    noise: float = parameter(
        0.05, "Noise on keypoints before they are drawn, longest sides.", low=0.0, high=1.0
    )
    autoencoder_weight: float = parameter(5.0, "Weight of drawing.", low=0.0, high=1e3)
    multiview_weight: float = parameter(
        0.05, "Weight of agreement between pictures.", low=0.0, high=1e3
    )
    separation_weight: float = parameter(0.0025, "Weight of separation.", low=0.0, high=1e3)
    sparsity_weight: float = parameter(0.005, "Weight of sparsity.", low=0.0, high=1e3)
    silhouette_weight: float = parameter(0.1, "Weight of the silhouette.", low=0.0, high=1e3)
    surface_weight: float = parameter(1.0, "Weight of the surface.", low=0.0, high=1e3)
    variance_weight: float = parameter(0.5, "Weight of the variance.", low=0.0, high=1e3)


class Keypoint3DTrainee(JoinedTrainee):
    """The network of one category with its losses."""

    module: Keypoint3DNet

    def __init__(self, pool: ViewPool, recipe: Keypoint3DRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = Keypoint3DConfig(
            backbone=recipe.backbone,
            width=recipe.width,
            halved=recipe.halved,
            keypoints=recipe.keypoints,
            size=recipe.size,
            angle=ANGLE,
            distance=DISTANCE,
        )
        super().__init__(pool, recipe, Keypoint3DNet(config), device)

    def start_loss(self, found: Encoded3D, told: Tensor, eyes: Eyes) -> Tensor:
        """Return how far the maps are from spots at the places told, and depths from theirs."""
        starting = start_loss(found.maps, eyes.project(told))
        return starting + _DEPTH * depth_loss(found.depths, told[..., 2])

    def own_losses(
        self,
        batch: PictureBatch,
        eyes: Eyes,
        pictures: Tensor,
        found: Encoded3D,
        rng: np.random.Generator,
    ) -> Mapping[str, Tensor]:
        """Return the weighted terms that keypoints are found by."""
        recipe = self.recipe
        keypoints = self.joined(found, eyes, self.together)
        points = by_shape(in_space(found, eyes), self.together)
        seen, mask = eyes.to_camera(self.repeated(keypoints)), self.covered(batch, found.maps)
        to_surface = surface_loss(
            eyes.project(seen), seen[..., 2], self.surface(batch), len(batch.rows)
        )
        return {
            "autoencoder": recipe.autoencoder_weight
            * self._drawing(found, keypoints, eyes, pictures, mask, rng),
            "multiview": recipe.multiview_weight * multiview_loss(points, keypoints),
            "separation": recipe.separation_weight * separation_loss(keypoints),
            "sparsity": recipe.sparsity_weight * sparsity_loss(found.attention),
            "silhouette": recipe.silhouette_weight * silhouette_loss(found.maps, mask),
            "surface": recipe.surface_weight * to_surface,
            "variance": recipe.variance_weight * variance(found.maps).mean(),
        }

    def _drawing(
        self,
        found: Encoded3D,
        keypoints: Tensor,
        eyes: Eyes,
        pictures: Tensor,
        mask: Tensor,
        rng: np.random.Generator,
    ) -> Tensor:
        """Return how far the pictures are from those that the joined keypoints draw."""
        noise = rng.normal(0.0, self.recipe.noise, tuple(keypoints.shape)).astype(np.float32)
        shaken = self.repeated(keypoints + self.tensor(noise))
        size = (mask.shape[1], mask.shape[2])
        places = eyes.project(eyes.to_camera(shaken))
        drawn = self.module.decode(places, found.attention, found.look, size)
        return image_loss(drawn, composed(mask, adaptive_avg_pool2d(pictures, size)))

    def joined(self, found: Encoded3D, eyes: Eyes, together: int) -> Tensor:
        """Return the keypoints (s,k,3), means weighted by attention."""
        points = by_shape(in_space(found, eyes), together)
        return keypoint3d.joined(points, by_shape(found.attention, together))


#: What `kpstudio train keypoint3d` trains.
SYSTEM = System(
    NETWORK.kind,
    "Keypoint3D",
    "Keypoints with depths and attention in every picture, joined where pictures are sure.",
    Keypoint3DRecipe,
    True,
    Keypoint3DTrainee,
    partial(save_joined, NETWORK),
    views,
)
