"""What the trainings share that join keypoints of several pictures of a shape in space."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.parameters import parameter
from kpstudio.nn.backbones import BACKBONES
from kpstudio.nn.keypoint_model import prior_tensors, schema_words
from kpstudio.nn.keypointnet_losses import Eyes
from kpstudio.nn.model_file import NetworkKind
from kpstudio.rendering.rigs import DISTANCE
from kpstudio.training.ordered import describe_keypoints
from kpstudio.training.picture_batch import PictureBatch
from kpstudio.training.picture_trainee import PictureRecipe, PictureTrainee
from kpstudio.training.typical_places import typical_places
from kpstudio.training.view_pool import ViewPool

#: How deep the background is, longest sides: no keypoint is there.
_FAR = 2.0 * DISTANCE
#: Shares of the steps until which keypoints are only told where to set out from, and after which
#: all else counts in full.
_TOLD, _ALONE = 0.6, 0.7


@dataclass(frozen=True)
class JoinedRecipe(PictureRecipe):
    """What can be set about every such training."""

    steps: int = parameter(2400, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(5, "Shapes a step.", low=1, high=256)
    together: int = parameter(4, "Pictures of a shape a step.", low=2, high=16)
    views: int = parameter(12, "Views of every shape, rendered once.", low=2, high=1000)
    learning_rate: float = parameter(3e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    keypoints: int = parameter(12, "Number of keypoints.", low=4, high=64)
    backbone: str = parameter(
        "hourglass", "Network from a picture to features.", choices=tuple(BACKBONES)
    )
    width: int = parameter(32, "Width of the layers.", low=8, high=64)
    halved: bool = parameter(True, "Whether maps are half as large as pictures.", advanced=True)
    start_weight: float = parameter(
        1.0, "Weight of the places to set out from, at first.", low=0.0, high=1e3
    )
    leash: float = parameter(
        0.05, "Share of it that stays to the end.", low=0.0, high=1.0, advanced=True
    )


class JoinedTrainee(PictureTrainee):
    """A network that finds keypoints in every picture, which are then joined.

    A subclass gives `own_losses`, `start_loss` and `joined`.

    Parameters
    ----------
    pool, recipe, module, device
        As for `PictureTrainee`; a `JoinedRecipe`, and a network whose answer has `places`.
    """

    def __init__(
        self, pool: ViewPool, recipe: JoinedRecipe, module: torch.nn.Module, device: str = "cpu"
    ) -> None:
        super().__init__(pool, recipe, module, device)
        #: Pictures of a shape in a step: no more than there are.
        self.together = min(recipe.together, pool.views)
        self._start = typical_places(pool, recipe.keypoints)

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step: where to set out from, then all the others."""
        batch = self.draw(rng, self.together)
        eyes, pictures, alone = self.eyes(batch), self.pictures(batch), self.alone(step)
        found = self.module(pictures)
        told = eyes.to_camera(self.repeated(self.tensor(self._start.of(batch.rows))))
        weight = self.recipe.start_weight * (1.0 - alone * (1.0 - self.recipe.leash))
        start = weight * self.start_loss(found, told, eyes)
        if alone == 0.0:
            return {"start": start}
        own = self.own_losses(batch, eyes, pictures, found, rng)
        return {"start": start, **{name: alone * loss for name, loss in own.items()}}

    @abstractmethod
    def start_loss(self, found: Any, told: Tensor, eyes: Eyes) -> Tensor:
        """Return how far keypoints of pictures are from where they shall set out from.

        Parameters
        ----------
        found
            What the network says of n pictures.
        told
            (n,k,3) the places to set out from, camera axes.
        eyes
            The cameras.
        """

    @abstractmethod
    def own_losses(
        self,
        batch: PictureBatch,
        eyes: Eyes,
        pictures: Tensor,
        found: Any,
        rng: np.random.Generator,
    ) -> Mapping[str, Tensor]:
        """Return the weighted terms that keypoints are found by.

        Parameters
        ----------
        batch
            The batch.
        eyes
            Its cameras.
        pictures
            (n,3,h,w) its pictures.
        found
            What the network says of them.
        rng
            Source of chance.
        """

    @abstractmethod
    def joined(self, found: Any, eyes: Eyes, together: int) -> Tensor:
        """Return the keypoints (s,k,3) of s shapes, normalised frame.

        Parameters
        ----------
        found
            What the network says of s v pictures, those of a shape after each other.
        eyes
            Their cameras.
        together
            v.
        """

    def alone(self, step: int) -> float:
        """Return how much all else counts at a step, 0..1, besides where keypoints set out from.

        Before a network can tell the sides of a shape apart, what asks pictures to agree only
        draws its keypoints to the axis that all cameras go around, or to the mirror plane.
        """
        done = step / self.recipe.steps
        return min(max((done - _TOLD) / (_ALONE - _TOLD), 0.0), 1.0)

    def repeated(self, points: Tensor) -> Tensor:
        """Return points (s,k,3) of shapes once for each of their pictures, (s v,k,3)."""
        return points.repeat_interleave(self.together, dim=0)

    def eyes(self, batch: PictureBatch) -> Eyes:
        """Return the cameras of all pictures of a batch."""
        rotations, translations = (
            self.tensor(array.reshape(-1, *array.shape[2:]))
            for array in (batch.rotations, batch.translations)
        )
        return Eyes(rotations, translations, self.focal)

    def covered(self, batch: PictureBatch, maps: Tensor) -> Tensor:
        """Return (n,h,w) how much of each place of maps (n,k,h,w) the shape covers."""
        mask = self.tensor(batch.mask.reshape(-1, 1, *batch.mask.shape[2:])).float()
        return adaptive_avg_pool2d(mask, (maps.shape[2], maps.shape[3]))[:, 0]

    def surface(self, batch: PictureBatch) -> Tensor:
        """Return (n,h,w) the depth of the surface in all pictures, far where there is none."""
        depth = np.where(batch.mask, batch.depth, np.float32(_FAR))
        return self.tensor(depth.reshape(-1, *depth.shape[2:]))

    def look(self, pictures: ByteArray) -> FloatArray:
        """Return (n,k,2) unit coordinates of keypoints in pictures (n,h,w,3)."""
        places: FloatArray = self.module(self.seen(pictures)).places.cpu().double().numpy()
        return places


def by_shape(values: Tensor, together: int) -> Tensor:
    """Return values (s v,...) of pictures as (s,v,...), v pictures of each shape together."""
    return values.reshape(-1, together, *values.shape[1:])


@torch.inference_mode()
def keypoints_of_views(trainee: JoinedTrainee) -> FloatArray:
    """Return (s,k,3) the keypoints of all shapes of a pool, each from all of its views."""
    pool = trainee.pool
    rows = []
    for row in range(len(pool)):
        mask = np.isfinite(pool.depth[row].astype(np.float32))
        pictures = np.where(mask[..., None], pool.colour[row], np.uint8(255))
        cameras = (trainee.tensor(pool.rotations[row]), trainee.tensor(pool.translations[row]))
        eyes = Eyes(*cameras, trainee.focal)
        found = trainee.module(trainee.seen(pictures))
        rows.append(trainee.joined(found, eyes, pool.views)[0].cpu())
    return torch.stack(rows).double().numpy()


def save_joined(
    network: NetworkKind[Any],
    path: Path,
    trainee: JoinedTrainee,
    category: str,
    info: Mapping[str, Any],
) -> None:
    """Write the model file; keypoints are named after where training views have them.

    Parameters
    ----------
    network
        The kind of the file.
    path, trainee, category, info
        As for `system.System.save`.
    """
    net = trainee.module.eval().requires_grad_(False)
    schema, prior = describe_keypoints(keypoints_of_views(trainee), trainee.pool)
    metadata = {**info, "category": category, **schema_words(schema, prior)}
    network.save(path, net.cpu(), metadata, prior_tensors(prior))
