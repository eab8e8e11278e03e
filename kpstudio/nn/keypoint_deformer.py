"""KeypointDeformer: keypoints of a shape, and how they move its cage.

Jakab, Tucker, Makadia, Wu, Snavely, Kanazawa 2021, "KeypointDeformer: unsupervised 3D keypoint
discovery for shape control", CVPR, doi:10.1109/CVPR46437.2021.01259. Ours: the softmax head,
partition of unity of the influence (see `influence`), and exact mirror symmetry. With M the
reflection and F the network for one half of the keypoints,

    left(x) = F(x),   right(x) = M F(M x),   middle(x) = (F(x) + M F(M x)) / 2,

so keypoints of a mirrored shape are the mirrored keypoints with left and right exchanged, whatever
the weights. Keypoints 2i and 2i+1 are mirror partners; those in the middle come last.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.nn.influence import Influence
from kpstudio.nn.keypoint_heads import HEADS, SoftmaxHead, exactly, make_head
from kpstudio.nn.pointnet import WIDEST, PointNetEncoder


@dataclass(frozen=True)
class KeypointDeformerConfig:
    """Architecture of a network: what must be known to load its weights.

    Parameters
    ----------
    pairs, middle
        Number of mirrored pairs of keypoints and of keypoints in the middle; k = 2 pairs + middle.
    cage_mirror
        The mirror partner of every vertex of the cage; its length is the cage's size.
    mirror_axis
        Axis that the mirror plane is normal to: 0 for x (left-right), 2 for z.
    head
        "softmax" or "regression".
    widths
        Widths of the encoder's layers.
    reach
        How many cage vertices a keypoint may move.
    """

    pairs: int
    middle: int
    cage_mirror: tuple[int, ...]
    mirror_axis: int = 0
    head: str = "softmax"
    widths: tuple[int, ...] = (64, 128, 256)
    reach: int = 21

    @property
    def count(self) -> int:
        """Number of keypoints."""
        return 2 * self.pairs + self.middle

    @property
    def keypoint_mirror(self) -> tuple[int, ...]:
        """The mirror partner of every keypoint; itself in the middle."""
        paired = 2 * self.pairs
        return tuple(i ^ 1 if i < paired else i for i in range(self.count))

    def as_json(self) -> dict[str, Any]:
        """Return the values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> KeypointDeformerConfig:
        """Return the configuration of JSON values.

        Raises
        ------
        ValueError, TypeError
            Values that describe no network.
        """
        lists = {name: tuple(int(i) for i in values[name]) for name in ("cage_mirror", "widths")}
        config = cls(**{**values, **lists})
        cage = config.cage_mirror
        if (
            config.head not in HEADS
            or not 1 <= config.count <= 64
            or min(config.pairs, config.middle) < 0
            or sorted(cage) != list(range(len(cage)))
            or config.mirror_axis not in (0, 1, 2)
            or not all(0 < width <= WIDEST for width in config.widths)
            or len(config.widths) < 2
            or config.reach < 1
        ):
            raise ValueError("no architecture of KeypointDeformer")
        return config


class Prediction(NamedTuple):
    """What the network says of a batch of clouds, normalised frame.

    keypoints (b,k,3); weights (b,n,k), the convex combination behind them, or None for the
    regression head; offsets (b,c,k), the influence's part that depends on the shape; features
    (2b,g) of the clouds and of their mirror images, and the logarithms (2b,h) of the softmax's
    denominators, with which `heatmaps` asks about other points of the same shape.
    """

    keypoints: Tensor
    weights: Tensor | None
    offsets: Tensor
    features: Tensor
    denominators: Tensor | None


class KeypointDeformerNet(nn.Module):
    """Predictor and influence of one category. Works on one shape as well as on pairs."""

    flip: Tensor

    def __init__(self, config: KeypointDeformerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = PointNetEncoder(config.widths)
        self.head = make_head(
            config.head,
            self.encoder.local_width,
            self.encoder.global_width,
            config.pairs + config.middle,
        )
        self.influence = Influence(
            self.encoder.global_width, config.cage_mirror, config.keypoint_mirror
        )
        flip = torch.ones(3)
        flip[config.mirror_axis] = -1.0
        self.register_buffer("flip", flip, persistent=False)

    def forward(self, points: Tensor) -> Prediction:
        """Return the prediction for clouds (b,n,3) in the normalised frame (cube +-0.5)."""
        both = torch.cat([points, points * self.flip]) * 2.0  # the source's cube is +-1
        local, features = self.encoder(both)
        output = self.head(both, local, features)
        own, other = output.keypoints.chunk(2)
        keypoints = self._joined(own, other * self.flip, axis=1) / 2.0
        weights = denominators = None
        if output.logits is not None:
            own, other = output.logits.softmax(dim=1).chunk(2)
            weights = self._joined(own, other, axis=2)
            denominators = output.logits.logsumexp(dim=1)
        # Detached: the deformation's small offset must not bend the keypoint predictor.
        features = features.to(points.dtype)
        with exactly(points):
            offsets = self.influence.offsets(*features.detach().chunk(2))
        return Prediction(keypoints, weights, offsets, features, denominators)

    def heatmaps(self, prediction: Prediction, points: Tensor) -> Tensor:
        """Return weights (n,k) at any points (n,3) of the one shape of `prediction`.

        The same function of place whose values at the samples are `Prediction.weights`. Softmax
        head only.
        """
        assert isinstance(self.head, SoftmaxHead)
        assert prediction.denominators is not None
        both = torch.stack([points, points * self.flip]) * 2.0
        logits = self.head.point_logits(self.encoder.local(both), prediction.features)
        own, other = (logits - prediction.denominators[:, None]).exp()
        return self._joined(own, other, axis=1)

    def influences(self, prediction: Prediction, cage: Tensor) -> Tensor:
        """Return influence matrices W (b,c,k) for cages (b,c,3) of the predicted shapes."""
        keypoints = prediction.keypoints.detach()
        matrices: Tensor = self.influence(prediction.offsets, cage, keypoints, self.config.reach)
        return matrices

    def _joined(self, own: Tensor, other: Tensor, axis: int) -> Tensor:
        # Interleave the sides, then the mean of the two opinions on the middle.
        pairs, middle = self.config.pairs, self.config.middle
        parts = [own.narrow(axis, 0, pairs), other.narrow(axis, 0, pairs)]
        sides = torch.stack(parts, dim=axis + 1).flatten(axis, axis + 1)
        middles = (own + other).narrow(axis, pairs, middle) / 2.0
        return torch.cat([sides, middles], dim=axis)


def deform(points: Tensor, weights: Tensor, influence: Tensor, offsets: Tensor) -> Tensor:
    """Return deformed points x + A W d, (b,n,3).

    Parameters
    ----------
    points
        (b,n,3) points at rest.
    weights
        (b,n,c) their coordinates A with respect to the cage.
    influence
        (b,c,k) influence W.
    offsets
        (b,k,3) how far each keypoint moves, d.
    """
    return points + weights @ (influence @ offsets)
