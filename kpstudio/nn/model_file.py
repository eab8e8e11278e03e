"""Networks on disk, whatever they are: a configuration that is checked, weights that must fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from kpstudio.base.errors import KPStudioError, ModelError
from kpstudio.base.memo import Memo
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import Checkpoint, file_hash, load_model, load_weights, save_model

N = TypeVar("N", bound=torch.nn.Module)

#: Models that were used last: reading one takes longer than running it.
_loaded = Memo(most=16)


@dataclass(frozen=True, eq=False)
class NetworkFile(Generic[N]):
    """A trained network as its file describes it.

    Parameters
    ----------
    net
        The network, in evaluation mode, without gradients.
    metadata
        JSON values by name: "kind", "category", "config" and what the training wrote.
    extras
        Tensors that are not the network's own, such as a shape prior.
    identity
        What tells it from other models of the kind: descriptors of one model can be compared.
    """

    net: N
    metadata: Mapping[str, Any]
    extras: Mapping[str, torch.Tensor]

    identity: str = ""

    @property
    def category(self) -> str:
        """The category of shapes it was trained on; empty for any."""
        return str(self.metadata.get("category", ""))


@dataclass(frozen=True)
class NetworkKind(Generic[N]):
    """One architecture: what its files say they are, and how to build it.

    Parameters
    ----------
    kind
        Word in the file, the id of the detector.
    make
        Builds the network of a configuration, given as JSON values. It checks them, so that no
        file can ask for a network that fills the memory; `base.parameters.build` does that.
    alone
        True when the files hold a network and nothing else: its tensors have no "net." in front,
        and its configuration stands among the other metadata, which `make` is given too.
    """

    kind: str
    make: Callable[[Mapping[str, Any]], N]
    alone: bool = False

    def save(
        self,
        path: Path | str,
        net: N,
        metadata: Mapping[str, Any],
        extras: Mapping[str, torch.Tensor] | None = None,
    ) -> str:
        """Write a model file and return its SHA-256.

        Parameters
        ----------
        path
            The file.
        net
            The network; its `config`, a dataclass, is written too.
        metadata
            More JSON values.
        extras
            More tensors.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        start = "" if self.alone else "net."
        tensors = {f"{start}{name}": tensor for name, tensor in net.state_dict().items()}
        config: Any = net.config
        described = asdict(config) if self.alone else {"config": asdict(config)}
        words = {**metadata, "kind": self.kind, **described}
        return save_model(path, tensors | dict(extras or {}), words)

    def load(self, model: Model) -> NetworkFile[N]:
        """Return a network, from memory if its file has not changed since the last time.

        Raises
        ------
        ModelError
            The file is missing, damaged, or of another architecture.
        """
        if not model.path.is_file():
            load_model(model.path)  # says that it is missing, and what to do
        changed = model.path.stat().st_mtime_ns
        key = (self.kind, model.path, changed, model.sha256)
        return _loaded.get(key, lambda: self.read(load_model(model.path, self.kind, model.sha256)))

    def read(self, checkpoint: Checkpoint) -> NetworkFile[N]:
        """Return the network a checkpoint holds.

        Raises
        ------
        ModelError
            Its configuration makes no sense, or its weights do not fit.
        """
        metadata = checkpoint.metadata
        try:
            net = self.make(dict(metadata if self.alone else metadata["config"]))
        except (KeyError, TypeError, ValueError, RuntimeError, KPStudioError) as error:
            raise ModelError(
                f"describes no {self.kind} network ({error})",
                remedy="Install KP Studio again, or train the model anew.",
                path=checkpoint.path,
            ) from error
        tensors = checkpoint.tensors
        weights = tensors if self.alone else checkpoint.part("net")
        load_weights(net, weights, checkpoint.path)
        net.eval().requires_grad_(False)
        extras = {
            name: tensor
            for name, tensor in tensors.items()
            if not self.alone and not name.startswith("net.")
        }
        return NetworkFile(net, metadata, extras, file_hash(checkpoint.path)[:12])
