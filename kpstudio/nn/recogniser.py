"""A small classifier: the category of a cloud, if it stands the right way up and round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kpstudio.base.errors import ModelError
from kpstudio.nn.catalogue import Model
from kpstudio.nn.checkpoint import Checkpoint, load_model, load_weights, save_model
from kpstudio.nn.pointnet import WIDEST, PointNetEncoder, initialise

KIND = "recogniser"


class RecogniserNet(nn.Module):
    """Logits of c categories and of "none of them, or not in its canonical pose".

    PointNet (Qi et al. 2017, doi:10.1109/CVPR.2017.16) trained on canonical shapes as their
    category and on the 23 other axis orientations as "none". Asked about all 24, it names the
    category and the orientation at once.

    Parameters
    ----------
    categories
        The category names, in the order of the logits; "none" comes last.
    widths
        Widths of the encoder's layers.
    """

    def __init__(self, categories: Sequence[str], widths: Sequence[int] = (64, 128, 256)) -> None:
        super().__init__()
        self.categories = tuple(categories)
        self.encoder = PointNetEncoder(widths)
        self.classifier = nn.Sequential(
            nn.ReLU(), nn.Linear(self.encoder.global_width, 128), nn.ReLU(),
            nn.Linear(128, len(self.categories) + 1),
        )  # fmt: skip
        initialise(self)

    def forward(self, points: Tensor) -> Tensor:
        """Return logits (b,c+1) of clouds (b,n,3) in the normalised frame (cube +-0.5)."""
        _, feature = self.encoder(points * 2.0)
        logits: Tensor = self.classifier(feature)
        return logits

    @torch.no_grad()
    def judge(self, points: Tensor) -> Tensor:
        """Return probabilities (b,c+1) of clouds (b,n,3)."""
        return self.forward(points).softmax(dim=1)


def save_recogniser(
    path: Path | str, net: RecogniserNet, info: Mapping[str, Any] | None = None
) -> str:
    """Write a recogniser's file and return its SHA-256; `info` are more metadata.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    metadata = {
        **(info or {}),
        "kind": KIND,
        "categories": net.categories,
        "widths": [layer.out_features for layer in net.encoder.layers],
    }
    return save_model(path, net.state_dict(), metadata)


def load_recogniser(model: Model) -> RecogniserNet:
    """Return the recogniser, from memory if its file has not changed since the last time.

    Raises
    ------
    ModelError
        The file is missing, damaged, or of another architecture.
    """
    if not model.path.is_file():
        load_model(model.path)  # says that it is missing, and what to do
    return _load(model.path, model.path.stat().st_mtime_ns, model.sha256)


@lru_cache(maxsize=2)
def _load(path: Path, _mtime: int, sha256: str) -> RecogniserNet:
    return read_recogniser(load_model(path, KIND, sha256))


def read_recogniser(checkpoint: Checkpoint) -> RecogniserNet:
    """Return the recogniser a checkpoint holds.

    Raises
    ------
    ModelError
        Its architecture makes no sense.
    """
    try:
        categories = [str(name) for name in checkpoint.metadata["categories"]]
        widths = [int(width) for width in checkpoint.metadata["widths"]]
        if not all(0 < width <= WIDEST for width in widths):
            raise ValueError(f"widths {widths}")
        net = RecogniserNet(categories, widths)
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
        raise ModelError(
            f"describes no recogniser ({error})",
            remedy="Install KP Studio again, or train the model anew.",
            path=checkpoint.path,
        ) from error
    load_weights(net, checkpoint.tensors, checkpoint.path)
    net.eval().requires_grad_(False)
    return net
