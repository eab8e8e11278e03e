"""A small classifier: the category of a cloud, if it stands the right way up and round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.pointnet import WIDEST, PointNetEncoder, initialise

KIND = "recogniser"


@dataclass(frozen=True)
class RecogniserConfig:
    """What must be known to load a network's weights.

    Parameters
    ----------
    categories
        The category names, in the order of the logits; "none" comes last.
    widths
        Widths of the encoder's layers.
    """

    categories: tuple[str, ...]
    widths: tuple[int, ...]


class RecogniserNet(nn.Module):
    """Logits of c categories and of "none of them, or not in its canonical pose".

    PointNet (Qi et al. 2017, doi:10.1109/CVPR.2017.16) trained on canonical shapes as their
    category and on the 23 other axis orientations as "none". Asked about all 24, it names the
    category and the orientation at once.

    Parameters
    ----------
    categories, widths
        As in `RecogniserConfig`.
    """

    def __init__(self, categories: Sequence[str], widths: Sequence[int] = (64, 128, 256)) -> None:
        super().__init__()
        self.config = RecogniserConfig(tuple(categories), tuple(widths))
        self.encoder = PointNetEncoder(widths)
        self.classifier = nn.Sequential(
            nn.ReLU(), nn.Linear(self.encoder.global_width, 128), nn.ReLU(),
            nn.Linear(128, len(self.categories) + 1),
        )  # fmt: skip
        initialise(self)

    @property
    def categories(self) -> tuple[str, ...]:
        """The category names, in the order of the logits."""
        return self.config.categories

    def forward(self, points: Tensor) -> Tensor:
        """Return logits (b,c+1) of clouds (b,n,3) in the normalised frame (cube +-0.5)."""
        _, feature = self.encoder(points * 2.0)
        logits: Tensor = self.classifier(feature)
        return logits

    @torch.no_grad()
    def judge(self, points: Tensor) -> Tensor:
        """Return probabilities (b,c+1) of clouds (b,n,3)."""
        return self.forward(points).softmax(dim=1)


def make(metadata: Mapping[str, Any]) -> RecogniserNet:
    """Return the network that a file describes, untrained.

    Raises
    ------
    KeyError, TypeError, ValueError
        It describes none, or one too large.
    """
    widths = [int(width) for width in metadata["widths"]]
    if not widths or not all(0 < width <= WIDEST for width in widths):
        raise ValueError(f"widths {widths}")
    return RecogniserNet([str(name) for name in metadata["categories"]], widths)


#: Files of this network.
NETWORK = NetworkKind(KIND, make, alone=True)
