"""Weights on disk: safetensors only, checked before a single number is used. Never pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from kpstudio.base.errors import ModelError
from kpstudio.base.paths import atomic_path

#: The one metadata key: safetensors writes several in random order, one gives equal files.
_KEY = "kpstudio"
_REMEDY = "Install KP Studio again, or train the model anew with `kpstudio train`."


@dataclass(frozen=True)
class Checkpoint:
    """What a model file holds.

    Parameters
    ----------
    tensors
        Tensors by name, on the CPU.
    metadata
        JSON values by name; "kind" says what the file is for.
    path
        The file.
    """

    tensors: Mapping[str, torch.Tensor]
    metadata: Mapping[str, Any]
    path: Path

    def part(self, prefix: str) -> dict[str, torch.Tensor]:
        """Return the tensors whose names start with `prefix` and a dot, without it."""
        start = prefix + "."
        return {
            name.removeprefix(start): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }


def save_model(
    path: Path | str, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, Any]
) -> str:
    """Write a model file atomically and return its SHA-256, hexadecimal.

    Raises
    ------
    FileError
        The file cannot be written; an old one stays as it was.
    """
    owned = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(owned, temporary, {_KEY: json.dumps(dict(metadata), sort_keys=True)})
    return file_hash(Path(path))


def load_model(path: Path | str, kind: str = "", sha256: str = "") -> Checkpoint:
    """Read a model file.

    Parameters
    ----------
    path
        The safetensors file.
    kind
        Expected "kind" in its metadata; any if empty.
    sha256
        Expected hash of the file; not checked if empty.

    Raises
    ------
    ModelError
        Missing, truncated, not safetensors, another kind, another hash, or not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError("does not exist", remedy=_REMEDY, path=path)
    if sha256 and file_hash(path) != sha256:
        raise ModelError("is not the file it should be (SHA-256)", remedy=_REMEDY, path=path)
    try:
        with safe_open(path, framework="pt") as opened:
            content = json.loads((opened.metadata() or {})[_KEY])
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelError("is no model of KP Studio", remedy=_REMEDY, path=path) from error
    if not isinstance(content, dict) or (kind and content.get("kind") != kind):
        raise ModelError(f"is not a {kind or 'known'} model", remedy=_REMEDY, path=path)
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(f"holds NaN or infinity in {name}", remedy=_REMEDY, path=path)
    return Checkpoint(tensors, content, path)


def load_weights(module: torch.nn.Module, weights: Mapping[str, torch.Tensor], path: Path) -> None:
    """Put weights into a module, only if every name and shape fits.

    Raises
    ------
    ModelError
        A tensor is missing, unknown, or of another shape.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    wrong = sorted(
        name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name)
    )
    if wrong:
        first = wrong[0]
        raise ModelError(
            f"has {len(wrong)} tensors that do not fit: {first} is {given.get(first, 'missing')}, "
            f"expected {wanted.get(first, 'none')}",
            remedy=_REMEDY,
            path=path,
        )
    module.load_state_dict(dict(weights))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
