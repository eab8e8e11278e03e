"""Training KeypointNet: two views of a shape shall agree on its keypoints and on their own turn.

Suwajanakorn, Snavely, Tompson, Norouzi 2018, "Discovery of latent 3D keypoints via end-to-end
geometric reasoning", NeurIPS, arXiv:1807.03146. The weights of its losses are those of its code
but for that of the pose, which is five times as large; it trains for 200 000 steps of 256 pictures.
What makes it faster here (ours): noise on the keypoints grows from nothing, for while all lie in
the middle it hides what little they tell of the pose; the network is first told more of the
orientation than the source's flag; and several pictures of a shape make all pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from kpstudio.base.arrays import BoolArray, ByteArray, FloatArray
from kpstudio.base.parameters import parameter
from kpstudio.nn.keypoint_model import prior_tensors, schema_words
from kpstudio.nn.keypointnet import NETWORK, KeypointNet, KeypointNetConfig, lift
from kpstudio.nn.keypointnet_losses import (
    Eyes,
    consistency_loss,
    orientation_loss,
    pose_loss,
    separation_loss,
    silhouette_loss,
)
from kpstudio.nn.picture_maps import expectation, variance
from kpstudio.rendering.rigs import ANGLE, DISTANCE
from kpstudio.training.clouds import random_rows
from kpstudio.training.ordered import describe_keypoints
from kpstudio.training.picture_batch import PictureBatch
from kpstudio.training.picture_trainee import PictureRecipe, PictureTrainee
from kpstudio.training.system import System, views
from kpstudio.training.view_pool import ViewPool

#: Front and back ends of a shape's axis, normalised frame.
_ENDS = ((0.0, 0.0, 0.5), (0.0, 0.0, -0.5))
#: Shares of the steps after which the true ends of the axis are told no more but which of those
#: found is the front; until which that is always told; after which nothing is.
_FLAG, _TOLD, _FOUND = 0.3, 0.5, 0.8
#: Share of the steps until the noise is whole.
_NOISY = 0.5
#: Factor on the learning rate of the orientation network.
_FASTER = 3.0
#: Share of the steps in half precision.
_HALF = 0.8


@dataclass(frozen=True)
class KeypointNetRecipe(PictureRecipe):
    """What can be set about a training."""

    steps: int = parameter(3000, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(8, "Shapes a step.", low=2, high=256)
    together: int = parameter(3, "Pictures of a shape a step; all pairs count.", low=2, high=16)
    more: int = parameter(
        16, "More shapes a step for the orientation network alone.", low=0, high=256,
        advanced=True,
    )  # fmt: skip
    keypoints: int = parameter(10, "Number of keypoints.", low=4, high=64)
    width: int = parameter(32, "Width of the layers.", low=4, high=256)
    halved: bool = parameter(True, "Whether maps are half as large as pictures.", advanced=True)
    separation: float = parameter(
        0.1, "Keypoints keep this far apart, longest sides.", low=0.0, high=1.0
    )
    noise: float = parameter(
        0.05, "Noise on keypoints when the pose is fitted, longest sides.", low=0.0, high=1.0
    )
    pose_weight: float = parameter(1.0, "Weight of the relative pose.", low=0.0, high=1e3)
    consistency_weight: float = parameter(1.0, "Weight of consistency.", low=0.0, high=1e3)
    separation_weight: float = parameter(1.0, "Weight of separation.", low=0.0, high=1e3)
    silhouette_weight: float = parameter(1.0, "Weight of the silhouette.", low=0.0, high=1e3)
    variance_weight: float = parameter(0.5, "Weight of the variance.", low=0.0, high=1e3)
    orientation_weight: float = parameter(1.0, "Weight of the orientation.", low=0.0, high=1e3)
    half_precision: bool = parameter(
        True, "Compute in bfloat16 but for the last fifth of the steps: twice as fast where the "
        "CPU has it.", advanced=True,
    )  # fmt: skip


class KeypointNetTrainee(PictureTrainee):
    """The network of one category with its losses."""

    module: KeypointNet

    def __init__(self, pool: ViewPool, recipe: KeypointNetRecipe, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        config = KeypointNetConfig(
            keypoints=recipe.keypoints,
            width=recipe.width,
            orientation_width=max(recipe.width // 2, 4),
            halved=recipe.halved,
            size=recipe.size,
            angle=ANGLE,
            distance=DISTANCE,
        )
        super().__init__(pool, recipe, KeypointNet(config), device)

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return two groups: the orientation network, small, learns faster (ours)."""
        orientation = set(self.module.orientation.parameters())
        others = [weight for weight in self.module.parameters() if weight not in orientation]
        return [
            {"params": list(self.module.orientation.parameters()), "lr": _FASTER * learning_rate},
            {"params": others, "lr": learning_rate},
        ]

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""
        recipe, done = self.recipe, step / self.recipe.steps
        count = recipe.batch + recipe.more
        rows = random_rows(self.pool.real, recipe.real_share, count, rng)
        batch = self.draw(rng, recipe.together, rows)
        eyes = self._eyes(batch)
        ends = eyes.project(eyes.to_camera(self._ends(len(eyes.rotation))))
        pictures, net = self.pictures(batch), self.module
        some = slice(recipe.batch * recipe.together)
        half = torch.autocast(
            self.device.type, torch.bfloat16, enabled=recipe.half_precision and done < _HALF
        )
        with half:
            end_maps = net.find_ends(pictures)
        told = self.told(expectation(end_maps.detach()), ends, done, rng)
        with half:
            found = net.find_keypoints(pictures[some], end_maps[some], told[some])
        eyes = eyes.of(some)
        points = lift(found.places, found.depths, eyes.focal)
        pair = self._pairs(points, eyes)
        scale = recipe.noise * min(done / _NOISY, 1.0)
        noise = self.tensor(rng.normal(0.0, scale, (2, *pair[0].shape)).astype(np.float32))
        return {
            "consistency": recipe.consistency_weight * consistency_loss(*pair),
            "pose": recipe.pose_weight * pose_loss(*pair, noise),
            "separation": recipe.separation_weight * separation_loss(points, recipe.separation),
            "silhouette": recipe.silhouette_weight
            * silhouette_loss(found.maps, self._mask(batch.mask[: recipe.batch], found.maps)),
            "variance": recipe.variance_weight * variance(found.maps).mean(),
            "orientation": recipe.orientation_weight * orientation_loss(end_maps, ends),
        }

    def _pairs(self, points: Tensor, eyes: Eyes) -> tuple[Tensor, Tensor, Eyes, Eyes]:
        """Return points and cameras of both pictures of every pair of views of a shape."""
        together = self.recipe.together
        number = torch.arange(len(points), device=self.device).reshape(-1, together)
        first, second = torch.triu_indices(together, together, 1, device=self.device)
        one, other = number[:, first].flatten(), number[:, second].flatten()
        return points[one], points[other], eyes.of(one), eyes.of(other)

    def _mask(self, mask: BoolArray, maps: Tensor) -> Tensor:
        """Return (n,h,w) how much of each place of maps (n,k,h,w) a mask (b,v,h,w) covers."""
        pixels = self.tensor(mask.reshape(-1, 1, *mask.shape[2:])).float()
        return adaptive_avg_pool2d(pixels, (maps.shape[2], maps.shape[3]))[:, 0]

    def look(self, pictures: ByteArray) -> FloatArray:
        """Return (n,k,2) unit coordinates of keypoints in pictures (n,h,w,3)."""
        places: FloatArray = self.module(self.seen(pictures)).places.cpu().double().numpy()
        return places

    def _eyes(self, batch: PictureBatch) -> Eyes:
        rotations, translations = (
            self.tensor(array.reshape(-1, *array.shape[2:]))
            for array in (batch.rotations, batch.translations)
        )
        return Eyes(rotations, translations, self.focal)

    def _ends(self, count: int) -> Tensor:
        return torch.tensor(_ENDS, device=self.device).expand(count, -1, -1)

    def told(self, found: Tensor, true: Tensor, done: float, rng: np.random.Generator) -> Tensor:
        """Return the ends of the axis (n,2,2) that the network is told.

        At first where they are; then which of those found is the front, the flag of the source;
        in the end nothing: what is found, right or wrong.

        Parameters
        ----------
        found, true
            (n,2,2) unit coordinates of front and back.
        done
            Share of the steps that are done.
        rng
            Source of chance.
        """
        way, true_way = found[:, 0] - found[:, 1], true[:, 0] - true[:, 1]
        wrong = ((way * true_way).sum(dim=1) < 0.0)[:, None, None]
        right = torch.where(wrong, found.flip(1), found)
        told = torch.lerp(right, true, max(1.0 - done / _FLAG, 0.0))
        alone = self.tensor(rng.uniform(size=len(found)) < (done - _TOLD) / (_FOUND - _TOLD))
        return torch.where(alone[:, None, None], found, told)


@torch.inference_mode()
def keypoints_of_views(trainee: KeypointNetTrainee) -> FloatArray:
    """Return (s,k,3) the keypoints of all shapes of a pool, median over views, normalised frame."""
    pool, net = trainee.pool, trainee.module
    found = []
    for row in range(len(pool)):
        mask = np.isfinite(pool.depth[row].astype(np.float32))
        pictures = np.where(mask[..., None], pool.colour[row], np.uint8(255))
        seen = net(trainee.seen(pictures))
        points = lift(seen.places, seen.depths, trainee.focal).cpu().double().numpy()
        world = (points - pool.translations[row][:, None]) @ pool.rotations[row]
        found.append(np.median(world, axis=0))
    return np.stack(found)


def save(path: Path, trainee: KeypointNetTrainee, category: str, info: Mapping[str, Any]) -> None:
    """Write the model file; keypoints are named after where training views have them."""
    net = trainee.module.eval().requires_grad_(False)
    schema, prior = describe_keypoints(keypoints_of_views(trainee), trainee.pool)
    metadata = {**info, "category": category, **schema_words(schema, prior)}
    NETWORK.save(path, net.cpu(), metadata, prior_tensors(prior))


#: What `kpstudio train keypointnet` trains.
SYSTEM = System(
    NETWORK.kind,
    "KeypointNet",
    "Keypoints with depth from one picture, the same places on every shape of a category.",
    KeypointNetRecipe,
    True,
    KeypointNetTrainee,
    save,
    views,
)
