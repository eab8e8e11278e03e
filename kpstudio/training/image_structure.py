"""Training structure from pictures of a category; see `nn.image_structure`.

Two pictures of every shape a step, each zoomed and shifted at random, so that scale and shift are
something to learn. Labels of landmarks are not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.base.parameters import parameter
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.nn.backbones import BACKBONES
from kpstudio.nn.image_structure import (
    NETWORK,
    ImageStructureConfig,
    ImageStructureNet,
    Pose,
)
from kpstudio.nn.image_structure_losses import (
    heatmap_loss,
    hint_of,
    picture_features,
    pose_loss,
    projection_loss,
    reconstruction_loss,
    repulsion_loss,
)
from kpstudio.nn.keypoint_model import prior_tensors, schema_words
from kpstudio.nn.keypointnet_losses import silhouette_loss
from kpstudio.nn.landmark_heads import LANDMARK_HEADS
from kpstudio.nn.picture_warps import warp_pictures
from kpstudio.rendering.rigs import ANGLE, DISTANCE
from kpstudio.training.ordered import describe_keypoints
from kpstudio.training.picture_trainee import PictureRecipe, PictureTrainee
from kpstudio.training.system import System, views
from kpstudio.training.view_pool import ViewPool

#: Lines of the skeleton have at least this share of the weight of the strongest one.
_STRONG = 0.5


@dataclass(frozen=True)
class ImageStructureRecipe(PictureRecipe):
    """What can be set about a training."""

    steps: int = parameter(1800, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(10, "Shapes a step, two pictures of each.", low=2, high=256)
    learning_rate: float = parameter(3e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    views: int = parameter(12, "Views of every shape, rendered once.", low=2, high=1000)
    keypoints: int = parameter(12, "Number of keypoints.", low=4, high=64)
    basis: int = parameter(6, "Coefficients of a shape.", low=0, high=64)
    backbone: str = parameter(
        "hourglass", "Network from a picture to features.", choices=tuple(BACKBONES)
    )
    head: str = parameter(
        "factorised", "How keypoints share the picture.", choices=tuple(LANDMARK_HEADS)
    )
    width: int = parameter(32, "Channels of the features.", low=8, high=64)
    hint: float = parameter(
        0.2, "Share of a picture that is shown when it is drawn again.", low=0.0, high=1.0
    )
    zoom: float = parameter(
        0.15, "Largest random change of scale, a share of 1.", low=0.0, high=0.5
    )
    shift: float = parameter(0.1, "Largest random shift.", unit="half pictures", low=0.0, high=0.5)
    reconstruction_weight: float = parameter(
        5.0, "Weight of the picture that is drawn again.", low=0.0, high=1e3
    )
    projection_weight: float = parameter(
        1.0, "Weight of the shape in its own picture, and of that in another.", low=0.0, high=1e3
    )
    heatmap_weight: float = parameter(
        1.0, "Weight of the heatmaps where the shape of another picture is.", low=0.0, high=1e3
    )
    repulsion_weight: float = parameter(0.2, "Weight of keeping apart.", low=0.0, high=1e3)
    silhouette_weight: float = parameter(0.05, "Weight of being on the shape.", low=0.0, high=1e3)
    sparsity_weight: float = parameter(0.05, "Weight of few lines.", low=0.0, high=1e3)
    pose_weight: float = parameter(
        1.0, "Weight of the known turn of the renderings, from which shapes have their axes.",
        low=0.01, high=1e3,
    )  # fmt: skip


class ImageStructureTrainee(PictureTrainee):
    """The network of one category with its losses."""

    module: ImageStructureNet

    def __init__(self, pool: ViewPool, recipe: ImageStructureRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = ImageStructureConfig(
            backbone=recipe.backbone,
            width=recipe.width,
            keypoints=recipe.keypoints,
            basis=recipe.basis,
            head=recipe.head,
            size=recipe.size,
            angle=ANGLE,
            distance=DISTANCE,
        )
        super().__init__(pool, recipe, ImageStructureNet(config), device)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe, net = self.recipe, self.module
        batch = self.draw(rng, 2)
        true = self.moved(self.tensor(batch.rotations.reshape(-1, 3, 3)), rng)
        mask = self.tensor(batch.mask.reshape(-1, 1, *batch.mask.shape[2:])).float()
        moved = warp_pictures(torch.cat([self.pictures(batch), mask], dim=1), _Move(true))
        pictures, mask = moved[:, :3], moved[:, 3:]
        found = net(pictures)
        size = (int(found.maps.shape[2]), int(found.maps.shape[3]))
        # Views of a shape stand side by side: 0 1, 2 3, ...
        other = torch.arange(len(pictures), device=self.device) ^ 1
        shared = net.project(found.shape[other], true)
        # One picture of each shape is drawn, half of them from what the heatmaps say, half from the
        # shape in space.
        drawn = pictures[::2]
        flat = self.tensor(rng.uniform(size=len(drawn)) < 0.5)[:, None, None]
        lines = net.edge_map(torch.where(flat, found.places[::2], shared[::2]), size)
        answer = net.decode(lines, hint_of(drawn, size, recipe.hint))
        return {
            "reconstruction": recipe.reconstruction_weight
            * reconstruction_loss(answer, picture_features(drawn, size)),
            "projection": recipe.projection_weight
            * projection_loss(net.project(found.shape, found.pose), found.places, found.maps),
            "sharing": recipe.projection_weight * projection_loss(shared, found.places, found.maps),
            "heatmaps": recipe.heatmap_weight * heatmap_loss(found.maps, shared),
            "repulsion": recipe.repulsion_weight * repulsion_loss(found.shape),
            "silhouette": recipe.silhouette_weight
            * silhouette_loss(found.maps, interpolate(mask, size, mode="area")[:, 0]),
            "sparsity": recipe.sparsity_weight * net.weights.mean(),
            "pose": recipe.pose_weight * pose_loss(found.pose, true),
        }

    def moved(self, rotations: Tensor, rng: np.random.Generator) -> Pose:
        """Return poses of random scale and shift with the rotations of pictures (b,3,3)."""
        recipe, count = self.recipe, len(rotations)
        scale = np.exp(rng.uniform(-recipe.zoom, recipe.zoom, count))
        shift = rng.uniform(-recipe.shift, recipe.shift, (count, 2))
        return Pose(
            rotations,
            self.tensor(scale.astype(np.float32)),
            self.tensor(shift.astype(np.float32)),
        )

    def look(self, pictures: ByteArray) -> FloatArray:
        """Return (n,k,2) unit coordinates of keypoints in pictures (n,h,w,3)."""
        places: FloatArray = self.module(self.seen(pictures)).places.cpu().double().numpy()
        return places


class _Move:
    """The warp that moves pictures of the usual scale to where poses have the shape."""

    def __init__(self, pose: Pose) -> None:
        self.pose = pose

    def __call__(self, places: Tensor) -> Tensor:
        """Return where places (b,n,2) of the moved pictures are in the first ones."""
        return (places - self.pose.shift[:, None]) / self.pose.scale[:, None, None]


@torch.inference_mode()
def shapes_of_pool(trainee: ImageStructureTrainee) -> FloatArray:
    """Return (s,k,3) the shapes that a network sees, mean over the views."""
    pool, net = trainee.pool, trainee.module
    found: list[Float32Array] = []
    for colour, depth in zip(pool.colour, pool.depth, strict=True):
        mask = np.isfinite(depth.astype(np.float32))[..., None]
        shape = net(trainee.seen(np.where(mask, colour, np.uint8(255)))).shape
        found.append(shape.mean(dim=0).cpu().numpy())
    return np.stack(found).astype(float)


def skeleton(net: ImageStructureNet) -> tuple[tuple[int, int], ...]:
    """Return the lines of the skeleton: pairs of keypoints with weights like the strongest one."""
    weights = net.weights.tolist()
    least = _STRONG * max(weights)
    return tuple(pair for pair, weight in zip(net.pairs, weights, strict=True) if weight >= least)


def save(
    path: Path, trainee: ImageStructureTrainee, category: str, info: Mapping[str, Any]
) -> None:
    """Write the model file; the skeleton is the lines of its keypoints."""
    net = trainee.module.eval().requires_grad_(False)
    described, prior = describe_keypoints(shapes_of_pool(trainee), trainee.pool)
    schema = KeypointSchema(described.names, described.mirror, skeleton(net))
    metadata = {**info, "category": category, **schema_words(schema, prior)}
    NETWORK.save(path, net.cpu(), metadata, prior_tensors(prior))


#: What `kpstudio train image-structure` trains.
SYSTEM = System(
    NETWORK.kind,
    "Structure from pictures",
    "Keypoints of a category, the lines between them, shape and pose, found without labels.",
    ImageStructureRecipe,
    True,
    ImageStructureTrainee,
    save,
    views,
)
