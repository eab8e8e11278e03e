"""The state of a training on disk: all that is needed to go on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kpstudio.base.errors import FileError, ModelError
from kpstudio.nn.checkpoint import Checkpoint, load_model, load_weights, save_model
from kpstudio.training.patience import Patience

_KIND = "training-state"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class TrainingState:
    """Weights, Adam's moments, step, time, chance and patience, in one safetensors file.

    Parameters
    ----------
    module
        The network.
    optimiser
        Its optimiser.
    rng
        The source of all chance.
    folder
        Where the file lies.
    patience
        When to stop early; never by default.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        optimiser: torch.optim.Adam,
        rng: np.random.Generator,
        folder: Path,
        patience: Patience | None = None,
    ) -> None:
        self.patience = patience or Patience(0)
        self.module, self.optimiser, self.rng = module, optimiser, rng
        self.path = folder / "state.safetensors"
        self.step, self.seconds = 0, 0.0

    def exists(self) -> bool:
        """Return whether there is a checkpoint to go on from."""
        return self.path.is_file()

    def keep(self, settings: Mapping[str, Any]) -> None:
        """Write the checkpoint; `settings` are JSON values that `restore` gives back.

        Raises
        ------
        FileError
            The file cannot be written; an older checkpoint stays as it was.
        """
        tensors = {f"net.{name}": value for name, value in self.module.state_dict().items()}
        for index, moments in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{name}": moments[name] for name in _MOMENTS}
        metadata = {
            "kind": _KIND,
            "step": self.step,
            "seconds": self.seconds,
            "settings": dict(settings),
            "rng": self.rng.bit_generator.state,
            "patience": self.patience.as_json(),
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError("cannot be made", path=self.path.parent) from error
        save_model(self.path, tensors, metadata)

    def restore(self) -> Mapping[str, Any]:
        """Go back to the checkpoint; return the settings kept with it.

        Raises
        ------
        ModelError
            The checkpoint is damaged or of another network.
        """
        checkpoint = load_model(self.path, _KIND)
        load_weights(self.module, checkpoint.part("net"), self.path)
        try:
            self._restore_moments(checkpoint)
            self.step = int(checkpoint.metadata["step"])
            self.seconds = float(checkpoint.metadata["seconds"])
            self.rng.bit_generator.state = checkpoint.metadata["rng"]
            # Checkpoints from before there was any have none.
            self.patience.restore(checkpoint.metadata.get("patience", Patience(0).as_json()))
            return dict(checkpoint.metadata["settings"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"cannot be gone on from ({error})",
                remedy="Start again without --resume.",
                path=self.path,
            ) from error

    def _restore_moments(self, checkpoint: Checkpoint) -> None:
        kept = checkpoint.part("adam")
        content = self.optimiser.state_dict()
        count = sum(len(group["params"]) for group in content["param_groups"])
        found = {int(name.split(".")[0]) for name in kept}
        if not found <= set(range(count)):
            raise ValueError("another number of parameters")
        content["state"] = {
            index: {name: kept[f"{index}.{name}"] for name in _MOMENTS} for index in found
        }
        self.optimiser.load_state_dict(content)
