"""What all trainings share but the first two: a recipe, a network on a device, pictures of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kpstudio.base.arrays import ByteArray
from kpstudio.base.parameters import parameter
from kpstudio.nn.device import pick_device


@dataclass(frozen=True)
class Recipe:
    """What can be set about every training."""

    steps: int = parameter(1500, "Optimiser steps.", low=1, high=1_000_000)
    batch: int = parameter(8, "Shapes a step.", low=2, high=256)
    learning_rate: float = parameter(1e-3, "Adam's learning rate.", low=1e-6, high=1.0)
    real_share: float = parameter(0.5, "Share of real shapes in a batch.", low=0.0, high=1.0)
    seed: int = parameter(0, "Seed of everything.", low=0, high=2**31 - 1)
    patience: int = parameter(
        0, "Stop after so many checks without progress, 25 steps each; 0: never.", low=0,
        high=10_000, advanced=True,
    )  # fmt: skip
    preview_every: int = parameter(
        0, "Steps between pictures of what the network does; 0: none.", low=0, high=1_000_000,
        advanced=True,
    )  # fmt: skip


class NetworkTrainee(ABC):
    """A network with its losses on shapes of a pool; what `loop.train` works on.

    Parameters
    ----------
    pool
        Training shapes, in the form the network sees.
    recipe
        Constants.
    module
        The network.
    device
        Name of the device.
    """

    def __init__(
        self, pool: Any, recipe: Any, module: torch.nn.Module, device: str = "cpu"
    ) -> None:
        self.pool, self.recipe = pool, recipe
        self.device = pick_device(device)
        self.module = module.to(self.device)

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return all parameters, with one learning rate."""
        return [{"params": list(self.module.parameters()), "lr": learning_rate}]

    @abstractmethod
    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """Return the weighted terms of one step."""

    def story(self) -> dict[str, Any]:
        """Return what became of the training besides its losses, JSON values for its card."""
        return {}

    def preview(self, rng: np.random.Generator) -> ByteArray:
        """Return a picture (h,w,3) of what the network does now."""
        self.module.eval()
        with torch.no_grad():
            picture = self.picture(rng)
        self.module.train()
        return picture

    @abstractmethod
    def picture(self, rng: np.random.Generator) -> ByteArray:
        """Return a picture (h,w,3) of a few shapes with what the network finds on them."""

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """Return an array on the device."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)
